import { hash } from 'node:crypto'
import type { RequestContext } from '../../gateway/index.ts'
import { checksumOf } from './body.ts'
import { keyToRead } from './encryption.ts'
import type { Bucket, ChecksumName, ObjectVersion } from './model.ts'
import { invalidRequest } from './refusals.ts'
import { newSeal, sealed, sealedEtag, unsealedWhole } from './seal.ts'
import type { Annotation } from './store-annotations.ts'

export async function sumsOf(bytes: Uint8Array, names: ChecksumName[]) {
  const checksums: Partial<Record<ChecksumName, string>> = {}
  for (const name of names) checksums[name] = await checksumOf(name, bytes)
  return { sizeBytes: bytes.length, md5: hash('md5', bytes), checksums }
}

export const noAnnotations = () =>
  invalidRequest('Objects encrypted with SSE-C cannot have annotations.')

/** Encrypted as the object is, by its key. */
export async function keptBy(
  bucket: Bucket,
  version: ObjectVersion,
  bytes: Uint8Array,
  ctx: RequestContext,
): Promise<Pick<Annotation, 'bytes' | 'etag' | 'iv'>> {
  if (version.meta.sealing?.as === 'SSE-C') throw noAnnotations()
  const key = await keyToRead(bucket, version, {}, ctx)
  return sealedAnnotation(bytes, key)
}

export function sealedAnnotation(
  bytes: Uint8Array,
  key: Buffer | undefined,
): Pick<Annotation, 'bytes' | 'etag' | 'iv'> {
  const md5 = hash('md5', bytes)
  if (!key) return { bytes, etag: md5 }
  const seal = newSeal(key)
  const iv = seal.iv.toString('base64')
  return { bytes: sealed(bytes, seal), etag: sealedEtag(md5, seal), iv }
}

export async function inTheClear(
  bucket: Bucket,
  version: ObjectVersion,
  { bytes, iv }: Annotation,
  ctx: RequestContext,
): Promise<Uint8Array> {
  const key = await keyToRead(bucket, version, {}, ctx)
  return key && iv ? unsealedWhole(bytes, { key, iv: Buffer.from(iv, 'base64') }) : bytes
}
