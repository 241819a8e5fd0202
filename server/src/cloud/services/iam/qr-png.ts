import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

const CELL = 6
const BORDER_CELLS = 4

/** A QR code of the text as a PNG: one bit a pixel, a white border as scanners want it. */
export function qrPng(text: string): Uint8Array {
  const { data, size } = encode(text, { ecc: 'L', border: BORDER_CELLS })
  const pixels = size * CELL
  const rowBytes = Math.ceil(pixels / 8)
  const rows = Buffer.alloc((rowBytes + 1) * pixels, 0xff)
  for (let y = 0; y < pixels; y++) {
    const at = y * (rowBytes + 1)
    rows[at] = 0
    for (let x = 0; x < pixels; x++) {
      const isDark = data[Math.floor(y / CELL)]![Math.floor(x / CELL)]
      if (isDark) rows[at + 1 + (x >> 3)]! &= ~(0x80 >> (x & 7))
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(pixels, 0)
  head.writeUInt32BE(pixels, 4)
  head[8] = 1
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const parts = [
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([signature, ...parts])
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), body])
  const framed = Buffer.alloc(typed.length + 8)
  framed.writeUInt32BE(body.length, 0)
  typed.copy(framed, 4)
  framed.writeUInt32BE(crc32(typed), typed.length + 4)
  return framed
}
