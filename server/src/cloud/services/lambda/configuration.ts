import { hash } from 'node:crypto'
import type { Input, Lambda } from '../../gateway/index.ts'
import { stringify } from '../../../kernel/index.ts'
import {
  checkRange,
  checkVariables,
  functionArn,
  invalidValue,
  LATEST,
  type Scope,
  type UsedLayer,
  type VersionConfig,
} from './model.ts'
import { sha256Base64 } from './packages.ts'
import { checkRuntime } from './runtime/runtimes.ts'
import { configOf, type FunctionRow, type VersionRow } from './store.ts'

type Given = Input<Lambda, 'UpdateFunctionConfiguration'>

const defaults = {
  description: '',
  timeoutS: 3,
  memoryMb: 128,
  architecture: 'x86_64',
  ephemeralMb: 512,
  tracing: 'PassThrough',
  logGroup: undefined,
  logFormat: 'Text',
} as const

interface Resolved {
  architecture?: VersionConfig['architecture'] | undefined
  layers?: UsedLayer[] | undefined
}

/** The configuration after what was given is laid over what was; everything checked. */
export function configured(
  given: Given,
  before: VersionConfig | undefined,
  resolved: Resolved,
): VersionConfig {
  const { Runtime: runtime = before?.runtime, Handler: handler = before?.handler } = given
  const role = given.Role ?? before?.role
  if (!runtime || !handler) {
    throw invalidValue(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    )
  }
  if (given.Runtime) checkRuntime(runtime)
  refuseMissing(given, runtime)
  if (!role) throw invalidValue('Role is a mandatory parameter.')
  const base = before ?? defaults
  return {
    runtime,
    handler,
    role,
    description: given.Description ?? base.description,
    timeoutS: checkRange('timeout', given.Timeout ?? base.timeoutS, 1, 900),
    memoryMb: checkRange('memorySize', given.MemorySize ?? base.memoryMb, 128, 10_240),
    architecture: resolved.architecture ?? base.architecture,
    ephemeralMb: checkRange(
      'ephemeralStorage.size',
      given.EphemeralStorage?.Size ?? base.ephemeralMb,
      512,
      10_240,
    ),
    tracing: given.TracingConfig?.Mode ?? base.tracing,
    logGroup: given.LoggingConfig?.LogGroup ?? base.logGroup,
    ...logging(given.LoggingConfig, before),
    ...optional('layers', resolved.layers ?? before?.layers),
    ...optional('deadLetterArn', given.DeadLetterConfig?.TargetArn ?? before?.deadLetterArn),
    ...optional('hasEnvironment', given.Environment !== undefined || before?.hasEnvironment),
  }
}

/** Levels belong to the JSON form alone. */
function logging(given: Given['LoggingConfig'], before: VersionConfig | undefined) {
  const logFormat = given?.LogFormat ?? before?.logFormat ?? defaults.logFormat
  const { ApplicationLogLevel, SystemLogLevel } = given ?? {}
  if (logFormat === 'Text') {
    if (ApplicationLogLevel ?? SystemLogLevel) {
      throw invalidValue(
        'To set ApplicationLogLevel or SystemLogLevel, you must set LogFormat to JSON.',
      )
    }
    return { logFormat }
  }
  return {
    logFormat,
    appLogLevel: ApplicationLogLevel ?? before?.appLogLevel ?? 'INFO',
    systemLogLevel: SystemLogLevel ?? before?.systemLogLevel ?? 'INFO',
  }
}

/** A setting that is left out where it is empty. */
function optional<Name extends string, Value>(name: Name, value: Value | undefined) {
  const isEmpty = !value || (Array.isArray(value) && value.length === 0)
  return (isEmpty ? {} : { [name]: value }) as { [key in Name]?: NonNullable<Value> }
}

/** Runtimes that AWS has it for. */
const hasSnapStart = /^(java(?!8)|dotnet(?!6)|python3\.1[2-9])/

/** What would be stored without effect is refused by name instead. */
function refuseMissing(given: Given, runtime: string): void {
  if (given.SnapStart?.ApplyOn === 'PublishedVersions' && !hasSnapStart.test(runtime)) {
    throw invalidValue(`${runtime} is not supported for SnapStart enabled functions.`)
  }
  const missing = [
    [given.VpcConfig?.SubnetIds?.length, 'VpcConfig'],
    [given.FileSystemConfigs?.length, 'FileSystemConfigs'],
    [given.ImageConfig, 'ImageConfig'],
    [given.SnapStart?.ApplyOn === 'PublishedVersions', 'SnapStart'],
    [given.KMSKeyArn, 'KMSKeyArn'],
  ] as const
  const [, name] = missing.find(([isGiven]) => isGiven) ?? []
  if (name) throw invalidValue(`${name} is not implemented by Madang.`)
}

export const variablesGiven = (given: Given) =>
  given.Environment && checkVariables({ ...given.Environment.Variables })

/** A version as FunctionConfiguration; `variables` are opened by whoever may see them. */
export function present(
  scope: Scope,
  fn: FunctionRow,
  row: VersionRow,
  variables: Record<string, string>,
  qualifier?: string,
) {
  const config = configOf(row)
  const hasVariables = config.hasEnvironment ?? Object.keys(variables).length > 0
  return {
    FunctionName: fn.name,
    FunctionArn: functionArn(scope, fn.name, qualifier ?? versionSuffix(row)),
    Runtime: config.runtime as 'nodejs22.x',
    Role: config.role,
    Handler: config.handler,
    CodeSize: row.code_bytes,
    Description: config.description,
    Timeout: config.timeoutS,
    MemorySize: config.memoryMb,
    LastModified: new Date(row.modified_at).toISOString().replace('Z', '+0000'),
    CodeSha256: sha256Base64(row.code_sha256),
    Version: row.version,
    ...(config.deadLetterArn && { DeadLetterConfig: { TargetArn: config.deadLetterArn } }),
    ...(hasVariables && { Environment: { Variables: variables } }),
    TracingConfig: { Mode: config.tracing },
    RevisionId: row.revision,
    ...stateOf(row),
    PackageType: 'Zip' as const,
    Architectures: [config.architecture],
    EphemeralStorage: { Size: config.ephemeralMb },
    SnapStart: { ApplyOn: 'None' as const, OptimizationStatus: 'Off' as const },
    LoggingConfig: {
      LogFormat: config.logFormat,
      ...(config.logFormat === 'JSON' && {
        ApplicationLogLevel: (config.appLogLevel ?? 'INFO') as 'INFO',
        SystemLogLevel: (config.systemLogLevel ?? 'INFO') as 'INFO',
      }),
      LogGroup: config.logGroup ?? `/aws/lambda/${fn.name}`,
    },
    ...(config.layers && { Layers: config.layers.map(toLayer) }),
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(scope, config.runtime) },
  }
}

const toLayer = ({ arn, sizeBytes }: UsedLayer) => ({ Arn: arn, CodeSize: sizeBytes })

/** The version of this machine's runtime, by the form of AWS's. */
export const runtimeVersionArn = ({ region }: Scope, runtime: string) =>
  `arn:aws:lambda:${region}::runtime:${hash('sha256', `${runtime} ${process.version}`)}`

const untold = [
  'State',
  'StateReason',
  'StateReasonCode',
  'LastUpdateStatus',
  'LastUpdateStatusReason',
  'LastUpdateStatusReasonCode',
  'RuntimeVersionConfig',
]

/** As lists show a version: without its states. */
export function listed<Shown extends object>(shown: Shown): Shown {
  const kept = Object.entries(shown).filter(([name]) => !untold.includes(name))
  return Object.fromEntries(kept) as Shown
}

/** A function just made is not being updated yet. */
export function justMade<Shown extends object>(shown: Shown): Shown {
  const kept = Object.entries(shown).filter(([name]) => !name.startsWith('LastUpdateStatus'))
  return Object.fromEntries(kept) as Shown
}

const versionSuffix = (row: VersionRow) => (row.version === LATEST ? undefined : row.version)

function stateOf(row: VersionRow) {
  return {
    State: row.state as 'Active',
    ...(row.state_reason && {
      StateReason: row.state_reason,
      StateReasonCode: row.state_reason_code as 'Creating',
    }),
    LastUpdateStatus: row.update_status as 'Successful',
    ...(row.update_reason && {
      LastUpdateStatusReason: row.update_reason,
      LastUpdateStatusReasonCode: row.update_reason_code as 'InternalError',
    }),
  }
}

export const sealPurpose = 'lambda.variables'
export const variablesText = (variables: Record<string, string>) => stringify(variables)
