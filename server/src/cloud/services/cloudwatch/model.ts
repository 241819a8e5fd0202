import { createHash } from 'node:crypto'
import { AwsError } from '../../gateway/index.ts'

/** Where rows live; a store is made for one. */
export interface Scope {
  account: string
  region: string
}

export type Dimensions = [name: string, value: string][]

/** A metric as its identity: two with the same one are the same. */
export interface MetricKey {
  namespace: string
  name: string
  dimensions: Dimensions
}

type GivenDimension = { Name?: string | undefined; Value?: string | undefined }

export function dimensionsOf(given: GivenDimension[] | undefined): Dimensions {
  const list = (given ?? []).map(({ Name, Value }): [string, string] => {
    if (!Name || !Value) {
      throw missing(`The parameter Dimensions.member.N.${Name ? 'Value' : 'Name'} is required.`)
    }
    return [Name, Value]
  })
  if (list.length > 30) {
    throw invalidValue('The collection Dimensions must not have a size greater than 30.')
  }
  return list.sort(([a], [b]) => (a < b ? -1 : 1))
}

export const presentDimensions = (dimensions: Dimensions) =>
  dimensions.map(([Name, Value]) => ({ Name, Value }))

export function metricId({ account, region }: Scope, key: MetricKey): string {
  const identity = JSON.stringify([account, region, key.namespace, key.name, key.dimensions])
  return createHash('sha256').update(identity).digest('base64url').slice(0, 22)
}

export const alarmArn = ({ account, region }: Scope, name: string) =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`

export const dashboardArn = ({ account }: Scope, name: string) =>
  `arn:aws:cloudwatch::${account}:dashboard/${name}`

export const invalidValue = (message: string) =>
  new AwsError('InvalidParameterValueException', message)
export const badCombination = (message: string) =>
  new AwsError('InvalidParameterCombinationException', message)
export const missing = (message: string) =>
  new AwsError('MissingRequiredParameterException', message)
export const validationError = (message: string) =>
  new AwsError('ValidationError', message, { status: 400 })

export function checkPeriod(seconds: number | undefined): number {
  if (seconds === undefined) throw missing('The parameter Period is required.')
  const isWhole = Number.isInteger(seconds) && seconds > 0
  if (isWhole && ([1, 5, 10, 20, 30].includes(seconds) || seconds % 60 === 0)) return seconds
  throw invalidValue(
    'The parameter Period must be a multiple of 60, or one of 1, 5, 10, 20 and 30 (seconds).',
  )
}
