import { loadCrc64 } from '../../gateway/index.ts'

type Hasher = Awaited<ReturnType<typeof loadCrc64>>

let shared: Hasher | undefined

/** CRC-64/NVME of bytes that are at hand, base64: S3's checksum where the client gave none. */
export function crc64Nvme(bytes: Uint8Array): string | Promise<string> {
  return shared ? sumOf(shared, bytes) : loadCrc64().then((it) => sumOf((shared = it), bytes))
}

/** One hasher serves everybody: nothing is awaited between these three. */
function sumOf(hasher: Hasher, bytes: Uint8Array): string {
  hasher.init()
  hasher.update(bytes)
  const { buffer, byteOffset, length } = hasher.digest('binary')
  return Buffer.from(buffer, byteOffset, length).toString('base64')
}
