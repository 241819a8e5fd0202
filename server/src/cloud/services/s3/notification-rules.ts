import { randomUUID } from 'node:crypto'
import { destinationsOf } from './notification-record.ts'
import { invalidArgument, malformedXml, refusal } from './refusals.ts'
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

const services = { sqs: 'Queue', sns: 'Topic', lambda: 'CloudFunction', events: '' }

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
  if (QueueConfigurations?.length) kept.QueueConfigurations = QueueConfigurations.map(complete)
  if (TopicConfigurations?.length) kept.TopicConfigurations = TopicConfigurations.map(complete)
  if (LambdaFunctionConfigurations?.length) {
    kept.LambdaFunctionConfigurations = LambdaFunctionConfigurations.map(complete)
  }
  if (given.EventBridgeConfiguration) kept.EventBridgeConfiguration = {}
  for (const { kind, target } of destinationsOf(kept)) checkArn(kind, target, region)
  checkOverlaps(kept)
  return kept
}

function complete<C extends Shared>(one: C): C {
  if (!one.Events?.length) throw malformedXml()
  const wrong = one.Events.find((event) => !known.has(event))
  if (wrong !== undefined) {
    throw invalidArgument('Event', wrong, 'The event is not supported for notifications')
  }
  const { Filter } = one
  return { ...one, Id: one.Id || idOf(), ...(Filter && { Filter: checkFilter(Filter) }) }
}

const idOf = () => Buffer.from(randomUUID()).toString('base64')

function checkFilter({ Key }: NotificationConfigurationFilter): NotificationConfigurationFilter {
  const rules = (Key?.FilterRules ?? []).map(({ Name = '', Value = '' }) => {
    const name = Name.toLowerCase()
    if (name !== 'prefix' && name !== 'suffix') {
      const message = 'filter rule name must be either prefix or suffix'
      throw invalidArgument('FilterRule.Name', Name, message)
    }
    if (Buffer.byteLength(Value) > 1024) {
      const message = 'filter rule value cannot be longer than 1024 bytes'
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
  const name = services[kind]
  const [, service, where] = /^arn:[^:]+:([^:]+):([^:]*):\d{12}:.+$/.exec(arn) ?? []
  if (service !== kind) throw invalidArgument(name, arn, 'The ARN could not be parsed')
  if (where !== region) {
    throw invalidArgument(
      name,
      arn,
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
    const [prefix, suffix] = [valueOf('prefix'), valueOf('suffix')]
    return { events: of, prefix, suffix, isFiltered: rules.length > 0 }
  })
  reaches.forEach((one, index) => {
    for (const other of reaches.slice(index + 1)) {
      if (!shareEvent(one, other) || !overlap(one, other)) continue
      const message =
        one.isFiltered && other.isFiltered
          ? 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.'
          : 'Configurations overlap. Configurations on the same bucket cannot share a common event type.'
      throw refusal('InvalidArgument', 400, message)
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
