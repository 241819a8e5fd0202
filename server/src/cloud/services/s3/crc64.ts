import { createCRC64 } from 'hash-wasm'

// The NVMe polynomial, reflected, as hash-wasm takes it.
const shared = await createCRC64('9a6c9329ac4bc9b5')

/** CRC-64/NVME of bytes that are at hand, base64: S3's checksum where the client gave none. */
export function crc64Nvme(bytes: Uint8Array): string {
  shared.init()
  shared.update(bytes)
  return Buffer.from(shared.digest('hex'), 'hex').toString('base64')
}
