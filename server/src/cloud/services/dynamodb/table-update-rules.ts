import type { DynamoDb, Input } from '../../gateway/index.ts'
import { badValue, invalid } from './refusals.ts'
import type { Throughput } from './table-model.ts'

export type UpdateInput = Input<DynamoDb, 'UpdateTable'>

/** What UpdateTable changes, as its own refusal lists it. */
const asked: [member: string, shown: string][] = [
  ['ProvisionedThroughput', 'ProvisionedThroughput'],
  ['BillingMode', 'BillingMode'],
  ['StreamSpecification', 'UpdateStreamEnabled'],
  ['GlobalSecondaryIndexUpdates', 'GlobalSecondaryIndexUpdates'],
  ['SSESpecification', 'SSESpecification'],
  ['ReplicaUpdates', 'ReplicaUpdates'],
  ['MultiAccountReplicaReady', 'MultiAccountReplicaReady'],
  ['ReplicaTransitRoleArn', 'ReplicaTransitRoleArn'],
  ['MultiRegionConsistency', 'MultiRegionConsistency'],
  ['DeletionProtectionEnabled', 'DeletionProtectionEnabled'],
  ['OnDemandThroughput', 'OnDemandThroughput'],
  ['WarmThroughput', 'WarmThroughput'],
  ['TableClass', 'TableClass'],
]
const changing = asked.map(([member]) => member).filter((one) => one !== 'MultiRegionConsistency')

/** Changes that go alone, in the order in which they are missed. */
const alone: [member: string, refusal: string][] = [
  [
    'SSESpecification',
    'Server-Side Encryption modification must be the only operation in the request',
  ],
  ['TableClass', 'TableClass modification must be the only operation in the request'],
  [
    'DeletionProtectionEnabled',
    'DeletionProtection modification must be the only operation in the request',
  ],
  ['ReplicaUpdates', 'Replica modification must be the only operation in the request'],
  ['WarmThroughput', 'WarmThroughput must be the only operation in the request'],
]

/**
 * A request makes one change. Which go together was seen on the real service in October 2026 (a
 * public catalogue of its refusals): a billing mode with throughput, or with a stream.
 */
export function checkOneChange(input: UpdateInput): void {
  const values = input as Record<string, unknown>
  const isGiven = (name: string) => {
    const value = values[name]
    if (value === undefined) return false
    return !mayBeEmpty.has(name) || Object.keys(value as object).length > 0
  }
  const given = changing.filter(isGiven)
  if (given.length === 0) {
    const names = asked.filter(([member]) => !isGiven(member)).map(([, shown]) => shown)
    const last = names.pop()
    throw invalid(`At least one of ${names.join(', ')} or ${last} is required`)
  }
  const indexes = input.GlobalSecondaryIndexUpdates
  if (indexes?.length === 0) throw badValue('List of GlobalSecondaryIndexUpdates is empty')
  if (isGiven('WarmThroughput') && indexes?.some((one) => one.Create)) {
    throw badValue('Create global secondary index cannot be specified when updating WarmThroughput')
  }
  const lone = alone.find(([member]) => given.includes(member))
  if (lone && given.length > 1) throw badValue(lone[1])
  if (isGiven('OnDemandThroughput') && given.some((name) => !onDemandMay.has(name))) {
    throw badValue(
      'OnDemandThroughput can only be combined with BillingMode in an UpdateTable request',
    )
  }
  checkThroughputAlone(input)
}

/** Without a member or element these count as not given. */
const mayBeEmpty = new Set([
  'GlobalSecondaryIndexUpdates',
  'ReplicaUpdates',
  'OnDemandThroughput',
  'WarmThroughput',
])

const onDemandMay = new Set(['OnDemandThroughput', 'BillingMode'])

function checkThroughputAlone(input: UpdateInput): void {
  const shaping = (input.GlobalSecondaryIndexUpdates ?? []).some((one) => one.Create ?? one.Delete)
  const { ProvisionedThroughput: units, StreamSpecification: stream } = input
  if (units && stream) throw badValue('You cannot modify stream status while updating table IOPS')
  if (units && shaping) {
    throw badValue('You cannot create or delete index while updating table IOPS')
  }
  if (stream && shaping) {
    throw badValue('You cannot create or delete index while changing stream status')
  }
  if (input.BillingMode === 'PROVISIONED' && !units) {
    throw badValue('ProvisionedThroughput must be specified when BillingMode is PROVISIONED')
  }
}

/** What is asked for must differ from what there is; `of` as in `for the table`, `for index x`. */
export function refuseSameUnits(
  { what, of }: { what: string; of: string },
  { ReadCapacityUnits: reads, WriteCapacityUnits: writes }: Throughput,
  asked: Throughput,
): void {
  if (asked.ReadCapacityUnits !== reads || asked.WriteCapacityUnits !== writes) return
  throw invalid(
    `The provisioned throughput for ${what} will not change. The requested value equals the ` +
      `current value. Current ReadCapacityUnits provisioned for ${of}: ${reads}. Requested ` +
      `ReadCapacityUnits: ${reads}. Current WriteCapacityUnits provisioned for ${of}: ` +
      `${writes}. Requested WriteCapacityUnits: ${writes}. Refer to the Amazon DynamoDB ` +
      'Developer Guide for current limits and how to request higher limits.',
  )
}
