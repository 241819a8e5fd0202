import type { EventBridge, Operations, RequestContext } from '../../gateway/index.ts'
import { type Bus, DEFAULT_BUS, type Rule } from './model.ts'
import { busOf, type EventsParts, tagsOf } from './parts.ts'
import { badParameter, noRule, tooMany } from './refusals.ts'

const MOST = 50

export const tagOperations = (parts: EventsParts) =>
  ({
    async TagResource(input, ctx) {
      const found = taggedOf(parts, input.ResourceARN, ctx)
      const tags = { ...found.tags, ...tagsOf(input.Tags) }
      if (Object.keys(tags).length > MOST) throw tooMany()
      await parts.store.put({ ...found, tags })
      return {}
    },

    async UntagResource(input, ctx) {
      const found = taggedOf(parts, input.ResourceARN, ctx)
      const kept = Object.entries(found.tags).filter(([key]) => !input.TagKeys?.includes(key))
      await parts.store.put({ ...found, tags: Object.fromEntries(kept) })
      return {}
    },

    ListTagsForResource(input, ctx) {
      const { tags } = taggedOf(parts, input.ResourceARN, ctx)
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  }) satisfies Operations<EventBridge>

function taggedOf(parts: EventsParts, arn: string | undefined, ctx: RequestContext): Bus | Rule {
  const [, , , , , ...rest] = (arn ?? '').split(':')
  const [kind, ...names] = rest.join(':').split('/')
  if (kind === 'event-bus') return busOf(parts, arn, ctx)
  if (kind !== 'rule') throw badParameter('ResourceARN', 'Provided Arn is not in correct format.')
  const rule = parts.store.find<Rule>(arn!)
  if (!rule) throw noRule(names.at(-1)!, names.length > 1 ? names[0]! : DEFAULT_BUS)
  return rule
}
