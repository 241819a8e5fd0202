import { Socket, type SocketConstructorOpts } from 'node:net'

// As much as libuv ever reads at once.
const readBytes = 64 * 1024

/** What is read, whichever connection's it is, lies here until `take` returns. */
const shared = Buffer.allocUnsafeSlow(readBytes)

/**
 * The connection again, as a socket that gives what it reads to `take` and never to 'data'. A socket of
 * net.Server has 64 KB set aside for each read, to be cut and thrown away, and sends them through a stream: a
 * fifth of a bare request's processor time (6 of 28 µs, with wrk), 5–10 % of a small S3 PUT or GET. Only
 * sockets made with `onread` can do without, and only by its handle can one be made of a connection.
 * `accepted` is left without it; it must have been accepted by `pauseOnConnect`.
 */
export function readInto(accepted: Socket, take: (piece: Buffer) => void): Socket {
  const parts = accepted as unknown as { _handle: unknown }
  const handle = parts._handle
  parts._handle = null
  accepted.destroy()
  const callback = (length: number) => {
    take(shared.subarray(0, length))
    return true
  }
  const options = { handle, allowHalfOpen: true, onread: { buffer: shared, callback } }
  return new Socket(options as SocketConstructorOpts)
}
