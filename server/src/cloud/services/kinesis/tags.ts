import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { type KinesisParts, streamOf } from './parts.ts'
import { badArgument, invalid } from './refusals.ts'
import { consumerOf } from './consumers.ts'

const MOST = 50

type Tags = Record<string, string>

export const tagOperations = (parts: KinesisParts) =>
  ({
    async AddTagsToStream(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const tags = { ...stream.facts.tags, ...input.Tags }
      checkTags(tags)
      await parts.streams.update(stream, { tags })
      return {}
    },

    async RemoveTagsFromStream(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      await parts.streams.update(stream, { tags: without(stream.facts.tags, input.TagKeys!) })
      return {}
    },

    ListTagsForStream(input, ctx) {
      const all = shown(streamOf(parts, input, ctx).facts.tags)
      const { ExclusiveStartTagKey: after } = input
      const rest = after === undefined ? all : all.filter(({ Key }) => Key > after)
      const Tags = rest.slice(0, input.Limit ?? MOST)
      return { Tags, HasMoreTags: Tags.length < rest.length }
    },

    async TagResource(input, ctx) {
      await change(parts, input.ResourceARN!, ctx, (tags) => ({ ...tags, ...input.Tags }))
      return {}
    },

    async UntagResource(input, ctx) {
      await change(parts, input.ResourceARN!, ctx, (tags) => without(tags, input.TagKeys!))
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

const without = (tags: Tags, keys: string[]): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))

async function change(
  parts: KinesisParts,
  arn: string,
  ctx: RequestContext,
  make: (tags: Tags) => Tags,
): Promise<void> {
  if (!arn.includes('/consumer/')) {
    const stream = streamOf(parts, { StreamARN: arn }, ctx)
    const tags = make(stream.facts.tags)
    checkTags(tags)
    return parts.streams.update(stream, { tags })
  }
  const { stream, consumer } = consumerOf(parts, { ConsumerARN: arn }, ctx)
  const tags = make(consumer.tags)
  checkTags(tags)
  const consumers = stream.facts.consumers.map((one) => (one === consumer ? { ...one, tags } : one))
  await parts.streams.update(stream, { consumers })
}

export function checkTags(tags: Tags): void {
  if (Object.keys(tags).length > MOST) {
    throw badArgument(`Failed to add tags to stream. A stream can have no more than ${MOST} tags.`)
  }
  for (const [key, value] of Object.entries(tags)) {
    const isLong = key.length < 1 || key.length > 128 || value.length > 256
    if (isLong) throw invalid('Tag keys have 1 to 128 characters, and values at most 256.')
    if (/[^\p{L}\p{N}\p{Z}_.:/=+\-@%]/u.test(key + value)) {
      throw badArgument(
        'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white ' +
          'space, _ . / = + - % @.',
      )
    }
  }
}
