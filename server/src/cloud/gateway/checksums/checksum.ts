import { createHash } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'

export interface Checksum {
  update(bytes: Uint8Array): void
  /** Base64 of the value, big-endian for the CRCs, as S3 writes it. */
  digest(): string
}

function rolling(step: (bytes: Uint8Array, value: number) => number): Checksum {
  let value = 0
  return {
    update: (bytes) => {
      value = step(bytes, value)
    },
    digest: () => {
      const out = Buffer.alloc(4)
      out.writeUInt32BE(value >>> 0)
      return out.toString('base64')
    },
  }
}

function hashing(name: string): Checksum {
  const it = createHash(name)
  return { update: (bytes) => it.update(bytes), digest: () => it.digest('base64') }
}

// Native code and WebAssembly are loaded when first asked for: a start needs neither.
async function crc32c(): Promise<Checksum> {
  const { crc32c: step } = await import('@node-rs/crc32')
  return rolling((bytes, value) => step(Buffer.from(bytes), value))
}

async function crc64Nvme(): Promise<Checksum> {
  const it = await (await import('./crc64.ts')).openCrc64()
  it.init()
  return {
    update: (bytes) => it.update(bytes),
    digest: () => Buffer.from(it.digest('hex'), 'hex').toString('base64'),
  }
}

async function xxhash(make: 'createXXHash128' | 'createXXHash3' | 'createXXHash64') {
  const it = await (await import('./xxhash.ts')).openXxhash(make)
  it.init()
  return {
    update: (bytes: Uint8Array) => void it.update(bytes),
    digest: () => Buffer.from(it.digest('hex'), 'hex').toString('base64'),
  }
}

const makers: Record<string, () => Checksum | Promise<Checksum>> = {
  crc32: () => rolling((bytes, value) => zlibCrc32(bytes, value)),
  crc32c,
  sha1: () => hashing('sha1'),
  sha256: () => hashing('sha256'),
  sha512: () => hashing('sha512'),
  md5: () => hashing('md5'),
  crc64nvme: crc64Nvme,
  xxhash128: () => xxhash('createXXHash128'),
  xxhash3: () => xxhash('createXXHash3'),
  xxhash64: () => xxhash('createXXHash64'),
}

/** Whether it is one of S3's, in lower case: crc32 or xxhash64. */
export const isChecksumName = (name: string): boolean => Object.hasOwn(makers, name)

/** By S3's name in lower case; undefined where it is none. A promise where code has to be loaded. */
export function makeChecksum(name: string): Checksum | Promise<Checksum> | undefined {
  return isChecksumName(name) ? makers[name]!() : undefined
}

export async function createChecksum(name: string): Promise<Checksum | undefined> {
  return makeChecksum(name)
}
