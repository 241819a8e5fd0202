import { AwsError } from '../../gateway/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { runtimeVersionArn } from './configuration.ts'
import type { MetricsBuffer } from './metrics-buffer.ts'
import { functionUser } from './engine.ts'
import { functionArn, type Scope, type VersionConfig } from './model.ts'
import type { Packages } from './packages.ts'
import type { EnvironmentPlace, Pool, Runnable } from './pool.ts'
import { openVariables } from './resolve.ts'
import type { EnvironmentSpec, Task } from './runtime/environment.ts'
import { confinedLayout, plainLayout } from './runtime/layout.ts'
import type { LogSink } from './runtime/log-stream.ts'
import type { Outcome } from './runtime/outcome.ts'
import { configOf, type FunctionRow, runKey, type VersionRow } from './store.ts'

export interface Invocation {
  scope: Scope
  fn: FunctionRow
  version: VersionRow
  /** As the caller named it: version or alias, for the ARN the function sees. */
  qualifier: string | undefined
  requestId: string
  payload: Uint8Array
  clientContext?: string | undefined
  traceHeader?: string | undefined
  streamed?: Task['streamed']
}

/** Where AWS has the daemon of X-Ray. */
const DAEMON_HOST = '169.254.79.129'
const DAEMON_PORT = '2000'

/** Runs function versions and records what they do: logs, metrics. */
export class Invoker {
  readonly #deps: ServiceDeps
  readonly #pool: Pool
  readonly #packages: Packages
  readonly #metrics: MetricsBuffer

  constructor(deps: ServiceDeps, pool: Pool, packages: Packages, metrics: MetricsBuffer) {
    this.#deps = deps
    this.#pool = pool
    this.#packages = packages
    this.#metrics = metrics
  }

  /** Throws TooManyRequestsException when the concurrency is used up; a function's own errors are outcomes. */
  async invoke(invocation: Invocation): Promise<Outcome> {
    const { scope, fn, version, qualifier, requestId, payload } = invocation
    const { clientContext, traceHeader, streamed } = invocation
    if (version.state === 'Failed') {
      throw new AwsError(
        'ResourceConflictException',
        `The operation cannot be performed at this time. The function is currently in the following state: ${version.state}`,
      )
    }
    const atMs = this.#deps.kernel.clock.now()
    const arn = functionArn(scope, fn.name, qualifier)
    const task = {
      requestId,
      payload,
      clientContext,
      traceHeader,
      functionArn: arn,
      streamed,
    }
    try {
      const outcome = await this.#pool.invoke(this.#runnable(scope, fn, version), task)
      this.#metrics.add(scope, fn.name, atMs, [
        { name: 'Invocations', value: 1 },
        { name: 'Errors', value: outcome.functionError ? 1 : 0 },
        { name: 'Throttles', value: 0 },
        { name: 'Duration', value: round(outcome.durationMs), unit: 'Milliseconds' },
        { name: 'ConcurrentExecutions', value: this.#pool.running(fn.id) + 1 },
      ])
      return outcome
    } catch (error) {
      if (error instanceof AwsError && error.code === 'TooManyRequestsException') {
        this.#metrics.add(scope, fn.name, atMs, [{ name: 'Throttles', value: 1 }])
      }
      throw error
    }
  }

  /** Environments of a version that are started ahead of its calls. */
  provisioned(version: VersionRow): { allocated: number; available: number } {
    return this.#pool.provisioned({ key: runKey(version) })
  }

  provision(scope: Scope, fn: FunctionRow, version: VersionRow, count: number): Promise<void> {
    return this.#pool.provision(this.#runnable(scope, fn, version), count)
  }

  #runnable(scope: Scope, fn: FunctionRow, version: VersionRow): Runnable {
    const config = configOf(version)
    const group = config.logGroup ?? `/aws/lambda/${fn.name}`
    return {
      key: runKey(version),
      functionId: fn.id,
      version: version.version,
      reservedConcurrency: fn.reserved_concurrency,
      logs: this.#sink(scope, group),
      spec: (place) => this.#spec(scope, fn, version, { ...place, group }),
    }
  }

  async #spec(
    scope: Scope,
    fn: FunctionRow,
    version: VersionRow,
    place: EnvironmentPlace & { group: string },
  ): Promise<EnvironmentSpec> {
    const { kernel, sessions } = this.#deps
    const config = configOf(version)
    const layout = await this.#layout(version, config, place)
    const context = {
      'madang:function': fn.name,
      ...(fn.project && { 'madang:project': fn.project }),
    }
    // A session's name has at least two characters, a function's may have one.
    const sessionName = fn.name.padEnd(2, '_')
    const session = { roleArn: config.role, sessionName, context }
    const credentials = await sessions.issueRoleSession(session).catch(roleGone)
    const { env, ...files } = layout
    return {
      ...files,
      version: version.version,
      functionName: fn.name,
      runtimeVersionArn: runtimeVersionArn(scope, config.runtime),
      initializationType: place.isProvisioned ? 'provisioned-concurrency' : 'on-demand',
      ...(config.logFormat === 'JSON' && {
        jsonLevel: (config.systemLogLevel ?? 'INFO') as 'INFO',
      }),
      functionArn: functionArn(scope, fn.name),
      timeoutS: config.timeoutS,
      memoryMb: config.memoryMb,
      env: {
        LANG: 'en_US.UTF-8',
        ...env,
        ...openVariables(kernel, version),
        AWS_REGION: scope.region,
        AWS_DEFAULT_REGION: scope.region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_EXECUTION_ENV: `AWS_Lambda_${config.runtime}`,
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: version.version,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: place.group,
        AWS_LAMBDA_LOG_STREAM_NAME: place.logStream,
        AWS_LAMBDA_INITIALIZATION_TYPE: place.isProvisioned
          ? 'provisioned-concurrency'
          : 'on-demand',
        ...(config.logFormat === 'JSON' && {
          AWS_LAMBDA_LOG_FORMAT: 'JSON',
          AWS_LAMBDA_LOG_LEVEL: config.appLogLevel ?? 'INFO',
        }),
        AWS_ENDPOINT_URL: endpointFor(this.#deps.settings.originUrl()),
        LAMBDA_TASK_ROOT: env['LAMBDA_TASK_ROOT']!,
        LAMBDA_RUNTIME_DIR: env['LAMBDA_RUNTIME_DIR']!,
        // Nobody takes traces there; the daemon's SDKs want to be told of it, and not to throw.
        AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
        AWS_XRAY_DAEMON_ADDRESS: `${DAEMON_HOST}:${DAEMON_PORT}`,
        _AWS_XRAY_DAEMON_ADDRESS: DAEMON_HOST,
        _AWS_XRAY_DAEMON_PORT: DAEMON_PORT,
        SHLVL: '0',
        _HANDLER: config.handler,
        _LAMBDA_TELEMETRY_LOG_FD: '3',
      },
    }
  }

  async #layout(version: VersionRow, config: VersionConfig, place: EnvironmentPlace) {
    const { temporary, isConfined } = place
    const task = await this.#packages.unpacked(version)
    const used = config.layers ?? []
    const layers = await Promise.all(
      used.map(({ blob, sha256 }) =>
        this.#packages.unpacked({ code_blob: blob, code_sha256: sha256 }),
      ),
    )
    if (!isConfined) return plainLayout(config, { task, layers, temporary })
    const opt = await this.#packages.overlaid(layers)
    return confinedLayout(config, { task, layers, opt, temporary }, functionUser)
  }

  #sink(scope: Scope, group: string): LogSink {
    const { sessions, as, kernel } = this.#deps
    const principal = sessions.serviceOf('lambda.amazonaws.com', scope.account)
    const { logs } = as({ principal, ...scope })
    const put = (stream: string, events: { timestamp: number; message: string }[]) => {
      // Processes live in the machine's time, the cloud in the clock's, which may have been moved.
      const aheadMs = kernel.clock.now() - Date.now()
      const logEvents = events.map((it) => ({ ...it, timestamp: it.timestamp + aheadMs }))
      return logs.putLogEvents({ logGroupName: group, logStreamName: stream, logEvents })
    }
    const make = async (stream: string) => {
      await ignore(logs.createLogGroup({ logGroupName: group }), 'ResourceAlreadyExistsException')
      const names = { logGroupName: group, logStreamName: stream }
      await ignore(logs.createLogStream(names), 'ResourceAlreadyExistsException')
    }
    return {
      async put(stream, events) {
        try {
          await put(stream, events)
        } catch (error) {
          if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException')
            throw error
          await make(stream)
          await put(stream, events)
        }
      },
      failed: (error) => kernel.log.error('lambda.logs', { group, error }),
    }
  }
}

async function ignore(work: Promise<unknown>, code: string): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== code) throw error
  }
}

/** A role that was deleted after the function was made. */
function roleGone(error: unknown): never {
  if (!(error instanceof AwsError) || error.code !== 'NoSuchEntity') throw error
  const message = 'The role defined for the function cannot be assumed by Lambda.'
  throw new AwsError('AccessDeniedException', message, { status: 403 })
}

const round = (ms: number) => Math.round(ms * 100) / 100

/** With an address instead of a name the SDKs choose path-style S3, which needs no wildcard names. */
const endpointFor = (originUrl: string) => originUrl.replace('//localhost', '//127.0.0.1')
