import type { Input, Lambda } from '../../../gateway/index.ts'
import { checkRange, invalidValue } from '../model.ts'
import { compiled } from './filter.ts'
import type { MappingConfig, SourceKind } from './model.ts'

type Given = Omit<Input<Lambda, 'UpdateEventSourceMapping'>, 'UUID'> &
  Pick<
    Input<Lambda, 'CreateEventSourceMapping'>,
    'EventSourceArn' | 'StartingPosition' | 'StartingPositionTimestamp'
  >

const STREAM_ONLY = [
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'TumblingWindowInSeconds',
] as const

const NOT_HERE = [
  'DocumentDBEventSourceConfig',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
  'KMSKeyArn',
  'ProvisionedPollerConfig',
  'MetricsConfig',
] as const

const DEFAULT: Record<SourceKind, MappingConfig> = {
  sqs: defaults(10),
  kinesis: defaults(100),
  dynamodb: defaults(100),
}

function defaults(batchSize: number): MappingConfig {
  return {
    batchSize,
    windowS: 0,
    filters: [],
    reportsItems: false,
    bisect: false,
    maxRetries: -1,
    maxAgeS: -1,
    parallelization: 1,
  }
}

/** What a mapping shall do, from the request and what it did before. Throws in Lambda's words. */
export function checkedConfig(
  kind: SourceKind,
  input: Given,
  before: MappingConfig | undefined,
): MappingConfig {
  refuseOthers(kind, input)
  const known = before ?? { ...DEFAULT[kind], ...beginning(kind, input) }
  const windowS = ranged(
    'maximumBatchingWindowInSeconds',
    input.MaximumBatchingWindowInSeconds,
    0,
    300,
  )
  const config = {
    ...known,
    batchSize: ranged('batchSize', input.BatchSize, 1, 10_000) ?? known.batchSize,
    windowS: windowS ?? known.windowS,
    filters: filtersOf(input) ?? known.filters,
    reportsItems: input.FunctionResponseTypes
      ? input.FunctionResponseTypes.includes('ReportBatchItemFailures')
      : known.reportsItems,
    bisect: input.BisectBatchOnFunctionError ?? known.bisect,
    maxRetries:
      ranged('maximumRetryAttempts', input.MaximumRetryAttempts, -1, 10_000) ?? known.maxRetries,
    maxAgeS: ageOf(input.MaximumRecordAgeInSeconds) ?? known.maxAgeS,
    parallelization:
      ranged('parallelizationFactor', input.ParallelizationFactor, 1, 10) ?? known.parallelization,
    tumblingS:
      ranged('tumblingWindowInSeconds', input.TumblingWindowInSeconds, 0, 900) ?? known.tumblingS,
    onFailure: destination(input, known.onFailure),
    maxConcurrency: concurrency(input, known.maxConcurrency),
  }
  if (kind === 'sqs' && config.batchSize > 10 && config.windowS === 0) {
    throw invalidValue(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    )
  }
  return config
}

function refuseOthers(kind: SourceKind, input: Given): void {
  for (const name of NOT_HERE) {
    if ((input as Record<string, unknown>)[name] !== undefined) {
      throw invalidValue(`${name} of event source mappings is not implemented by Madang.`)
    }
  }
  if (kind === 'sqs') {
    if (input.StartingPosition ?? input.StartingPositionTimestamp) {
      throw invalidValue('StartingPosition is not valid for SQS event sources.')
    }
    const wrong = STREAM_ONLY.find((name) => input[name] !== undefined)
    if (wrong)
      throw invalidValue(`Unsupported ${wrong} parameter for given event source mapping type.`)
  } else if (input.ScalingConfig) {
    throw invalidValue('Unsupported ScalingConfig parameter for given event source mapping type.')
  }
}

function beginning(kind: SourceKind, input: Given): Partial<MappingConfig> {
  if (kind === 'sqs') return {}
  const { StartingPosition: startingPosition, StartingPositionTimestamp: at } = input
  if (startingPosition === undefined) {
    throw invalidValue(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    )
  }
  if (at && startingPosition !== 'AT_TIMESTAMP') {
    throw invalidValue('Timestamp only valid with StartingPosition AT_TIMESTAMP')
  }
  if (startingPosition === 'AT_TIMESTAMP') {
    if (kind !== 'kinesis') {
      throw invalidValue(`Unsupported starting position for arn type: ${input.EventSourceArn}`)
    }
    if (!at) throw invalidValue('StartingPositionTimestamp is required for AT_TIMESTAMP.')
    if (at.getTime() < 0) {
      throw invalidValue(
        'Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp',
      )
    }
  }
  return { startingPosition, ...(at && { startingTimestampMs: at.getTime() }) }
}

const ranged = (name: string, value: number | undefined, low: number, high: number) =>
  value === undefined ? undefined : checkRange(name, value, low, high)

function ageOf(value: number | undefined): number | undefined {
  if (value === undefined || value === -1) return value
  return checkRange('maximumRecordAgeInSeconds', value, 60, 604_800)
}

function filtersOf({ FilterCriteria }: Given): string[] | undefined {
  if (FilterCriteria === undefined) return undefined
  const patterns = (FilterCriteria.Filters ?? []).map(({ Pattern = '' }) => Pattern)
  for (const pattern of patterns) {
    if (!compiled(pattern)) throw invalidValue('Invalid filter pattern definition.')
  }
  return patterns
}

function destination({ DestinationConfig }: Given, known: string | undefined): string | undefined {
  if (DestinationConfig === undefined) return known
  const { Destination } = DestinationConfig.OnFailure ?? {}
  if (!Destination) return undefined
  if (!/^arn:[\w-]+:(sqs|sns|s3):/.test(Destination)) {
    throw invalidValue(
      `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${Destination})) is invalid.`,
    )
  }
  return Destination
}

function concurrency({ ScalingConfig }: Given, known: number | undefined): number | undefined {
  if (ScalingConfig === undefined) return known
  const { MaximumConcurrency } = ScalingConfig
  return MaximumConcurrency === undefined
    ? undefined
    : checkRange('scalingConfig.maximumConcurrency', MaximumConcurrency, 2, 1000)
}
