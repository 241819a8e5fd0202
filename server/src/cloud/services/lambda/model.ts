import { AwsError } from '../../gateway/index.ts'

/** Where rows live; a store is made for one. */
export interface Scope {
  account: string
  region: string
}

export const LATEST = '$LATEST'

export const functionArn = ({ account, region }: Scope, name: string, qualifier?: string) =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier ? `:${qualifier}` : ''}`

export const invalidValue = (message: string) =>
  new AwsError('InvalidParameterValueException', message)
export const validation = (message: string) => new AwsError('ValidationException', message)
export const conflict = (message: string) => new AwsError('ResourceConflictException', message)
export const notFound = (message: string) => new AwsError('ResourceNotFoundException', message)

/** A few refusals come without the `Type` that the others have. */
export const withoutType = (code: string, message: string) =>
  new AwsError(code, message, { members: { Type: undefined } })

const namePattern =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?'
const nameRegex = new RegExp(
  '^(?:arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:)?(?:(\\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\\$LATEST|[a-zA-Z0-9-_]+))?$',
)

export interface FunctionRef {
  name: string
  qualifier: string | undefined
  /** Only where an ARN, whole or partial, tells it. */
  account: string | undefined
}

/** A name, a partial or a whole ARN, with the qualifier it may carry or the one given beside it. */
export function functionRef(given: string | undefined, qualifier?: string): FunctionRef {
  const found = nameRegex.exec(given ?? '')
  const name = found?.[2]
  if (!name || name.length > 64) {
    const why =
      name && name.length > 64
        ? 'Member must have length less than or equal to 64'
        : `Member must satisfy regular expression pattern: ${namePattern}`
    throw validation(
      `1 validation error detected: Value '${given}' at 'functionName' failed to satisfy constraint: ${why}`,
    )
  }
  const inName = found[3]
  if (inName && qualifier && inName !== qualifier) {
    throw invalidValue(
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  return { name, qualifier: qualifier ?? inName, account: found[1] }
}

/** A layer version as a function has it: it goes on working when the layer version is deleted. */
export interface UsedLayer {
  arn: string
  sizeBytes: number
  blob: string
  sha256: string
}

/** What a version is configured with: the part of the wire's FunctionConfiguration that is kept. */
export interface VersionConfig {
  runtime: string
  handler: string
  role: string
  description: string
  timeoutS: number
  memoryMb: number
  architecture: 'x86_64' | 'arm64'
  ephemeralMb: number
  tracing: 'PassThrough' | 'Active'
  logGroup: string | undefined
  logFormat: 'Text' | 'JSON'
  /** Least levels of a JSON log: of the function's lines and of the platform's. */
  appLogLevel?: string
  systemLogLevel?: string
  /** In the order in which they are laid over each other. */
  layers?: UsedLayer[]
  /** A queue or topic for events that were given up. */
  deadLetterArn?: string
  /** Present, though empty, once an environment was given. */
  hasEnvironment?: boolean
}

const reservedKeys = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])

const environmentFailed =
  'Lambda was unable to configure your environment variables because the environment variables you have provided '

export function checkVariables(variables: Record<string, string>): Record<string, string> {
  const reserved = Object.keys(variables).filter((key) => reservedKeys.has(key))
  if (reserved.length > 0) {
    throw invalidValue(
      `${environmentFailed}contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  const text = JSON.stringify(variables)
  if (Buffer.byteLength(text) > 4096) {
    throw invalidValue(`${environmentFailed}exceeded the 4KB limit. String measured: ${text}`)
  }
  return variables
}

export function checkRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const bound =
    value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`
  throw validation(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value ${bound}`,
  )
}
