import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { type KinesisParts, streamOf } from './parts.ts'
import { badArgument } from './refusals.ts'
import { consumerOf } from './consumers.ts'
import type { StreamFacts } from './model.ts'

const MOST = 50

type Tags = Record<string, string>

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
      const Tags = rest.slice(0, input.Limit ?? MOST)
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

type Named = Pick<StreamFacts, 'name' | 'account'>

function withMore(tags: Tags, more: Tags, of: Named): Tags {
  const all = { ...tags, ...more }
  checkCharacters(Object.entries(more).flat(), 'add', of)
  checkCount(all, of)
  return all
}

function without(tags: Tags, keys: string[], of: Named): Tags {
  checkCharacters(keys, 'remove', of)
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}

/** The tags of a new stream or consumer. */
export const checkTags = (tags: Tags, of: Named): void => void withMore({}, tags, of)

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

const INVALID = /[^\p{L}\p{N}\p{Z}_.:/=+\-@%]/u

/** A percent sign passes the first of two checks and fails the second. */
function checkCharacters(
  texts: string[],
  wanted: 'add' | 'remove',
  { name, account }: Named,
): void {
  if (texts.some((text) => INVALID.test(text))) {
    throw badArgument(
      'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white ' +
        'space, _ . / = + - % @.',
    )
  }
  if (!texts.some((text) => text.includes('%'))) return
  const what = wanted === 'add' ? 'add tags to' : 'remove tags from'
  throw badArgument(
    `Failed to ${what} stream ${name} under account ${account} because some tags contained ` +
      "illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/'," +
      "'=','+','-','@'.",
  )
}

function checkCount(tags: Tags, { name, account }: Named): void {
  if (Object.keys(tags).length <= MOST) return
  throw badArgument(
    `Failed to add tags to stream ${name} under account ${account} because a given stream cannot ` +
      `have more than ${MOST} tags associated with it.`,
  )
}
