import type { RequestContext } from '../../gateway/index.ts'
import { badValue } from './refusals.ts'
import {
  attributesOf,
  checkAllUsed,
  checkIndexes,
  type CreateInput,
  globalIndex,
  keyOfSchema,
  localIndex,
  throughputOf,
} from './table-keys.ts'
import type { Table } from './table-model.ts'
import { checkedTags } from './table-settings.ts'

/** A table out of CreateTable's input, or its refusal. */
export function newTable(input: CreateInput, ctx: RequestContext, newId: () => number): Table {
  const onDemand = input.BillingMode === 'PAY_PER_REQUEST'
  const throughput = throughputOf(onDemand, input.ProvisionedThroughput)
  const attributes = attributesOf(input.AttributeDefinitions)
  const key = keyOfSchema(input.KeySchema!, attributes)
  refuseEmptyLists(input)
  const locals = input.LocalSecondaryIndexes ?? []
  const globals = input.GlobalSecondaryIndexes ?? []
  const indexes = [
    ...locals.map((given) => localIndex(given, key, attributes, 0)),
    ...globals.map((given) => globalIndex(given, onDemand, attributes, 0)),
  ]
  checkIndexes(indexes)
  checkAllUsed(attributes, [key, ...indexes.map((index) => index.key)])
  const { account, region, now } = ctx
  return {
    id: newId(),
    account,
    region,
    name: input.TableName!,
    uuid: crypto.randomUUID(),
    attributes,
    key,
    indexes: indexes.map((index) => ({ ...index, id: newId() })),
    onDemand,
    ...(onDemand && { onDemandSinceMs: now }),
    throughput,
    createdAtMs: now,
    readyAtMs: now,
    deletionProtected: input.DeletionProtectionEnabled ?? false,
    tableClass: input.TableClass,
    stream: streamOf(input, now, newId),
    ...(input.OnDemandThroughput && { onDemandLimits: input.OnDemandThroughput }),
    ...(input.WarmThroughput && { warm: input.WarmThroughput }),
    tags: input.Tags?.length ? checkedTags(input.Tags) : {},
    ...(input.ResourcePolicy && {
      policy: { text: input.ResourcePolicy, revision: String(now) },
    }),
  }
}

function refuseEmptyLists(input: CreateInput): void {
  for (const name of ['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'] as const) {
    if (input[name]?.length === 0) throw badValue(`List of ${name} is empty`)
  }
}

export function streamOf(
  { StreamSpecification: given }: Pick<CreateInput, 'StreamSpecification'>,
  now: number,
  newId: () => number,
): Table['stream'] {
  if (!given?.StreamEnabled) {
    if (given?.StreamViewType) {
      throw badValue(
        'Table is being created with a stream disabled, UpdateViewType should not be specified',
      )
    }
    return undefined
  }
  if (!given.StreamViewType) {
    throw badValue('Table is being created with a stream enabled, UpdateViewType is required')
  }
  return { id: newId(), viewType: given.StreamViewType, startedAtMs: now }
}
