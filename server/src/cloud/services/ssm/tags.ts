import type { Operations, RequestContext, Ssm } from '../../gateway/index.ts'
import type { Parameter } from './model.ts'
import type { SsmParts } from './parts.ts'
import { badResource, invalid, tooManyTags } from './refusals.ts'

const MOST = 50

export const tagOperations = (parts: SsmParts) =>
  ({
    async AddTagsToResource(input, ctx) {
      const parameter = resourceOf(parts, input, ctx)
      const tags = tagsWith(parameter.tags, input.Tags!, ctx)
      await parts.store.save({ ...parameter, tags })
      return {}
    },

    async RemoveTagsFromResource(input, ctx) {
      const parameter = resourceOf(parts, input, ctx)
      const kept = Object.entries(parameter.tags).filter(([key]) => !input.TagKeys!.includes(key))
      await parts.store.save({ ...parameter, tags: Object.fromEntries(kept) })
      return {}
    },

    ListTagsForResource(input, ctx) {
      const { tags } = resourceOf(parts, input, ctx)
      return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  }) satisfies Operations<Ssm>

/** Of the kinds of resource that Systems Manager tags, parameters are those that can be here. */
function resourceOf(
  { store }: SsmParts,
  { ResourceType, ResourceId }: { ResourceType?: string; ResourceId?: string },
  ctx: RequestContext,
): Parameter {
  const parameter = ResourceType === 'Parameter' ? store.find(ctx, ResourceId!) : undefined
  if (!parameter) throw badResource()
  return parameter
}

export function tagsWith(
  had: Record<string, string>,
  added: { Key?: string; Value?: string }[],
  ctx: RequestContext,
): Record<string, string> {
  // CloudFormation marks what it makes with tags of AWS's own.
  const isInside = ctx.http.host === 'in-process'
  const reserved = added.find(({ Key }) => Key!.toLowerCase().startsWith('aws:'))
  if (reserved && !isInside) {
    throw invalid(`aws: prefixed tag key names are not allowed for external use: ${reserved.Key}`)
  }
  const tags = { ...had, ...Object.fromEntries(added.map(({ Key, Value }) => [Key!, Value ?? ''])) }
  if (Object.keys(tags).filter((key) => !key.startsWith('aws:')).length > MOST) throw tooManyTags()
  return tags
}
