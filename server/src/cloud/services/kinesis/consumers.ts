import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { type Consumer, consumerArn, streamArn } from './model.ts'
import { type KinesisParts, streamOf } from './parts.ts'
import { badArgument, inUse, limitExceeded, notFound } from './refusals.ts'
import type { Stream } from './stream.ts'
import { checkTags } from './tag-rules.ts'

const MOST = 20

interface ConsumerInput {
  StreamARN?: string | undefined
  ConsumerName?: string | undefined
  ConsumerARN?: string | undefined
}

export const consumerOperations = (parts: KinesisParts) =>
  ({
    async RegisterStreamConsumer(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const { name: streamName, account, consumers } = stream.facts
      const name = input.ConsumerName!
      if (consumers.some((one) => one.name === name)) {
        throw inUse(
          `Consumer ${name} under stream ${streamName} already exists for account ${account}.`,
        )
      }
      if (consumers.length >= MOST) {
        throw limitExceeded(
          `Stream ${streamName} under account ${account} already has ${MOST} consumers.`,
        )
      }
      checkTags(input.Tags ?? {}, stream.facts)
      const consumer = { name, createdAtMs: ctx.now, tags: input.Tags ?? {} }
      await parts.streams.update(stream, { consumers: [...consumers, consumer] })
      return { Consumer: { ...shown(stream, consumer), ConsumerStatus: 'CREATING' } }
    },

    DescribeStreamConsumer(input, ctx) {
      const { stream, consumer } = consumerOf(parts, input, ctx)
      const StreamARN = streamArn(stream.facts)
      return { ConsumerDescription: { ...shown(stream, consumer), StreamARN } }
    },

    ListStreamConsumers(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const from = input.NextToken === undefined ? 0 : Number(input.NextToken)
      if (!Number.isSafeInteger(from)) throw badArgument('NextToken is invalid.')
      const to = from + (input.MaxResults ?? 100)
      const { consumers } = stream.facts
      return {
        Consumers: consumers.slice(from, to).map((consumer) => shown(stream, consumer)),
        ...(to < consumers.length && { NextToken: String(to) }),
      }
    },

    async DeregisterStreamConsumer(input, ctx) {
      const { stream, consumer } = consumerOf(parts, input, ctx)
      const consumers = stream.facts.consumers.filter((one) => one !== consumer)
      await parts.streams.update(stream, { consumers })
      return {}
    },
  }) satisfies Operations<Kinesis>

/** By its ARN, or by its stream and name. */
export function consumerOf(
  parts: KinesisParts,
  { StreamARN, ConsumerName: name, ConsumerARN: arn }: ConsumerInput,
  ctx: RequestContext,
): { stream: Stream; consumer: Consumer } {
  if (arn === undefined && (StreamARN === undefined || name === undefined)) {
    throw badArgument(
      'Both streamARN and consumer name must be provided if consumerARN is not provied.',
    )
  }
  const stream = streamOf(parts, { StreamARN: StreamARN ?? arn }, ctx)
  const { consumers, account } = stream.facts
  const consumer = consumers.find((one) =>
    arn === undefined ? one.name === name : consumerArn(stream.facts, one) === arn,
  )
  if (consumer) return { stream, consumer }
  throw notFound(`Consumer ${arn ?? name}, account ${account} not found.`)
}

const shown = ({ facts }: Stream, consumer: Consumer) => ({
  ConsumerName: consumer.name,
  ConsumerARN: consumerArn(facts, consumer),
  ConsumerStatus: 'ACTIVE' as const,
  ConsumerCreationTimestamp: new Date(consumer.createdAtMs),
})
