import type { IamRequest, RequestContext } from '../../gateway/index.ts'
import { readIterator } from './iterator.ts'
import { streamArn } from './model.ts'
import { addressOf, type KinesisParts } from './parts.ts'

type Values = Record<string, unknown>

const ofNoStream = new Set([
  'DescribeAccountSettings',
  'DescribeLimits',
  'ListStreams',
  'UpdateAccountSettings',
])

/** The stream, or the consumer where a consumer is named; its own policy may allow, too. */
export function kinesisRequests(
  parts: KinesisParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): IamRequest[] {
  const action = `kinesis:${operation}`
  if (ofNoStream.has(operation)) return [{ action, resource: '*' }]
  const resource = arnOf(parts, input, ctx)
  if (resource === undefined) return [{ action, resource: '*' }]
  const resourcePolicy = policyOf(parts, resource)
  return [
    {
      action,
      resource,
      resourceAccount: resource.split(':')[4]!,
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
  ]
}

function arnOf(parts: KinesisParts, input: Values, ctx: RequestContext): string | undefined {
  const given = input['ConsumerARN'] ?? input['ResourceARN'] ?? input['StreamARN']
  if (typeof given === 'string') return given
  if (typeof input['StreamName'] === 'string') {
    return streamArn(addressOf({ StreamName: input['StreamName'] }, ctx))
  }
  if (typeof input['ShardIterator'] !== 'string') return undefined
  const stream = parts.streams.byId(readIterator(input['ShardIterator'], ctx.now).streamId)
  return stream && streamArn(stream.facts)
}

function policyOf({ streams }: KinesisParts, arn: string): string | undefined {
  const [, , , region, account, path = ''] = arn.split(':')
  const [, name, , consumer] = path.split('/')
  const stream = streams.find({ account: account!, region: region! }, name!)
  if (consumer === undefined) return stream?.facts.policy
  return stream?.facts.consumers.find((one) => one.name === consumer)?.policy
}
