import {
  all,
  each,
  eachOneOf,
  length,
  members,
  oneOf,
  pattern,
  range,
  refusalText,
  required,
  type Rule,
  type Rules,
  violations,
} from '../../constraints/index.ts'
import { validation } from './model.ts'
import { knownRuntimes, retiredRuntimes } from './runtime/runtimes.ts'

// Lengths, patterns and sets of the service model (API reference of each operation), as the real
// front end words them.

/** A list told as a whole, with what each of its members has to be. */
const listOf =
  (isRight: (value: string) => boolean, constraints: string): Rule =>
  (value, path) =>
    (value as string[] | undefined)?.every(isRight) === false
      ? [
          `Value '[${(value as string[]).join(', ')}]' at '${path}' failed to satisfy constraint: ` +
            `Member must satisfy constraint: [${constraints}, Member must not be null]`,
        ]
      : []

const architectureSet = ['x86_64', 'arm64']
const someArchitectures = listOf(
  (value) => architectureSet.includes(value),
  `Member must satisfy enum value set: [${architectureSet.join(', ')}]`,
)
const architectures = all(length(1, 1), someArchitectures)
/** A list that is told without the words about its members. */
const someRuntimes: Rule = (value, path) => {
  const given = value as string[] | undefined
  return given === undefined || given.every((one) => knownRuntimes.includes(one))
    ? []
    : oneOf(...knownRuntimes)(`[${given.join(', ')}]`, path)
}
const roleArn = pattern('arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+')
const description = length(0, 256)
const aliasName = required(all(length(1, 128), pattern('(?!^[0-9]+$)([a-zA-Z0-9-_]+)')))
const version = all(length(1, 1024), pattern('(\\$LATEST|[0-9]+)'))
const qualifier = all(length(1, 128), pattern('(|[a-zA-Z0-9$_-]+)'))
const urlQualifier = all(length(1, 128), pattern('((?!^\\d+$)^[0-9a-zA-Z-_]+$)'))
const statementId = required(all(length(1, 100), pattern('([a-zA-Z0-9-_]+)')))
const destination = pattern(
  '^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
)
const layerArnPattern =
  '(arn:[a-zA-Z0-9-]+:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)'
const layers = listOf(
  (value) => value.length <= 140 && new RegExp(`^(?:${layerArnPattern})$`).test(value),
  'Member must have length less than or equal to 140, Member must have length greater than or ' +
    `equal to 1, Member must satisfy regular expression pattern: ${layerArnPattern}`,
)

/** Keys and shares are told with the whole map they stand in. */
const weights: Rule = (value, path) => {
  const entries = Object.entries((value as Record<string, number> | undefined) ?? {})
  const shown = entries.map(([key, share]) => `${key}=${decimal(share)}`).join(', ')
  const refused = (what: string) =>
    `Value '{${shown}}' at '${path}' failed to satisfy constraint: ${what}`
  return [
    ...(entries.some(([, share]) => share < 0 || share > 1)
      ? [
          refused(
            'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, ' +
              'Member must have value greater than or equal to 0.0, Member must not be null]',
          ),
        ]
      : []),
    ...(entries.some(([key]) => !/^[0-9]+$/.test(key))
      ? [
          refused(
            'Map keys must satisfy constraint: [Member must have length less than or equal to ' +
              '1024, Member must have length greater than or equal to 1, Member must satisfy ' +
              'regular expression pattern: [0-9]+, Member must not be null]',
          ),
        ]
      : []),
  ]
}

const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value))

/** Variables are sensitive: their values aren't repeated. */
const variables: Rule = (value, path) =>
  Object.keys((value as object | undefined) ?? {}).some((key) => !/^[a-zA-Z]\w+$/.test(key))
    ? [
        `Value at '${path}' failed to satisfy constraint: Map keys must satisfy constraint: ` +
          '[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, ' +
          'Member must not be null]',
      ]
    : []

const configuration: Rules = {
  Role: roleArn,
  Handler: all(length(0, 128), pattern('[^\\s]+')),
  Description: description,
  Timeout: range(1, 900),
  MemorySize: range(128, 10_240),
  Environment: members({ Variables: variables }),
  TracingConfig: members({ Mode: oneOf('Active', 'PassThrough') }),
  Layers: layers,
  EphemeralStorage: members({ Size: range(512, 10_240) }),
  SnapStart: members({ ApplyOn: oneOf('PublishedVersions', 'None') }),
  LoggingConfig: members({
    LogFormat: oneOf('JSON', 'Text'),
    ApplicationLogLevel: oneOf('TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'),
    SystemLogLevel: oneOf('DEBUG', 'INFO', 'WARN'),
    LogGroup: all(length(1, 512), pattern('[\\.\\-_/#A-Za-z0-9]+')),
  }),
}
const routing = members({ AdditionalVersionWeights: weights })
const asyncConfig: Rules = {
  Qualifier: qualifier,
  MaximumRetryAttempts: range(0, 2),
  MaximumEventAgeInSeconds: range(60, 21_600),
  DestinationConfig: members({
    OnSuccess: members({ Destination: destination }),
    OnFailure: members({ Destination: destination }),
  }),
}
const url: Rules = {
  Qualifier: urlQualifier,
  AuthType: oneOf('NONE', 'AWS_IAM'),
  InvokeMode: oneOf('RESPONSE_STREAM', 'BUFFERED'),
  Cors: members({ MaxAge: range(0, 86_400) }),
}
const recursion = oneOf('Allow', 'Terminate')
const runtimeUpdates = oneOf('Auto', 'Manual', 'FunctionUpdate')
const signingPolicy = members({ UntrustedArtifactOnDeployment: oneOf('Warn', 'Enforce') })
const layerName = required(
  all(
    length(1, 140),
    pattern('(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+'),
  ),
)
const page = (most: number) => range(1, most)
const layerVersionArn = pattern(
  'arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+',
)
const layerList: Rules = {
  CompatibleRuntime: oneOf(...knownRuntimes, ...retiredRuntimes),
  CompatibleArchitecture: oneOf(...architectureSet),
  MaxItems: page(50),
}
const mapping: Rules = {
  StartingPosition: oneOf('LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON'),
  FunctionResponseTypes: eachOneOf('ReportBatchItemFailures'),
}
const tagKeys = required(each(length(1, 128)))

const rules: Record<string, Rules> = {
  AddLayerVersionPermission: {
    LayerName: layerName,
    StatementId: statementId,
    Action: required(pattern('lambda:GetLayerVersion')),
    Principal: required(pattern('\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root')),
    OrganizationId: pattern('o-[a-z0-9]{10,32}'),
  },
  AddPermission: {
    StatementId: statementId,
    Action: required(pattern('(lambda:[*]|lambda:[a-zA-Z]+|[*])')),
    Principal: required(pattern('[^\\s]+')),
    Qualifier: qualifier,
    FunctionUrlAuthType: oneOf('NONE', 'AWS_IAM'),
  },
  CreateAlias: {
    Name: aliasName,
    FunctionVersion: required(version),
    Description: description,
    RoutingConfig: routing,
  },
  CreateCodeSigningConfig: { Description: description, CodeSigningPolicies: signingPolicy },
  CreateFunction: {
    ...configuration,
    Role: required(roleArn),
    PackageType: oneOf('Image', 'Zip'),
    Architectures: architectures,
  },
  CreateFunctionUrlConfig: { ...url, AuthType: required(oneOf('NONE', 'AWS_IAM')) },
  DeleteFunction: { Qualifier: qualifier },
  DeleteFunctionUrlConfig: { Qualifier: urlQualifier },
  GetFunction: { Qualifier: qualifier },
  GetFunctionConfiguration: { Qualifier: qualifier },
  GetFunctionUrlConfig: { Qualifier: urlQualifier },
  GetPolicy: { Qualifier: qualifier },
  Invoke: {
    Qualifier: qualifier,
    InvocationType: oneOf('Event', 'RequestResponse', 'DryRun'),
    LogType: oneOf('None', 'Tail'),
  },
  CreateEventSourceMapping: mapping,
  GetLayerVersionByArn: { Arn: required(layerVersionArn) },
  ListAliases: { MaxItems: page(10_000) },
  ListCodeSigningConfigs: { MaxItems: page(10_000) },
  ListEventSourceMappings: { MaxItems: page(10_000) },
  ListFunctionEventInvokeConfigs: { MaxItems: page(50) },
  ListFunctions: { FunctionVersion: oneOf('ALL'), MaxItems: page(10_000) },
  ListFunctionsByCodeSigningConfig: { MaxItems: page(10_000) },
  ListFunctionUrlConfigs: { MaxItems: page(50) },
  ListLayers: layerList,
  ListLayerVersions: { ...layerList, LayerName: layerName },
  ListProvisionedConcurrencyConfigs: { MaxItems: page(50) },
  ListVersionsByFunction: { MaxItems: page(10_000) },
  PublishLayerVersion: {
    LayerName: layerName,
    Description: description,
    LicenseInfo: length(0, 512),
    CompatibleRuntimes: someRuntimes,
    CompatibleArchitectures: all(length(0, 2), someArchitectures),
  },
  PublishVersion: { Description: description },
  PutFunctionConcurrency: { ReservedConcurrentExecutions: required(range(0, 2 ** 31 - 1)) },
  PutFunctionEventInvokeConfig: asyncConfig,
  PutFunctionRecursionConfig: { RecursiveLoop: required(recursion) },
  PutProvisionedConcurrencyConfig: {
    Qualifier: required(qualifier),
    ProvisionedConcurrentExecutions: required(range(1, 2 ** 31 - 1)),
  },
  PutRuntimeManagementConfig: { UpdateRuntimeOn: required(runtimeUpdates) },
  RemovePermission: {
    StatementId: required(all(length(1, 100), pattern('([a-zA-Z0-9-_.]+)'))),
    Qualifier: qualifier,
  },
  UntagResource: { TagKeys: tagKeys },
  UpdateAlias: {
    Name: aliasName,
    FunctionVersion: version,
    Description: description,
    RoutingConfig: routing,
  },
  UpdateCodeSigningConfig: { Description: description, CodeSigningPolicies: signingPolicy },
  UpdateEventSourceMapping: mapping,
  UpdateFunctionCode: { Architectures: architectures },
  UpdateFunctionConfiguration: configuration,
  UpdateFunctionEventInvokeConfig: asyncConfig,
  UpdateFunctionUrlConfig: url,
}

/** Told before anything else: also before the function is looked for. */
export function checkInput(operation: string, input: Record<string, unknown>): void {
  const text = refusalText(violations(input, rules[operation] ?? {}))
  if (text !== undefined) throw validation(text)
}
