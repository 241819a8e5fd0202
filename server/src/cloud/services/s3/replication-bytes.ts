import type { ObjectMeta, ObjectVersion, Bucket } from './model.ts'
import { collect } from '../../gateway/index.ts'
import type { S3Parts } from './parts.ts'
import { unwrappedBy, wrappedBy } from './encryption.ts'
import { newSeal, sealer, unsealed } from './seal.ts'
import type { ReplicationRule } from './sdk-shapes.ts'

interface Way {
  from: Bucket
  to: Bucket
  rule: ReplicationRule
  role: string
}

interface Copied {
  meta: ObjectMeta
  blobs?: string[]
  inline?: Uint8Array
}

/**
 * The bytes once more, part by part, so that the copy has the source's parts and ETag. Under SSE-C they
 * go as they lie; under KMS they are opened with the source's key and sealed with the destination's.
 */
export async function copyBytes(
  { kernel, deps, blobs: own }: Pick<S3Parts, 'kernel' | 'deps' | 'blobs'>,
  way: Way,
  version: ObjectVersion,
): Promise<Copied> {
  const { meta } = version
  if (meta.sealing === undefined || meta.sealing.as === 'SSE-C') {
    if (version.inline) return { meta, inline: version.inline }
    const blobs: string[] = []
    for (const id of version.blobs ?? []) blobs.push((await own.write(kernel.blobs.read(id))).id)
    return { meta, ...(blobs.length > 0 && { blobs }) }
  }
  const principal = await deps.sessions.rolePrincipal({
    roleArn: way.role,
    sessionName: 's3-replication',
  })
  const source = deps.as({ principal, region: way.from.region })
  const target = deps.as({ principal, region: way.to.region })
  const key = await unwrappedBy(source, meta.sealing)
  const keyId = way.rule.Destination?.EncryptionConfiguration?.ReplicaKmsKeyID
  const sealing = { as: meta.sealing.as, keyId, hasBucketKey: meta.sealing.hasBucketKey ?? false }
  const made = await wrappedBy(target, way.to, version.key, sealing, {})
  return resealed({ kernel, blobs: own }, version, key, made)
}

async function resealed(
  { kernel, blobs }: Pick<S3Parts, 'kernel' | 'blobs'>,
  version: ObjectVersion,
  key: Buffer,
  { seal, sealing }: Awaited<ReturnType<typeof wrappedBy>>,
): Promise<Copied> {
  const { meta } = version
  if (!meta.parts) {
    const cipher = sealer(seal)
    const opened = sealedAgain(unsealed(kernel.blobs, version, undefined, key), cipher)
    if (version.inline) {
      const inline = await collect(opened, version.sizeBytes)
      return { meta: { ...meta, sealing }, inline }
    }
    return { meta: { ...meta, sealing }, blobs: [(await blobs.write(opened)).id] }
  }
  let start = 0
  const ids: string[] = []
  const parts: NonNullable<ObjectMeta['parts']> = []
  for (const part of meta.parts) {
    const own = newSeal(seal.key)
    const range = { start, end: start + part.sizeBytes - 1 }
    const opened = sealedAgain(unsealed(kernel.blobs, version, range, key), sealer(own))
    ids.push((await blobs.write(opened)).id)
    parts.push({ ...part, iv: own.iv.toString('base64') })
    start += part.sizeBytes
  }
  const { iv: _iv, ...shared } = sealing
  return { meta: { ...meta, sealing: shared, parts }, blobs: ids }
}

async function* sealedAgain(source: AsyncIterable<Uint8Array>, cipher: ReturnType<typeof sealer>) {
  for await (const piece of source) yield cipher.update(piece)
}
