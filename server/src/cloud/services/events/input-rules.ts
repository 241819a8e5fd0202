import {
  all,
  each,
  length,
  members,
  oneOf,
  pattern,
  range,
  refusalText,
  required,
  type Rules,
  violations,
} from '../../constraints/index.ts'
import { invalid } from './refusals.ts'

// Lengths, patterns and sets of the service model (API reference of each operation).

const plain = pattern(String.raw`[\.\-_A-Za-z0-9]+`)
const ruleName = all(length(1, 64), plain)
const archiveName = all(length(1, 48), plain)
const busName = all(length(1, 256), pattern(String.raw`[/\.\-_A-Za-z0-9]+`))
const busNameOrArn = all(
  length(1, 1600),
  pattern(
    String.raw`(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+`,
  ),
)
const arn = length(1, 1600)
const limit = range(1, 100)
const token = length(1, 2048)
const description = length(0, 512)
const tags = each(members({ Key: required(length(1, 128)), Value: required(length(0, 256)) }))
const paging: Rules = { NextToken: token, Limit: limit }
const ofRule: Rules = { Name: required(ruleName), EventBusName: busNameOrArn }
const states = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']
const target = members({
  Id: required(all(length(1, 64), plain)),
  Arn: required(arn),
  RoleArn: arn,
  Input: length(0, 8192),
  InputPath: length(0, 256),
  InputTransformer: members({ InputTemplate: required(length(1, 8192)) }),
  RetryPolicy: members({
    MaximumRetryAttempts: range(0, 185),
    MaximumEventAgeInSeconds: range(60, 86_400),
  }),
})
const archive: Rules = {
  ArchiveName: required(archiveName),
  Description: description,
  EventPattern: length(0, 4096),
  RetentionDays: range(0, Number.MAX_SAFE_INTEGER),
}
const tagged = { ResourceARN: required(arn) }

const named = { Name: required(all(length(1, 64), plain)) }
const authorizations = oneOf('BASIC', 'OAUTH_CLIENT_CREDENTIALS', 'API_KEY')
const methods = oneOf('HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'GET', 'OPTIONS')
const connectionArn = all(
  length(1, 1600),
  pattern(
    String.raw`^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$`,
    String.raw`arn:aws[a-z-]*:events:[a-z\d-]*:(\d{12})?:connection\/[.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+`,
  ),
)
const endpoint = all(
  length(1, 2048),
  // Plain HTTP is taken, too: endpoints on one's own machine have no certificate.
  pattern(String.raw`(https?:\/\/)?[^\s]+`),
)

const rules: Record<string, Rules> = {
  CancelReplay: { ReplayName: required(all(length(1, 64), plain)) },
  CreateArchive: { ...archive, EventSourceArn: required(arn) },
  CreateApiDestination: {
    ...named,
    ConnectionArn: required(connectionArn),
    InvocationEndpoint: required(endpoint),
    HttpMethod: required(methods),
    Description: description,
    InvocationRateLimitPerSecond: range(1, Number.MAX_SAFE_INTEGER),
  },
  CreateConnection: {
    ...named,
    Description: description,
    AuthorizationType: required(authorizations),
    AuthParameters: required(),
  },
  DeleteApiDestination: named,
  DeleteConnection: named,
  DescribeApiDestination: named,
  DescribeConnection: named,
  ListApiDestinations: { ...paging, ConnectionArn: connectionArn },
  ListConnections: paging,
  UpdateApiDestination: {
    ...named,
    ConnectionArn: connectionArn,
    InvocationEndpoint: endpoint,
    HttpMethod: methods,
    Description: description,
  },
  UpdateConnection: { ...named, Description: description, AuthorizationType: authorizations },
  CreateEventBus: { Name: required(busName), Description: description, Tags: tags },
  DeleteArchive: { ArchiveName: required(archiveName) },
  DeleteEventBus: { Name: required(busName) },
  DeleteRule: ofRule,
  DescribeArchive: { ArchiveName: required(archiveName) },
  DescribeEventBus: { Name: busNameOrArn },
  DescribeReplay: { ReplayName: required(all(length(1, 64), plain)) },
  DescribeRule: ofRule,
  DisableRule: ofRule,
  EnableRule: ofRule,
  ListArchives: { NamePrefix: archiveName, EventSourceArn: arn, ...paging },
  ListEventBuses: { NamePrefix: busName, ...paging },
  ListReplays: { NamePrefix: all(length(1, 64), plain), EventSourceArn: arn, ...paging },
  ListRuleNamesByTarget: { TargetArn: required(arn), EventBusName: busNameOrArn, ...paging },
  ListRules: { NamePrefix: ruleName, EventBusName: busNameOrArn, ...paging },
  ListTagsForResource: tagged,
  ListTargetsByRule: { Rule: required(ruleName), EventBusName: busNameOrArn, ...paging },
  PutEvents: { Entries: required(length(1, Number.MAX_SAFE_INTEGER)) },
  PutPermission: {
    Action: all(length(1, 64), pattern('events:[a-zA-Z]+')),
    StatementId: all(length(1, 64), pattern('[a-zA-Z0-9-_]+')),
  },
  PutRule: {
    ...ofRule,
    ScheduleExpression: length(0, 256),
    EventPattern: length(0, 4096),
    State: oneOf(...states),
    Description: description,
    RoleArn: arn,
    Tags: tags,
  },
  PutTargets: {
    Rule: required(ruleName),
    EventBusName: busNameOrArn,
    Targets: required(all(length(1, 100), each(target))),
  },
  RemovePermission: { StatementId: all(length(1, 64), pattern('[a-zA-Z0-9-_]+')) },
  RemoveTargets: {
    Rule: required(ruleName),
    EventBusName: busNameOrArn,
    Ids: required(all(length(1, 100), each(all(length(1, 64), plain)))),
  },
  StartReplay: {
    ReplayName: required(all(length(1, 64), plain)),
    Description: description,
    EventSourceArn: required(arn),
    EventStartTime: required(),
    EventEndTime: required(),
    Destination: required(members({ Arn: required(arn) })),
  },
  TagResource: { ...tagged, Tags: required(tags) },
  TestEventPattern: { EventPattern: required(length(0, 4096)), Event: required() },
  UntagResource: { ...tagged, TagKeys: required() },
  UpdateArchive: archive,
  UpdateEventBus: { Name: busName, Description: description },
}

export function checkInput(operation: string, input: Record<string, unknown>): void {
  const text = refusalText(violations(input, rules[operation] ?? {}))
  if (text !== undefined) throw invalid(text)
}
