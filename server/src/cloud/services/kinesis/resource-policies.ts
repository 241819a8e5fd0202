import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { parsePolicy, PolicyFault } from '../../policy/index.ts'
import { consumerOf } from './consumers.ts'
import { addressOf, type KinesisParts } from './parts.ts'
import { badArgument, noStream, notFound } from './refusals.ts'
import type { Stream } from './stream.ts'

export const resourcePolicyOperations = (parts: KinesisParts) =>
  ({
    async PutResourcePolicy(input, ctx) {
      checkPolicy(input.Policy!)
      await setPolicy(parts, input.ResourceARN!, input.Policy!, ctx)
      return {}
    },

    GetResourcePolicy(input, ctx) {
      const policy = policyAt(parts, input.ResourceARN!, ctx)
      return { Policy: policy ?? '{}' }
    },

    async DeleteResourcePolicy(input, ctx) {
      const arn = input.ResourceARN!
      if (policyAt(parts, arn, ctx) === undefined) {
        throw notFound(`No resource policy found for resource ARN ${arn}.`)
      }
      await setPolicy(parts, arn, undefined, ctx)
      return {}
    },
  }) satisfies Operations<Kinesis>

function policyAt(parts: KinesisParts, arn: string, ctx: RequestContext): string | undefined {
  if (!arn.includes('/consumer/')) return streamAt(parts, arn, ctx).facts.policy
  return consumerOf(parts, { ConsumerARN: arn }, ctx).consumer.policy
}

/** A stream that is missing is named by its ARN here. */
function streamAt(parts: KinesisParts, arn: string, ctx: RequestContext): Stream {
  const address = addressOf({ StreamARN: arn }, ctx)
  const stream = parts.streams.find(address, address.name)
  if (!stream) throw noStream(address, arn)
  return stream
}

async function setPolicy(
  parts: KinesisParts,
  arn: string,
  policy: string | undefined,
  ctx: RequestContext,
): Promise<void> {
  if (!arn.includes('/consumer/')) {
    return parts.streams.update(streamAt(parts, arn, ctx), { policy })
  }
  const { stream, consumer } = consumerOf(parts, { ConsumerARN: arn }, ctx)
  const { policy: _, ...bare } = consumer
  const next = policy === undefined ? bare : { ...bare, policy }
  const consumers = stream.facts.consumers.map((one) => (one === consumer ? next : one))
  await parts.streams.update(stream, { consumers })
}

function checkPolicy(text: string): void {
  try {
    parsePolicy(text)
  } catch (error) {
    if (error instanceof PolicyFault) throw badArgument(`Invalid resource policy: ${error.message}`)
    throw error
  }
}
