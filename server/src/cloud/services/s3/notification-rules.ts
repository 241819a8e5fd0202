import { decodedFilter, destinationsOf } from './notification-record.ts'
import { invalidArgument, invalidRequest, malformedXml, refusal } from './refusals.ts'
import { newRuleId } from './rule-ids.ts'
import type { NotificationConfiguration, NotificationConfigurationFilter } from './sdk-shapes.ts'

const events = [
  's3:ReducedRedundancyLostObject',
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:ObjectRestore:*',
  's3:ObjectRestore:Post',
  's3:ObjectRestore:Completed',
  's3:ObjectRestore:Delete',
  's3:Replication:*',
  's3:Replication:OperationFailedReplication',
  's3:Replication:OperationNotTracked',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  's3:ObjectAcl:Put',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
]
const known = new Set(events)

const MOST_CONFIGURATIONS = 100
const LONGEST_ID = 255
const LONGEST_VALUE_BYTES = 1024

const services = { sqs: 'Queue', sns: 'Topic', lambda: 'CloudFunction', events: '' }

// What S3 repeats of its own model to whoever gives an ARN of another kind (as observed).
const arnPatterns: Partial<Record<string, [RegExp, string]>> = {
  sns: [
    /^arn:aws[a-zA-Z-]*:sns:[a-zA-Z0-9-]+:\d{12}:[\w-]{1,256}$/,
    String.raw`^arn:aws[\p{Alpha}\-]*:sns:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,256}$`,
  ],
  sqs: [
    /^arn:aws[a-zA-Z-]*:sqs:[a-zA-Z0-9-]+:\d{12}:[\w-]{1,80}$/,
    String.raw`^arn:aws[\p{Alpha}\-]*:sqs:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,80}$`,
  ],
}

const invalid = (message: string) => refusal('InvalidArgument', 400, message)

const OVERLAP =
  'Configurations overlap. Configurations on the same bucket cannot share a common event type.'

interface Shared {
  Id?: string | undefined
  Events: string[] | undefined
  Filter?: NotificationConfigurationFilter | undefined
}

/** The configuration as it is kept: ids given, names of filters as S3 writes them. */
export function checkNotification(
  given: NotificationConfiguration,
  region: string,
): NotificationConfiguration {
  const kept: NotificationConfiguration = {}
  const { QueueConfigurations, TopicConfigurations, LambdaFunctionConfigurations } = given
  if (destinationsOf(given).length > MOST_CONFIGURATIONS) {
    throw invalidRequest(
      `Too many configurations submitted. The maximum number of configurations is ${MOST_CONFIGURATIONS}`,
    )
  }
  if (QueueConfigurations?.length) kept.QueueConfigurations = QueueConfigurations.map(complete)
  if (TopicConfigurations?.length) kept.TopicConfigurations = TopicConfigurations.map(complete)
  if (LambdaFunctionConfigurations?.length) {
    kept.LambdaFunctionConfigurations = LambdaFunctionConfigurations.map(complete)
  }
  if (given.EventBridgeConfiguration) kept.EventBridgeConfiguration = {}
  const destinations = destinationsOf(kept)
  for (const { kind, target } of destinations) checkArn(kind, target, region)
  if (new Set(destinations.map(({ id }) => id)).size < destinations.length) {
    throw invalid('Same ID used for multiple configurations. IDs must be unique.')
  }
  checkOverlaps(kept)
  return kept
}

function complete<C extends Shared>(one: C): C {
  if (!one.Events?.length) throw malformedXml()
  const wrong = one.Events.find((event) => !known.has(event))
  if (wrong !== undefined) {
    throw invalidArgument('Event', wrong, 'The event is not supported for notifications')
  }
  if (one.Id !== undefined && one.Id.length > LONGEST_ID) {
    throw invalid(`ID length exceeded allowed limit of ${LONGEST_ID}`)
  }
  const meetsItself = one.Events.some((event, index) =>
    one.Events!.slice(index + 1).some((other) => meets(event, other)),
  )
  if (meetsItself) throw invalid(OVERLAP)
  const { Filter } = one
  return { ...one, Id: one.Id || newRuleId(), ...(Filter && { Filter: checkFilter(Filter) }) }
}

function checkFilter({ Key }: NotificationConfigurationFilter): NotificationConfigurationFilter {
  if (!Key?.FilterRules?.length) throw malformedXml()
  const rules = Key.FilterRules.map(({ Name = '', Value = '' }) => {
    const name = Name.toLowerCase()
    if (name !== 'prefix' && name !== 'suffix') {
      const message = 'filter rule name must be either prefix or suffix'
      throw invalidArgument('FilterRule.Name', Name, message)
    }
    if (Buffer.byteLength(Value) > LONGEST_VALUE_BYTES) {
      const message = `Size of filter rule value cannot exceed ${LONGEST_VALUE_BYTES} bytes in UTF-8 representation`
      throw invalidArgument('FilterRule.Value', Value, message)
    }
    return { Name: (name === 'prefix' ? 'Prefix' : 'Suffix') as 'prefix', Value }
  })
  if (new Set(rules.map(({ Name }) => Name)).size < rules.length) {
    const name = rules[0]!.Name.toLowerCase()
    throw invalidArgument(
      'FilterRule.Name',
      name,
      `Cannot specify more than one ${name} rule in a filter.`,
    )
  }
  return { Key: { FilterRules: rules } }
}

function checkArn(kind: 'sqs' | 'sns' | 'lambda' | 'events', arn: string, region: string): void {
  const refused = (message: string) => invalidArgument(services[kind], arn, message)
  const [, service, where, resource] = /^arn:[^:]+:([^:]+):([^:]*):[^:]*:(.+)$/.exec(arn) ?? []
  if (resource === undefined) throw refused('The ARN could not be parsed')
  if (kind === 'sqs' && service === kind && resource.endsWith('.fifo')) {
    throw refused('FIFO SQS queues are not supported.')
  }
  const [pattern, text] = arnPatterns[kind] ?? []
  if (pattern && !pattern.test(arn)) {
    throw refused(
      `The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: ${text}`,
    )
  }
  if (service !== kind) throw refused('The ARN could not be parsed')
  if (where !== region) {
    throw refused(
      'The notification destination service region is not valid for the bucket location constraint',
    )
  }
}

interface Reach {
  events: string[]
  prefix: string
  suffix: string
  isFiltered: boolean
}

/** One object's event goes to one destination of a kind: rules that could both mean it are refused. */
function checkOverlaps(configuration: NotificationConfiguration): void {
  const reaches = destinationsOf(configuration).map(({ events: of, filter }): Reach => {
    const rules = filter?.Key?.FilterRules ?? []
    const valueOf = (name: string) =>
      rules.find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? ''
    const [prefix, suffix] = [valueOf('prefix'), valueOf('suffix')].map(decodedFilter)
    return { events: of, prefix: prefix!, suffix: suffix!, isFiltered: rules.length > 0 }
  })
  reaches.forEach((one, index) => {
    for (const other of reaches.slice(index + 1)) {
      if (!shareEvent(one, other) || !overlap(one, other)) continue
      const message =
        one.isFiltered && other.isFiltered
          ? 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.'
          : OVERLAP
      throw invalid(message)
    }
  })
}

const meets = (a: string, b: string): boolean => {
  if (a === b) return true
  if (a.endsWith('*')) return b.startsWith(a.slice(0, -1))
  return b.endsWith('*') && a.startsWith(b.slice(0, -1))
}

const shareEvent = (one: Reach, other: Reach) =>
  one.events.some((a) => other.events.some((b) => meets(a, b)))

const overlap = (one: Reach, other: Reach) =>
  (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
  (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix))
