import { destinationActions } from './destinations.ts'
import { isStructure, type Structure, type Value } from '../value.ts'
import {
  arnOf,
  defined,
  passedOn,
  picked,
  refuseEvent,
  refuseUnknown,
  structureIn,
} from './made.ts'
import type { Needs } from './role.ts'

/** The function an event reaches, and where what it needs is written. */
export interface EventTarget {
  /** The function's logical id. */
  functionId: string
  /** The function or its alias, by name and by ARN. */
  target: Value
  arn: Value
  attributes: Structure
  /** All resources of the template: S3 events are written into their bucket. */
  resources: Structure
  needs: Needs
}

type Event = (to: EventTarget, id: string, properties: Structure, name: string) => Structure

const pulled =
  'BatchSize Enabled StartingPosition StartingPositionTimestamp MaximumBatchingWindowInSeconds MaximumRetryAttempts BisectBatchOnFunctionError MaximumRecordAgeInSeconds ParallelizationFactor TumblingWindowInSeconds FunctionResponseTypes FilterCriteria ScalingConfig KmsKeyArn MetricsConfig ProvisionedPollerConfig'.split(
    ' ',
  )

function mapping(source: 'Queue' | 'Stream', managed: string): Event {
  return ({ target, attributes, needs }, id, properties) => {
    const EventSourceArn = properties[source]!
    needs.managed.push(managed)
    const failed = structureIn(structureIn(properties['DestinationConfig'])['OnFailure'])
    const { Type: kind, ...OnFailure } = failed
    const action = destinationActions[String(kind)]
    if (action !== undefined) {
      const Statement = [{ Action: action, Effect: 'Allow', Resource: failed['Destination']! }]
      needs.last.push({ PolicyName: `${id}${String(kind)}Policy`, PolicyDocument: { Statement } })
    }
    return {
      [id]: {
        Type: 'AWS::Lambda::EventSourceMapping',
        ...passedOn(attributes),
        Properties: defined({
          ...picked(properties, pulled),
          EventSourceArn,
          FunctionName: target,
          DestinationConfig:
            properties['DestinationConfig'] === undefined ? undefined : { OnFailure },
        }),
      },
    }
  }
}

function permission(
  { target, attributes }: EventTarget,
  Principal: string,
  source: Structure,
): Structure {
  return {
    Type: 'AWS::Lambda::Permission',
    ...passedOn(attributes),
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: target,
      Principal,
      ...source,
    },
  }
}

/** Lets what the condition names send to the queue. */
function queuePolicy(
  to: EventTarget,
  {
    queue,
    Principal,
    source,
  }: { queue: { arn: Value; url: Value }; Principal: Value; source: Value },
): Structure {
  const Statement = [
    {
      Action: 'sqs:SendMessage',
      Effect: 'Allow',
      Principal,
      Resource: queue.arn,
      Condition: { ArnEquals: { 'aws:SourceArn': source } },
    },
  ]
  return {
    Type: 'AWS::SQS::QueuePolicy',
    ...passedOn(to.attributes),
    Properties: { PolicyDocument: { Version: '2012-10-17', Statement }, Queues: [queue.url] },
  }
}

/** A queue of its own that takes messages from what is named. */
function ownQueue(
  to: EventTarget,
  id: string,
  queueId: string,
  from: { Principal: Value; source: Value },
): Structure {
  const queue = { arn: arnOf(queueId), url: { Ref: queueId } }
  return {
    [queueId]: { Type: 'AWS::SQS::Queue', ...passedOn(to.attributes), Properties: {} },
    [`${id}QueuePolicy`]: queuePolicy(to, { queue, ...from }),
  }
}

const rule =
  (what: 'schedule' | 'pattern'): Event =>
  (to, id, properties, name) => {
    const { Enabled: enabled, DeadLetterConfig: dead, State: state } = properties
    const isOwnQueue = isStructure(dead) && dead['Type'] !== undefined
    if (isOwnQueue && dead['Type'] !== 'SQS') {
      const why = "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'."
      throw refuseEvent(to.functionId, name, why)
    }
    const queueId = String((isOwnQueue && dead['QueueLogicalId']) || `${id}Queue`)
    const target = defined({
      Arn: to.arn,
      Id: String(structureIn(properties['Target'])['Id'] ?? `${id}LambdaTarget`),
      Input: properties['Input'],
      InputPath: properties['InputPath'],
      InputTransformer: properties['InputTransformer'],
      DeadLetterConfig: isOwnQueue ? { Arn: arnOf(queueId) } : dead,
      RetryPolicy: properties['RetryPolicy'],
    })
    const off =
      enabled === undefined ? undefined : String(enabled) === 'true' ? 'ENABLED' : 'DISABLED'
    const made: Structure = {
      [id]: {
        Type: 'AWS::Events::Rule',
        ...passedOn(to.attributes),
        Properties: defined({
          Description: properties['Description'],
          EventBusName: what === 'pattern' ? properties['EventBusName'] : undefined,
          EventPattern: what === 'pattern' ? properties['Pattern'] : undefined,
          ScheduleExpression: what === 'schedule' ? properties['Schedule'] : undefined,
          Name: what === 'schedule' ? properties['Name'] : properties['RuleName'],
          State: state ?? off,
          Targets: [target],
        }),
      },
      [`${id}Permission`]: permission(to, 'events.amazonaws.com', { SourceArn: arnOf(id) }),
    }
    const from = { Principal: { Service: 'events.amazonaws.com' }, source: arnOf(id) }
    const queue = isOwnQueue ? ownQueue(to, id, queueId, from) : {}
    return { ...made, ...queue }
  }

const topic: Event = (to, id, properties) => {
  const TopicArn = properties['Topic']!
  const settings = picked(properties, [
    'Region',
    'FilterPolicy',
    'FilterPolicyScope',
    'RedrivePolicy',
  ])
  const subscription = (Protocol: string, Endpoint: Value): Structure => ({
    Type: 'AWS::SNS::Subscription',
    ...passedOn(to.attributes),
    Properties: { Endpoint, Protocol, TopicArn, ...settings },
  })
  const through = properties['SqsSubscription']
  if (through === undefined || through === false) {
    return {
      [id]: subscription('lambda', to.arn),
      [`${id}Permission`]: permission(to, 'sns.amazonaws.com', { SourceArn: TopicArn }),
    }
  }
  to.needs.managed.push('AWSLambdaSQSQueueExecutionRole')
  const own = structureIn(through)
  const arn = own['QueueArn'] ?? arnOf(`${id}Queue`)
  const batch = { BatchSize: own['BatchSize'] ?? 10, Enabled: own['Enabled'] ?? true }
  const from = { Principal: '*', source: TopicArn }
  const queue = { arn, url: own['QueueUrl'] ?? null }
  const policyId = String(own['QueuePolicyLogicalId'] ?? `${id}QueuePolicy`)
  const queues =
    own['QueueArn'] === undefined
      ? ownQueue(to, id, `${id}Queue`, from)
      : { [policyId]: queuePolicy(to, { queue, ...from }) }
  return {
    ...queues,
    [id]: subscription('sqs', arn),
    [`${id}EventSourceMapping`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      ...passedOn(to.attributes),
      Properties: { ...batch, EventSourceArn: arn, FunctionName: to.target },
    },
  }
}

const logs: Event = (to, id, properties) => ({
  [`${id}Permission`]: permission(to, 'logs.amazonaws.com', {
    SourceArn: {
      'Fn::Sub': [
        'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*',
        { __LogGroupName__: properties['LogGroupName']! },
      ],
    },
  }),
  [id]: {
    Type: 'AWS::Logs::SubscriptionFilter',
    DependsOn: [`${id}Permission`],
    ...passedOn(to.attributes),
    Properties: {
      ...picked(properties, ['LogGroupName', 'FilterPattern']),
      DestinationArn: to.arn,
    },
  },
})

/** The bucket tells the function: that is written into the bucket, which must be of this template. */
const objects: Event = (to, id, properties, name) => {
  const bucketId = structureIn(properties['Bucket'])['Ref']
  const bucket = structureIn(typeof bucketId === 'string' ? to.resources[bucketId] : undefined)
  if (bucket['Type'] !== 'AWS::S3::Bucket') {
    throw refuseEvent(
      to.functionId,
      name,
      'S3 events must reference an S3 bucket in the same template.',
    )
  }
  const { Condition } = to.attributes
  const when = (value: Value, otherwise: Value): Value =>
    Condition === undefined ? value : { 'Fn::If': [Condition, value, otherwise] }
  const events = Array.isArray(properties['Events'])
    ? properties['Events']
    : [properties['Events']!]
  const told = events.map((event) =>
    when(
      { Function: to.arn, ...picked(properties, ['Filter']), Event: event },
      { Ref: 'AWS::NoValue' },
    ),
  )
  const own = structureIn(bucket['Properties'])
  const notices = structureIn(own['NotificationConfiguration'])
  const before = notices['LambdaConfigurations']
  const LambdaConfigurations = [...(Array.isArray(before) ? before : []), ...told]
  const allowed = `${id}Permission`
  const after = { ...own, NotificationConfiguration: { ...notices, LambdaConfigurations } }
  to.resources[bucketId as string] =
    Condition === undefined
      ? { ...bucket, DependsOn: dependsOn(bucket, allowed), Properties: after }
      : { ...bucket, Properties: { ...after, Tags: [...tagsOf(own), conditional(allowed, when)] } }
  const source = { SourceAccount: { Ref: 'AWS::AccountId' } }
  return { [allowed]: permission(to, 's3.amazonaws.com', source) }
}

function dependsOn({ DependsOn: before }: Structure, id: string): Value[] {
  return [...(before === undefined ? [] : Array.isArray(before) ? before : [before]), id]
}

const tagsOf = ({ Tags: tags }: Structure): Value[] => (Array.isArray(tags) ? tags : [])

/** DependsOn can't be conditional; a tag that mentions the permission is. */
const conditional = (id: string, when: (value: Value, otherwise: Value) => Value): Value => ({
  Key: `sam:ConditionalDependsOn:${id}`,
  Value: when({ Ref: id }, 'no dependency'),
})

interface Kind {
  event: Event
  required: string[]
  /** Beside the required ones. */
  optional: string
}

const polled = pulled.join(' ')
const matched = 'EventBusName InputPath Pattern'
const aimed = 'DeadLetterConfig Enabled Input RetryPolicy State'

const kinds: Record<string, Kind> = {
  SQS: {
    event: mapping('Queue', 'AWSLambdaSQSQueueExecutionRole'),
    required: ['Queue'],
    optional: polled,
  },
  Kinesis: {
    event: mapping('Stream', 'AWSLambdaKinesisExecutionRole'),
    required: ['Stream', 'StartingPosition'],
    optional: `${polled} DestinationConfig`,
  },
  DynamoDB: {
    event: mapping('Stream', 'AWSLambdaDynamoDBExecutionRole'),
    required: ['Stream', 'StartingPosition'],
    optional: `${polled} DestinationConfig`,
  },
  Schedule: {
    event: rule('schedule'),
    required: ['Schedule'],
    optional: `${aimed} Description Name`,
  },
  CloudWatchEvent: { event: rule('pattern'), required: [], optional: `${aimed} ${matched} Target` },
  EventBridgeRule: {
    event: rule('pattern'),
    required: [],
    optional: `${aimed} ${matched} InputTransformer RuleName Target`,
  },
  SNS: {
    event: topic,
    required: ['Topic'],
    optional: 'FilterPolicy FilterPolicyScope RedrivePolicy Region SqsSubscription',
  },
  CloudWatchLogs: { event: logs, required: ['LogGroupName', 'FilterPattern'], optional: '' },
  S3: { event: objects, required: ['Bucket', 'Events'], optional: 'Filter' },
}

/** What makes the function's events reach it. */
export function eventResources(to: EventTarget, events: Structure): Structure {
  const made: Structure = {}
  for (const name of Object.keys(events).sort()) {
    const { Type: type, Properties: given } = structureIn(events[name])
    const kind = Object.hasOwn(kinds, String(type)) ? kinds[String(type)] : undefined
    if (!kind) {
      throw refuseEvent(
        to.functionId,
        name,
        `Events of type ${String(type)} are not supported by this cloud yet.`,
      )
    }
    const properties = structureIn(given)
    const missing = kind.required.find((property) => properties[property] === undefined)
    if (missing) throw refuseEvent(to.functionId, name, `Missing required property '${missing}'.`)
    const allowed = `${kind.required.join(' ')} ${kind.optional}`
    refuseUnknown(properties, allowed, String(type), (why) => refuseEvent(to.functionId, name, why))
    Object.assign(made, kind.event(to, `${to.functionId}${name}`, properties, name))
  }
  return made
}
