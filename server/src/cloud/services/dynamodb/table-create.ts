import type { RequestContext } from '../../gateway/index.ts'
import { createdLimits, createdWarm } from './extra-throughput.ts'
import { badValue, invalid } from './refusals.ts'
import { policyText } from './resource-policies.ts'
import {
  attributesOf,
  checkAllUsed,
  checkIndexes,
  createdIndex,
  type CreateInput,
  globalIndex,
  globalKey,
  keyOfSchema,
  localIndex,
  localKey,
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
  // An attribute that no key has hides whatever else is wrong with an index.
  checkAllUsed(attributes, [
    key,
    ...locals.map((given) => localKey(given, key, attributes)),
    ...globals.map((given) => globalKey(given.KeySchema!, attributes)),
  ])
  const indexes = [
    ...locals.map((given) => localIndex(given, key, attributes, 0)),
    ...globals.map((given) => {
      const words = createdIndex(given.IndexName!)
      return globalIndex(given, { onDemand, words, id: 0 }, attributes)
    }),
  ]
  checkIndexes(indexes)
  const onDemandLimits = createdLimits(input.OnDemandThroughput, onDemand)
  const warm = createdWarm(input.WarmThroughput, throughput, onDemand)
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
    tableClass: checkedClass(input.TableClass),
    stream: streamOf(input, now, newId),
    ...(onDemandLimits && { onDemandLimits }),
    ...(warm && { warm }),
    tags: input.Tags?.length ? checkedTags(input.Tags) : {},
    ...(input.ResourcePolicy !== undefined && {
      policy: { text: policyText(input.ResourcePolicy), revision: String(now) },
    }),
  }
}

const classes = ['STANDARD', 'STANDARD_INFREQUENT_ACCESS']

export function checkedClass(given: string | undefined): string | undefined {
  if (given === undefined || classes.includes(given)) return given
  throw invalid(
    'Invalid table-class parameter provided. Please try again with a valid table-class value: ' +
      `[${classes.join(', ')}].`,
  )
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
