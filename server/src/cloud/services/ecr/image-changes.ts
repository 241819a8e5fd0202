import { createHash } from 'node:crypto'
import type { Actor } from '../../../kernel/index.ts'
import { OciError } from '../../../registry/index.ts'
import type { Ecr, Operations, RequestContext } from '../../gateway/index.ts'
import { failuresOf, type ImageId, imageOf, readId, shown } from './images.ts'
import { imageName, isFixed } from './model.ts'
import { type EcrParts, repositoryOf } from './parts.ts'
import * as refuse from './refusals.ts'

export const imageChangeOperations = (parts: EcrParts) =>
  ({
    async BatchDeleteImage(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const name = imageName(repository)
      const all = await parts.images.list(name)
      const asked = input.imageIds!.map((id) => ({ id, ...readId(all, id) }))
      const imageIds: ImageId[] = []
      for (const { id, image } of asked) {
        if (!image) continue
        const { digest: imageDigest } = image
        const tags = id.imageTag === undefined ? image.tags : [id.imageTag]
        const isLast = tags.length >= image.tags.length
        await parts.images.remove(actorOf(ctx), name, isLast ? imageDigest : id.imageTag!)
        if (tags.length === 0) imageIds.push({ imageDigest })
        imageIds.push(...tags.map((imageTag) => ({ imageDigest, imageTag })))
      }
      return { imageIds, failures: failuresOf(asked) }
    },

    async PutImage(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const { imageManifest: text = '', imageTag: tag } = input
      const name = imageName(repository)
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
      if (input.imageDigest !== undefined && input.imageDigest !== digest) throw refuse.badDigest()
      const all = await parts.images.list(name)
      const same = all.find((image) => image.digest === digest)
      if (same && (tag === undefined || same.tags.includes(tag))) {
        throw refuse.imageExists(repository, digest, tag)
      }
      if (tag !== undefined && isFixed(repository, tag) && imageOf(all, { imageTag: tag })) {
        throw refuse.fixedTag(repository.name, tag)
      }
      const tags = tag === undefined ? [] : [tag]
      await stored(() => parts.images.tag(actorOf(ctx), name, text, tags))
      const made = (await parts.images.list(name)).find((image) => image.digest === digest)!
      return { image: shown(repository, made, tag) }
    },
  }) satisfies Operations<Ecr>

const actorOf = ({ principal }: Pick<RequestContext, 'principal'>): Actor => ({
  kind: 'system',
  id: principal.arn,
  name: principal.arn,
  isAdministrator: false,
  scopes: [],
})

/** The registry's refusal of a manifest in ECR's words. */
async function stored(put: () => Promise<string>): Promise<void> {
  try {
    await put()
  } catch (error) {
    if (!(error instanceof OciError)) throw error
    if (error.code === 'MANIFEST_BLOB_UNKNOWN') throw refuse.noLayers(error.message)
    throw refuse.badParameter('ImageManifest', error.message)
  }
}
