import type { DynamoDb, Input } from '../../gateway/index.ts'
import { createdLimits, type OnDemandLimits } from './extra-throughput.ts'
import { invalid } from './refusals.ts'
import {
  type CreateInput,
  type GlobalInput,
  globalIndex,
  type IndexWords,
  localIndex,
  throughputOf,
} from './table-keys.ts'
import type { Index, Table, Throughput } from './table-model.ts'

/** What both restores may override. */
export type Overrides = Pick<
  Input<DynamoDb, 'RestoreTableFromBackup'>,
  | 'TargetTableName'
  | 'BillingModeOverride'
  | 'GlobalSecondaryIndexOverride'
  | 'LocalSecondaryIndexOverride'
  | 'ProvisionedThroughputOverride'
  | 'OnDemandThroughputOverride'
  | 'SSESpecificationOverride'
>

const refused = (why: string) => invalid(`Invalid Request: ${why}`)

/** How a restored table is charged and what it is indexed by: the source's way unless overridden. */
export interface Overridden {
  onDemand: boolean
  throughput: Throughput
  onDemandLimits: OnDemandLimits
  indexes: Index[]
}

export function overridden(source: Table, given: Overrides): Overridden {
  const mode = given.BillingModeOverride
  const onDemand = mode === undefined ? source.onDemand : mode === 'PAY_PER_REQUEST'
  return {
    onDemand,
    throughput: throughputFor(source, given, onDemand),
    onDemandLimits: limitsFor(source, given, onDemand),
    indexes: indexesFor(source, given, onDemand),
  }
}

function throughputFor(source: Table, given: Overrides, onDemand: boolean): Throughput {
  const asked = given.ProvisionedThroughputOverride
  if (onDemand && asked) {
    throw refused(
      given.BillingModeOverride === undefined
        ? 'Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED'
        : 'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST',
    )
  }
  if (!onDemand && source.onDemand && !asked) {
    throw refused('Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED')
  }
  if (asked || onDemand !== source.onDemand) return throughputOf(onDemand, asked)
  return source.throughput
}

function limitsFor(source: Table, given: Overrides, onDemand: boolean): OnDemandLimits {
  const asked = given.OnDemandThroughputOverride
  const [name, value] = Object.entries(asked ?? {})[0] ?? []
  if (name !== undefined && !onDemand) {
    throw refused(
      `Cannot override ${name} for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST`,
    )
  }
  if (value !== undefined && value < 1) {
    throw refused(`Requested ${name} for OnDemandThroughput is outside of valid range`)
  }
  return onDemand ? (createdLimits(asked, onDemand) ?? source.onDemandLimits) : undefined
}

/** An index that is restored, in the words of the restore. */
const restoredIndex = (index: string): IndexWords => ({
  index,
  excess:
    'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for ' +
    `index ${index}`,
  lack: `Must specify provisioned throughput for index ${index}`,
})

/** The source's indexes, or those that the override names: theirs are the keys, not the names. */
function indexesFor(source: Table, given: Overrides, onDemand: boolean): Index[] {
  const locals = source.indexes.filter(({ isGlobal }) => !isGlobal)
  const globals = source.indexes.filter(({ isGlobal }) => isGlobal)
  const kept = given.LocalSecondaryIndexOverride?.map((one) =>
    known(localIndex(one as LocalInput, source.key, source.attributes, 0), locals),
  )
  const made = given.GlobalSecondaryIndexOverride?.map((one) => {
    const words = restoredIndex(one.IndexName!)
    refuseThroughput(one, words, onDemand)
    const index = globalIndex(one as GlobalInput, { onDemand, words, id: 0 }, source.attributes)
    return known(index, globals)
  })
  const none = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }
  const same = globals.map((one) => {
    if (onDemand) return { ...one, throughput: none }
    if (source.onDemand) throw refused(restoredIndex(one.name).lack)
    return one
  })
  return [...(kept ?? locals), ...(made ?? same)]
}

function refuseThroughput(
  { ProvisionedThroughput: units }: { ProvisionedThroughput?: object | undefined },
  { excess, lack }: IndexWords,
  onDemand: boolean,
): void {
  if (onDemand && units) throw refused(excess)
  if (!onDemand && !units) throw refused(lack)
}

const shapeOf = ({ key, projection: { type, attributes } }: Index) =>
  JSON.stringify([key, type, attributes.toSorted()])

function known(index: Index, all: Index[]): Index {
  if (all.some((one) => shapeOf(one) === shapeOf(index))) return index
  throw refused(
    `Index ${index.name} does not match a secondary index that existed in the source table and ` +
      'cannot be created during the restore operation',
  )
}

type LocalInput = NonNullable<CreateInput['LocalSecondaryIndexes']>[number]
