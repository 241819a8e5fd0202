import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { goneError } from '../gone.ts'
import type { OutgoingHttp } from '../http.ts'
import { answerHead, type AnswerHead, type Answered, isStream } from './answer-head.ts'
import { writeNow, writeSoon } from './outbox.ts'

// Beyond it two buffers in one system call are cheaper than one copy.
const copiedBytes = 16 * 1024

/**
 * Writes an answer, a small one as a single buffer. Resolves (or returns at once) when the socket takes
 * more; gives whether the connection ends with it. Rejects when it broke after its head was sent.
 */
export function writeAnswer(
  socket: Socket,
  reply: OutgoingHttp,
  request: Answered,
): boolean | Promise<boolean> {
  const head = answerHead(reply, request)
  const { body } = reply
  if (isStream(body)) {
    writeNow()
    return (head.body ? stream(socket, head, body) : skip(socket, head, body)).then(
      () => head.isLast,
    )
  }
  const hasRoom = writeWhole(socket, head, head.body ? body! : '')
  return hasRoom ? head.isLast : drained(socket).then(() => head.isLast)
}

function writeWhole(socket: Socket, head: AnswerHead, body: string | Uint8Array): boolean {
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  checkLength(head, size)
  const headBytes = head.text.length
  if (size > copiedBytes) {
    writeNow()
    socket.cork()
    socket.write(head.text, 'latin1')
    const hasRoom = socket.write(body)
    socket.uncork()
    return hasRoom
  }
  const bytes = Buffer.allocUnsafe(headBytes + size)
  bytes.write(head.text, 0, 'latin1')
  if (typeof body === 'string') bytes.write(body, headBytes, 'utf8')
  else bytes.set(body, headBytes)
  return writeSoon(socket, bytes)
}

/** A client that was told another length would take what follows for an answer's end, or its start. */
function checkLength(head: AnswerHead, size: number): void {
  if (head.body === 'chunked' || !head.body || head.body.declaredBytes === size) return
  throw new Error(`an answer of ${size} bytes was declared as ${head.body.declaredBytes}`)
}

async function stream(
  socket: Socket,
  head: AnswerHead,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const isChunked = head.body === 'chunked'
  const left = { bytes: isChunked ? Number.POSITIVE_INFINITY : declaredOf(head) }
  let before = head.text
  const onClose = () => void letGo(body).catch(() => undefined) // whoever reads it is told as well
  socket.once('close', onClose)
  try {
    for await (const piece of body) {
      if (socket.destroyed) throw goneError()
      if (piece.length === 0) continue
      left.bytes -= piece.length
      if (left.bytes < 0) throw new Error('an answer was longer than declared')
      const hasRoom = writePiece(socket, before, piece, isChunked)
      before = ''
      if (!hasRoom) await drained(socket)
    }
  } finally {
    socket.off('close', onClose)
  }
  if (socket.destroyed) throw goneError()
  if (!isChunked && left.bytes > 0) throw new Error('an answer was shorter than declared')
  const end = before + (isChunked ? '0\r\n\r\n' : '')
  if (end) socket.write(end, 'latin1')
}

function writePiece(
  socket: Socket,
  before: string,
  piece: Uint8Array,
  isChunked: boolean,
): boolean {
  socket.cork()
  if (before) socket.write(before, 'latin1')
  if (isChunked) socket.write(`${piece.length.toString(16)}\r\n`, 'latin1')
  const hasRoom = socket.write(piece)
  if (isChunked) socket.write('\r\n', 'latin1')
  socket.uncork()
  return hasRoom
}

const declaredOf = ({ body }: AnswerHead): number =>
  (body as { declaredBytes: number }).declaredBytes

/** The head alone: an answer to HEAD. What would have been its body is let go. */
async function skip(
  socket: Socket,
  head: AnswerHead,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  socket.write(head.text, 'latin1')
  await letGo(body)
}

/** Ends a body that nobody will read (on): an open file must not stay open. */
export async function letGo(body: OutgoingHttp['body']): Promise<void> {
  if (!isStream(body)) return
  if (body instanceof Readable) body.destroy()
  else await body[Symbol.asyncIterator]().return?.()
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(goneError())
    const onDrain = () => {
      socket.off('close', onClose)
      resolve()
    }
    const onClose = () => {
      socket.off('drain', onDrain)
      reject(goneError())
    }
    socket.once('drain', onDrain)
    socket.once('close', onClose)
  })
}
