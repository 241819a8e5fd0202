import type { LocalImage } from '../../../registry/index.ts'
import type { Ecr, Operations } from '../../gateway/index.ts'
import { imageName, type Repository } from './model.ts'
import { page } from './paging.ts'
import { type EcrParts, repositoryOf } from './parts.ts'
import * as refuse from './refusals.ts'
import { named } from './repositories.ts'

export interface ImageId {
  imageDigest?: string
  imageTag?: string
}

type FailureCode =
  | 'ImageNotFound'
  | 'ImageTagDoesNotMatchDigest'
  | 'InvalidImageDigest'
  | 'MissingDigestAndTag'

export const imageOperations = (parts: EcrParts) =>
  ({
    async DescribeImages(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const all = await parts.images.list(imageName(repository))
      const status = input.filter?.tagStatus
      const wanted = input.imageIds?.map((id) => {
        const image = imageOf(all, id)
        if (!image) throw refuse.noImage(repository, id)
        return image
      })
      const fitting = (wanted ?? all).filter((image) => fitsStatus(image, status))
      const { items, more } = page([...new Set(fitting)], input, 100)
      return { imageDetails: items.map((image) => detailOf(repository, image)), ...more }
    },

    async ListImages(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const all = await parts.images.list(imageName(repository))
      const ids = all
        .filter((image) => fitsStatus(image, input.filter?.tagStatus))
        .flatMap(({ digest, tags }): ImageId[] =>
          tags.length === 0
            ? [{ imageDigest: digest }]
            : tags.map((imageTag) => ({ imageDigest: digest, imageTag })),
        )
      const { items, more } = page(ids, input, 100)
      return { imageIds: items, ...more }
    },

    async BatchGetImage(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const all = await parts.images.list(imageName(repository))
      const asked = input.imageIds!.map((id) => ({ id, ...readId(all, id) }))
      return {
        images: asked.flatMap(({ id, image }) =>
          image ? [shown(repository, image, id.imageTag)] : [],
        ),
        failures: failuresOf(asked),
      }
    },

    async BatchCheckLayerAvailability(input, ctx) {
      const name = imageName(repositoryOf(parts, input, ctx))
      const [digests = [], broken = []] = partedDigests(input.layerDigests!)
      const found = await Promise.all(
        digests.map(async (layerDigest) => ({
          layerDigest,
          layerSize: await parts.images.holds(name, layerDigest),
        })),
      )
      return {
        layers: found.map(({ layerDigest, layerSize }) => ({
          layerDigest,
          layerAvailability:
            layerSize === undefined ? ('UNAVAILABLE' as const) : ('AVAILABLE' as const),
          layerSize,
        })),
        failures: broken.map((layerDigest) => ({
          layerDigest,
          failureCode: 'InvalidLayerDigest' as const,
          failureReason: `Invalid request parameters: layer digest ${digestRule}`,
        })),
      }
    },
  }) satisfies Operations<Ecr>

const digestForm = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/
const digestRule = "should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"

/** Those of the form of a digest, and the others. */
const partedDigests = (digests: string[]) => [
  digests.filter((one) => digestForm.test(one)),
  digests.filter((one) => !digestForm.test(one)),
]

export function imageOf(
  all: LocalImage[],
  { imageDigest, imageTag }: ImageId,
): LocalImage | undefined {
  return all.find(
    ({ digest, tags }) =>
      (imageDigest === undefined || digest === imageDigest) &&
      (imageTag === undefined || tags.includes(imageTag)),
  )
}

interface Read {
  image?: LocalImage
  failure?: [FailureCode, string]
}

export function readId(all: LocalImage[], id: ImageId): Read {
  const { imageDigest, imageTag } = id
  if (imageDigest === undefined && imageTag === undefined) {
    const text = 'Invalid request parameters: both tag and digest cannot be null'
    return { failure: ['MissingDigestAndTag', text] }
  }
  if (imageDigest !== undefined && !digestForm.test(imageDigest)) {
    const text = `Invalid request parameters: image digest ${digestRule}`
    return { failure: ['InvalidImageDigest', text] }
  }
  const image = imageOf(all, id)
  if (image) return { image }
  if (imageDigest !== undefined && imageTag !== undefined && imageOf(all, { imageTag })) {
    return { failure: ['ImageTagDoesNotMatchDigest', 'Image tag does not match digest'] }
  }
  return { failure: ['ImageNotFound', 'Requested image not found'] }
}

export const failuresOf = (asked: ({ id: ImageId } & Read)[]) =>
  asked.flatMap(({ id, failure }) =>
    failure ? [{ imageId: id, failureCode: failure[0], failureReason: failure[1] }] : [],
  )

const fitsStatus = ({ tags }: LocalImage, status: string | undefined) =>
  status === undefined || status === 'ANY' || (status === 'TAGGED') === tags.length > 0

export function shown(repository: Repository, image: LocalImage, imageTag: string | undefined) {
  const { digest: imageDigest, text: imageManifest, mediaType: imageManifestMediaType } = image
  return {
    ...named(repository),
    imageId: { imageDigest, imageTag },
    imageManifest,
    imageManifestMediaType,
  }
}

function detailOf(repository: Repository, image: LocalImage) {
  return {
    ...named(repository),
    imageDigest: image.digest,
    imageTags: image.tags.length > 0 ? image.tags : undefined,
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: new Date(image.pushedAtMs),
    imageManifestMediaType: image.mediaType,
    artifactMediaType: image.artifactType,
  }
}
