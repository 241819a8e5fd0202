import type { IHasher } from 'hash-wasm'

let shared: IHasher | undefined

/** CRC-64/NVME of bytes that are at hand, base64: S3's checksum where the client gave none. */
export async function crc64Nvme(bytes: Uint8Array): Promise<string> {
  const hasher = shared ?? (await load())
  // One hasher serves everybody: nothing is awaited between these three.
  hasher.init()
  hasher.update(bytes)
  return Buffer.from(hasher.digest('hex'), 'hex').toString('base64')
}

/** At the first use: a start needs no WebAssembly. The NVMe polynomial is given reflected. */
async function load(): Promise<IHasher> {
  const { createCRC64 } = await import('hash-wasm')
  return (shared = await createCRC64('9a6c9329ac4bc9b5'))
}
