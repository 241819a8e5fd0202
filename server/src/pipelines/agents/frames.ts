/**
 * What goes over an agent's WebSocket: one binary message a frame, a JSON head and bytes. The length
 * of the head stands first, in four bytes.
 */
export interface Frame {
  head: unknown
  body: Buffer
}

/** No frame is larger: files and output go in pieces. */
export const LARGEST_FRAME_BYTES = 8 * 1024 ** 2
export const PIECE_BYTES = 512 * 1024

export function encodeFrame(head: object, body: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, body])
}

/** Throws on anything that is no frame. */
export function decodeFrame(bytes: Buffer): Frame {
  if (bytes.length < 4) throw new Error('a frame has at least four bytes')
  const end = 4 + bytes.readUInt32BE(0)
  if (end > bytes.length) throw new Error('the head of the frame is cut off')
  return { head: JSON.parse(bytes.toString('utf8', 4, end)) as unknown, body: bytes.subarray(end) }
}
