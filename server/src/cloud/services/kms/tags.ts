import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { checkNotPendingDeletion, type KmsParts } from './parts.ts'
import { page } from './paging.ts'
import { tagRefused } from './refusals.ts'
import { keyOf, ownKeyOf } from './resolve.ts'

const MOST = 50

interface Tag {
  TagKey: string | undefined
  TagValue: string | undefined
}

export const tagOperations = (parts: KmsParts) =>
  ({
    async TagResource(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkNotPendingDeletion(key, ctx.now)
      await parts.store.saveKey({ ...key, tags: tagsOf(input.Tags!, key.tags, ctx) })
      return {}
    },

    async UntagResource(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkNotPendingDeletion(key, ctx.now)
      const kept = Object.entries(key.tags).filter(([name]) => !input.TagKeys!.includes(name))
      await parts.store.saveKey({ ...key, tags: Object.fromEntries(kept) })
      return {}
    },

    async ListResourceTags(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const { items, more } = page(Object.entries(key.tags), ([name]) => name, input, 50, 50)
      return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more }
    },
  }) satisfies Operations<Kms>

/** Tags with those added; a name twice in one request is refused. */
export function tagsOf(
  added: Tag[],
  had: Record<string, string>,
  ctx: RequestContext,
): Record<string, string> {
  const names = added.map(({ TagKey }) => TagKey!)
  // CloudFormation marks what it makes with tags of AWS's own.
  const isInside = ctx.http.host === 'in-process'
  if (!isInside && names.some((name) => name.toLowerCase().startsWith('aws:'))) {
    throw tagRefused('Tags beginning with aws: are reserved')
  }
  if (new Set(names).size < names.length) throw tagRefused('Duplicate tag keys')
  const more = Object.fromEntries(added.map(({ TagKey, TagValue }) => [TagKey!, TagValue ?? '']))
  const tags = { ...had, ...more }
  if (Object.keys(tags).length > MOST) throw tagRefused('Too many tags')
  return tags
}
