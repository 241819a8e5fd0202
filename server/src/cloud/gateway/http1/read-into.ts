import { Socket, type SocketConstructorOpts } from 'node:net'

// As much as libuv ever reads at once.
const readBytes = 64 * 1024

interface Reader {
  /** What was read; it lies where the next read overwrites it. */
  take(piece: Buffer): void
  /** Memory of its own for what comes next; undefined where `take` shall have it. */
  room(): Uint8Array | undefined
  /** So many bytes are in it. */
  took(length: number): void
}

/** What is read, whichever connection's it is, lies here until `take` returns. */
const shared = Buffer.allocUnsafeSlow(readBytes)

/**
 * The connection again, as a socket that gives what it reads to `reader` and never to 'data'. A socket of
 * net.Server has 64 KB set aside for each read, to be cut and thrown away, and sends them through a stream: a
 * fifth of a bare request's processor time (6 of 28 µs, with wrk), 5–10 % of a small S3 PUT or GET. Only
 * sockets made with `onread` can do without, and only by its handle can one be made of a connection.
 * `accepted` is left without it; it must have been accepted by `pauseOnConnect`.
 */
export function readInto(accepted: Socket, reader: () => Reader): Socket {
  const parts = accepted as unknown as { _handle: unknown }
  const handle = parts._handle
  parts._handle = null
  accepted.destroy()
  // The first is asked for before there is a reader.
  let buffer = () => shared as Uint8Array
  const callback = (length: number, memory: Uint8Array) => {
    if (memory === shared) reader().take(shared.subarray(0, length))
    else reader().took(length)
    return true
  }
  const options = { handle, allowHalfOpen: true, onread: { buffer: () => buffer(), callback } }
  const socket = new Socket(options as SocketConstructorOpts)
  buffer = () => reader().room() ?? shared
  return socket
}
