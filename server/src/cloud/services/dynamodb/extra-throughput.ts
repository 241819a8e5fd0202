import type { DynamoDb, Input } from '../../gateway/index.ts'
import { badValue } from './refusals.ts'

type CreateInput = Input<DynamoDb, 'CreateTable'>
export type OnDemandLimits = CreateInput['OnDemandThroughput']
export type Warm = CreateInput['WarmThroughput']

interface Throughput {
  ReadCapacityUnits: number
  WriteCapacityUnits: number
}

/** A table (undefined) or one of its global indexes, by name. */
type IndexName = string | undefined

/** Units a second a table on demand starts with (developer guide). */
export const INITIAL_WARM = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000 }
const INITIAL_GUIDE =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/' +
  'on-demand-capacity-mode.html#on-demand-capacity-mode-initial'

const limitNames = ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const
const warmNames = ['ReadUnitsPerSecond', 'WriteUnitsPerSecond'] as const
const unitNames = {
  ReadUnitsPerSecond: 'ReadCapacityUnits',
  WriteUnitsPerSecond: 'WriteCapacityUnits',
} as const

const givenLimits = (given: OnDemandLimits) =>
  limitNames.flatMap((name) => (given?.[name] === undefined ? [] : [{ name, value: given[name] }]))

function outOfRange(name: string, index: IndexName) {
  const where = index === undefined ? 'table' : `index : ${index}`
  return badValue(`Requested ${name} for OnDemandThroughput for ${where} is outside of valid range`)
}

/** The most a new table or index on demand may take; without members it is none. */
export function createdLimits(
  given: OnDemandLimits,
  onDemand: boolean,
  index?: string,
): OnDemandLimits {
  const all = givenLimits(given)
  const [first] = all
  if (!first) return undefined
  if (!onDemand) {
    const where = index === undefined ? '' : ` for index: ${index}`
    throw badValue(
      `${first.name} for OnDemandThroughput${where} cannot be specified when table BillingMode ` +
        'is PROVISIONED.',
    )
  }
  const wrong = all.find(({ value }) => value < 1)
  if (wrong) throw outOfRange(wrong.name, index)
  return given
}

/** Limits as they are after a change: member by member, -1 taking one away. */
export function changedLimits(
  now: OnDemandLimits,
  given: OnDemandLimits,
  onDemand: boolean,
  index?: string,
): OnDemandLimits {
  const all = givenLimits(given)
  if (all.length > 0 && !onDemand) {
    const where = index === undefined ? '' : ` for index : ${index}`
    throw badValue(
      `${all[0]!.name} for OnDemandThroughput${where} cannot be specified when the table ` +
        'BillingMode is PROVISIONED',
    )
  }
  const wrong = all.find(({ value }) => value < 1 && value !== -1)
  if (wrong) throw outOfRange(wrong.name, index)
  const left = givenLimits({ ...now, ...given }).filter(({ value }) => value !== -1)
  if (!onDemand || left.length === 0) return undefined
  return Object.fromEntries(left.map(({ name, value }) => [name, value]))
}

const aboutWarm = (name: string, index: IndexName) =>
  `Requested ${name} for WarmThroughput for ${index === undefined ? 'table' : `index ${index}`}`

/** What a new table or index is to be warmed to, at least what it starts with anyway. */
export function createdWarm(
  given: Warm,
  units: Throughput,
  onDemand: boolean,
  index?: string,
): Warm {
  for (const name of warmNames) {
    const value = given?.[name]
    if (value === undefined) continue
    const is = `${aboutWarm(name, index)} is lower than`
    if (onDemand && value < INITIAL_WARM[name]) {
      throw badValue(`${is} initial throughput for OnDemand. See: ${INITIAL_GUIDE}`)
    }
    if (!onDemand && value < units[unitNames[name]]) {
      throw badValue(`${is} ${unitNames[name]} of ProvisionedThroughput`)
    }
  }
  return warmNames.some((name) => given?.[name] !== undefined) ? given : undefined
}

export type WarmUnits = typeof INITIAL_WARM

/** What is warm now: what there is by itself, or the most there ever was. */
export function warmUnits({
  onDemand,
  throughput,
  warm,
}: {
  onDemand: boolean
  throughput: Throughput
  warm?: Warm
}): WarmUnits {
  const own = (name: (typeof warmNames)[number]) =>
    Math.max(onDemand ? INITIAL_WARM[name] : throughput[unitNames[name]], warm?.[name] ?? 0)
  return {
    ReadUnitsPerSecond: own('ReadUnitsPerSecond'),
    WriteUnitsPerSecond: own('WriteUnitsPerSecond'),
  }
}

/** Warm throughput only grows. */
export function changedWarm(now: WarmUnits, given: Warm, index?: string): WarmUnits {
  const lower = warmNames.find((name) => (given?.[name] ?? now[name]) < now[name])
  if (lower) {
    throw badValue(
      `${aboutWarm(lower, index)} is lower than current WarmThroughput, decreasing ` +
        'WarmThroughput is not supported',
    )
  }
  return { ...now, ...given }
}

/** An index's change that names no member, told before anything is looked up. */
export function refuseEmptyWarm(given: Warm, index: string): void {
  if (!given || warmNames.some((name) => given[name] !== undefined)) return
  throw badValue(
    'WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond ' +
      `specified for index: ${index}`,
  )
}
