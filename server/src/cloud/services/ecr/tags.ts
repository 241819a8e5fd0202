import type { Ecr, Operations, RequestContext } from '../../gateway/index.ts'
import { type EcrParts, repositoryByArn } from './parts.ts'
import { badTags, tooManyTags } from './refusals.ts'

const MOST = 50

export const tagOperations = (parts: EcrParts) =>
  ({
    async TagResource(input, ctx) {
      const repository = repositoryByArn(parts, input.resourceArn, ctx)
      await parts.store.save({ ...repository, tags: tagsWith(repository.tags, input.tags!, ctx) })
      return {}
    },

    async UntagResource(input, ctx) {
      const repository = repositoryByArn(parts, input.resourceArn, ctx)
      const kept = Object.entries(repository.tags).filter(([key]) => !input.tagKeys!.includes(key))
      await parts.store.save({ ...repository, tags: Object.fromEntries(kept) })
      return {}
    },

    ListTagsForResource(input, ctx) {
      const { tags } = repositoryByArn(parts, input.resourceArn, ctx)
      return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  }) satisfies Operations<Ecr>

export function tagsWith(
  had: Record<string, string>,
  added: { Key?: string | undefined; Value?: string | undefined }[],
  ctx: RequestContext,
): Record<string, string> {
  // CloudFormation marks what it makes with tags of AWS's own.
  const isInside = ctx.http.host === 'in-process'
  if (!isInside && added.some(({ Key }) => Key!.toLowerCase().startsWith('aws:'))) {
    throw badTags('aws: prefixed tag key names are not allowed for external use.')
  }
  const tags = { ...had, ...Object.fromEntries(added.map(({ Key, Value }) => [Key!, Value ?? ''])) }
  if (Object.keys(tags).filter((key) => !key.startsWith('aws:')).length > MOST) throw tooManyTags()
  return tags
}
