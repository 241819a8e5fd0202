import { WebSocket } from 'ws'
import { decodeFrame, encodeFrame, LARGEST_FRAME_BYTES } from '../frames.ts'
import type { AskName } from '../protocol.ts'
import type { Answered } from './answers.ts'

/** The server pings every fifteen seconds; silence for this long means that it is gone. */
const SILENCE_MS = 45_000

export interface Ended {
  /** Of the WebSocket; 0 when there was no connection. */
  code: number
  reason: string
  /** HTTP status of a refusal. */
  status?: number
}

type Answer = (ask: never, body: Buffer, signal: AbortSignal) => Promise<Answered>

/** One connection to the server, from its first frame to its end. */
export function converse(given: {
  url: string
  token: string
  hello: object
  answers: Record<AskName, Answer>
  joined(): void
}): Promise<Ended> {
  const address = `${given.url.replace(/^http/, 'ws')}/agents/connect`
  const socket = new WebSocket(address, {
    headers: { authorization: `Bearer ${given.token}` },
    maxPayload: LARGEST_FRAME_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: 15_000,
  })
  const over = new AbortController()
  const ended = new Promise<Ended>((resolve) => {
    let failure: Ended | undefined
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => {
        resolve({ code: 0, reason: refusalIn(text), status: response.statusCode ?? 0 })
        socket.terminate()
      })
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = { code: 0, reason: error.message || (error.code ?? 'no connection') }
    })
    socket.on('close', (code, reason) => resolve(failure ?? { code, reason: String(reason) }))
  }).finally(() => over.abort())
  const heard = silenceGuard(socket, over.signal)
  socket.on('open', () => socket.send(encodeFrame(given.hello)))
  socket.on('ping', heard)
  socket.on('message', (data: Buffer) => {
    heard()
    const { head, body } = decodeFrame(data)
    const ask = head as { id: number; name: AskName; ask: never; welcome?: object }
    if (ask.welcome) return given.joined()
    void reply(socket, ask.id, () => given.answers[ask.name](ask.ask, body, over.signal))
  })
  return ended
}

async function reply(socket: WebSocket, id: number, run: () => Promise<Answered>): Promise<void> {
  const frame = await run().then(
    ({ answer, body }) => encodeFrame({ id, answer }, body),
    (error: NodeJS.ErrnoException) => {
      const { code } = error
      return encodeFrame({ id, refused: { message: error.message, ...(code && { code }) } })
    },
  )
  // On a connection that has ended the server asks again on the next one.
  if (socket.readyState === socket.OPEN) socket.send(frame)
}

function silenceGuard(socket: WebSocket, over: AbortSignal): () => void {
  let last = performance.now()
  const timer = setInterval(() => {
    if (performance.now() - last > SILENCE_MS) socket.terminate()
  }, SILENCE_MS / 3)
  over.addEventListener('abort', () => clearInterval(timer))
  return () => (last = performance.now())
}

/** The sentence of our own error form, or the start of what a proxy said. */
function refusalIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message
  } catch {
    return text.slice(0, 200)
  }
}
