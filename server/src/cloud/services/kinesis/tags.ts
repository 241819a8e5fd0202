import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { type KinesisParts, streamOf } from './parts.ts'
import { consumerOf } from './consumers.ts'
import { MOST_TAGS, type Named, type Tags, withMore, without } from './tag-rules.ts'

export const tagOperations = (parts: KinesisParts) =>
  ({
    async AddTagsToStream(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const tags = withMore(stream.facts.tags, input.Tags!, stream.facts)
      await parts.streams.update(stream, { tags })
      return {}
    },

    async RemoveTagsFromStream(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const tags = without(stream.facts.tags, input.TagKeys!, stream.facts)
      await parts.streams.update(stream, { tags })
      return {}
    },

    ListTagsForStream(input, ctx) {
      const all = shown(streamOf(parts, input, ctx).facts.tags)
      const { ExclusiveStartTagKey: after } = input
      const rest = after === undefined ? all : all.filter(({ Key }) => Key > after)
      const Tags = rest.slice(0, input.Limit ?? MOST_TAGS)
      return { Tags, HasMoreTags: Tags.length < rest.length }
    },

    async TagResource(input, ctx) {
      await change(parts, input.ResourceARN!, ctx, (tags, of) => withMore(tags, input.Tags!, of))
      return {}
    },

    async UntagResource(input, ctx) {
      await change(parts, input.ResourceARN!, ctx, (tags, of) => without(tags, input.TagKeys!, of))
      return {}
    },

    ListTagsForResource(input, ctx) {
      const arn = input.ResourceARN!
      const isConsumer = arn.includes('/consumer/')
      const tags = isConsumer
        ? consumerOf(parts, { ConsumerARN: arn }, ctx).consumer.tags
        : streamOf(parts, { StreamARN: arn }, ctx).facts.tags
      return { Tags: shown(tags) }
    },
  }) satisfies Operations<Kinesis>

const shown = (tags: Tags) =>
  Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }))

async function change(
  parts: KinesisParts,
  arn: string,
  ctx: RequestContext,
  make: (tags: Tags, of: Named) => Tags,
): Promise<void> {
  if (!arn.includes('/consumer/')) {
    const stream = streamOf(parts, { StreamARN: arn }, ctx)
    const tags = make(stream.facts.tags, stream.facts)
    return parts.streams.update(stream, { tags })
  }
  const { stream, consumer } = consumerOf(parts, { ConsumerARN: arn }, ctx)
  const tags = make(consumer.tags, stream.facts)
  const consumers = stream.facts.consumers.map((one) => (one === consumer ? { ...one, tags } : one))
  await parts.streams.update(stream, { consumers })
}
