import { OciError } from '../../../registry/index.ts'
import type { Ecr, Operations } from '../../gateway/index.ts'
import { imageName, type Repository } from './model.ts'
import { type EcrParts, repositoryOf } from './parts.ts'
import * as refuse from './refusals.ts'
import { named } from './repositories.ts'

const LARGEST_PART_BYTES = 20 * 1024 * 1024
/** What clients are asked to make of it. */
const PART_BYTES = 10 * 1024 * 1024

/** Layers without Docker: an upload in parts that follow each other. */
export const layerOperations = (parts: EcrParts) =>
  ({
    async InitiateLayerUpload(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      return { uploadId: await parts.images.begin(imageName(repository)), partSize: PART_BYTES }
    },

    async UploadLayerPart(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const { uploadId = '', partFirstByte = 0, partLastByte = 0, layerPartBlob: bytes } = input
      const size = bytes?.length ?? 0
      const from = await receivedOf(parts, repository, uploadId)
      const isFitting = partFirstByte === from && partLastByte === from + size - 1
      if (!bytes || size === 0 || size > LARGEST_PART_BYTES || !isFitting) {
        throw refuse.badPart(repository, uploadId, from - 1)
      }
      const received = await parts.images.append(uploadId, from, bytes)
      return { ...named(repository), uploadId, lastByteReceived: received - 1 }
    },

    async CompleteLayerUpload(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const { uploadId = '', layerDigests = [] } = input
      const name = imageName(repository)
      const received = await receivedOf(parts, repository, uploadId)
      const layerDigest = layerDigests[0] ?? ''
      if (received === 0) throw refuse.emptyUpload()
      if (layerDigests.length !== 1 || !/^sha256:[0-9a-f]{64}$/.test(layerDigest)) {
        throw refuse.badParameter('layerDigests', 'Member must be one digest, sha256 of the layer')
      }
      if ((await parts.images.holds(name, layerDigest)) !== undefined) {
        throw refuse.layerExists(repository, layerDigest)
      }
      try {
        await parts.images.finish(name, uploadId, layerDigest)
      } catch (error) {
        if (!(error instanceof OciError) || error.code !== 'DIGEST_INVALID') throw error
        throw refuse.badLayer()
      }
      return { ...named(repository), uploadId, layerDigest }
    },
  }) satisfies Operations<Ecr>

/** Throws UploadNotFoundException. */
async function receivedOf({ images }: EcrParts, repository: Repository, id: string) {
  try {
    return await images.received(imageName(repository), id)
  } catch (error) {
    if (error instanceof OciError && error.code === 'BLOB_UPLOAD_UNKNOWN') {
      throw refuse.noUpload(repository, id)
    }
    throw error
  }
}
