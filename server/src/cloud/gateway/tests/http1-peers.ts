import { afterEach, expect } from 'vitest'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { once } from 'node:events'
import type { IncomingHttp, OutgoingHttp } from '../index.ts'
import { collect } from '../http.ts'
import { type Listener, listen } from '../listen.ts'
import { exchange } from '../node-http.ts'

/** Says what it was asked, so that an answer shows how its request was read. */
export async function echo(request: IncomingHttp): Promise<OutgoingHttp> {
  const body = Buffer.from(await collect(request.body)).toString('latin1')
  const { method, url, headers } = request
  const shown = Object.fromEntries(
    Object.entries(headers).filter(([, value]) => value !== undefined),
  )
  const text = JSON.stringify({ method, url, headers: shown, body })
  return { status: 200, headers: [['x-echo', '1']], body: text }
}

/** Our port, with what it was told of failures. */
export async function ourPort(
  handle: (request: IncomingHttp) => Promise<OutgoingHttp> = echo,
): Promise<Listener & { failures: unknown[] }> {
  const failures: unknown[] = []
  const listener = await listen({ handle, failed: (error) => failures.push(error) })
  return Object.assign(listener, { failures })
}

/** Our ports of one file's tests: each is closed after its test, and must have been told of nothing. */
export function ourPorts(): typeof ourPort {
  const opened: Awaited<ReturnType<typeof ourPort>>[] = []
  afterEach(async () => {
    for (const each of opened.splice(0)) {
      await each.close(100)
      expect(each.failures).toEqual([])
    }
  })
  return async (handle) => {
    const made = await ourPort(handle)
    opened.push(made)
    return made
  }
}

/** node:http alone, before the same handler: what our reader must never differ from. */
export async function nodePort(handle = echo): Promise<{ port: number; close(): void }> {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    exchange(request, response, handle).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/**
 * Sends the pieces, each when the last was written, and gives all that comes back: until the server
 * closes, has answered `answers` times, or has been silent for `silentMs`.
 */
export async function talk(
  port: number,
  pieces: (string | Buffer)[],
  given: { answers?: number; silentMs?: number } = {},
): Promise<string> {
  const { answers = Number.POSITIVE_INFINITY } = given
  const { silentMs = answers === Number.POSITIVE_INFINITY ? 5000 : 60_000 } = given
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  const whole = new Promise<string>((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => resolve(text), silentMs)
    }
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      if (text.split('HTTP/1.1 ').length - 1 >= answers && isWhole(text)) resolve(text)
      else wait()
    })
    socket.once('close', () => resolve(text))
    socket.on('error', () => undefined) // a refusal resets; 'close' follows
    if (answers === Number.POSITIVE_INFINITY) wait()
  })
  await once(socket, 'connect')
  for (const piece of pieces) {
    if (!socket.writable) break
    await new Promise((resolve) => socket.write(Buffer.from(piece as string, 'latin1'), resolve))
  }
  const said = await whole
  socket.destroy()
  return said
}

/** The last answer's body is as long as declared. */
function isWhole(text: string): boolean {
  const head = text.lastIndexOf('HTTP/1.1 ')
  const end = text.indexOf('\r\n\r\n', head)
  if (end < 0) return false
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(head, end))?.[1] ?? 0)
  return text.length - end - 4 >= length
}

/** Status and body of each answer, in order; heads that vary with the clock are left out. */
export function answersIn(text: string): { status: number; body: string }[] {
  const found: { status: number; body: string }[] = []
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const head = text.slice(at, end)
    const status = Number(head.slice(9, 12))
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (status >= 200) found.push({ status, body: text.slice(end + 4, end + 4 + length) })
    at = end + 4 + length
  }
  return found
}
