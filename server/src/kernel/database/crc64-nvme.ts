// CRC-64/NVME (NVM Command Set Specification, 5.2.1.3.4): reflected, all ones before and after. Here eight
// bytes at a time by tables, since the writer can't wait for WebAssembly to be made ready.
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n
const SLICES = 8

interface Tables {
  low: Uint32Array
  high: Uint32Array
}

let known: Tables | undefined

/** Of a slice's byte at `slice * 256 + byte`. */
function tables(): Tables {
  if (known) return known
  const all = Array.from({ length: 256 }, (_, byte) => shifted(BigInt(byte)))
  const low = new Uint32Array(SLICES * 256)
  const high = new Uint32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let value = all[byte]!
    for (let slice = 0; slice < SLICES; slice++) {
      low[slice * 256 + byte] = Number(value & 0xffffffffn)
      high[slice * 256 + byte] = Number(value >> 32n)
      value = all[Number(value & 0xffn)]! ^ (value >> 8n)
    }
  }
  known = { low, high }
  return known
}

function shifted(byte: bigint): bigint {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n
  return value
}

/** Base64 of its eight bytes, the high one first. */
export function crc64Nvme(bytes: Uint8Array): string {
  const { low: l, high: h } = tables()
  let low = 0xffffffff
  let high = 0xffffffff
  let at = 0
  for (const last = bytes.length - 7; at < last; at += 8) {
    const a = (low & 255) ^ bytes[at]!
    const b = ((low >>> 8) & 255) ^ bytes[at + 1]!
    const c = ((low >>> 16) & 255) ^ bytes[at + 2]!
    const d = (low >>> 24) ^ bytes[at + 3]!
    const e = (high & 255) ^ bytes[at + 4]!
    const f = ((high >>> 8) & 255) ^ bytes[at + 5]!
    const g = ((high >>> 16) & 255) ^ bytes[at + 6]!
    const i = (high >>> 24) ^ bytes[at + 7]!
    low =
      l[1792 + a]! ^
      l[1536 + b]! ^
      l[1280 + c]! ^
      l[1024 + d]! ^
      l[768 + e]! ^
      l[512 + f]! ^
      l[256 + g]! ^
      l[i]!
    high =
      h[1792 + a]! ^
      h[1536 + b]! ^
      h[1280 + c]! ^
      h[1024 + d]! ^
      h[768 + e]! ^
      h[512 + f]! ^
      h[256 + g]! ^
      h[i]!
  }
  for (; at < bytes.length; at++) {
    const index = (low ^ bytes[at]!) & 255
    low = ((low >>> 8) | (high << 24)) ^ l[index]!
    high = (high >>> 8) ^ h[index]!
  }
  const sum = Buffer.allocUnsafe(8)
  sum.writeInt32BE(~high, 0)
  sum.writeInt32BE(~low, 4)
  return sum.toString('base64')
}
