import type { Confinement, Exit, Processes, RunningProcess } from '../../../engines/index.ts'
import type { LogStream } from './log-stream.ts'
import { type Outcome, platformError } from './outcome.ts'
import { openRuntimeApi, type RuntimeApi, type Work } from './runtime-api.ts'
import { PlatformLog, type PlatformLogSpec, type Report } from './platform-log.ts'
import type { Launch } from './runtimes.ts'
import { traceIdOf } from './trace.ts'

/** Everything an execution environment needs to know of its function version. */
export interface EnvironmentSpec {
  launch: Launch
  /** As the function sees it. */
  taskRoot: string
  /** In a sandbox: what it sees and may use. */
  confined?: Confinement
  env: Record<string, string>
  version: string
  functionName: string
  functionArn: string
  /** Absent: a text log. */
  jsonLevel?: PlatformLogSpec['jsonLevel']
  runtimeVersionArn: string
  initializationType: 'on-demand' | 'provisioned-concurrency'
  timeoutS: number
  memoryMb: number
}

export type Task = Pick<Work, 'payload' | 'clientContext' | 'functionArn'> & {
  /** `X-Amzn-Trace-Id` of the call. */
  traceHeader?: string | undefined
  requestId: string
  /** Gets the answer's pieces as the function writes them, if it streams. */
  streamed?: ((piece: Buffer, contentType: string) => void) | undefined
}

const INIT_LIMIT_MS = 10_000
const MEMORY_CHECK_MS = 100

/** As the real one's supervisor, a Go program, names them. */
const signalNames: Record<string, string> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
}

interface Ended {
  payload: Uint8Array
  failed: boolean
  failure?: Report['failure']
}

const exitFailure = { status: 'error', errorType: 'Runtime.ExitError' } as const

interface Current {
  task: Task
  startedMs: number
  /** Set by response, error, timeout or death, whichever is first. */
  end: (how: Ended) => void
}

/**
 * One process behind the Runtime API: begins with its init phase, then takes one invocation after
 * the other, and is frozen in between as AWS does. `gone` once its process has ended.
 */
export class Environment {
  readonly #spec: EnvironmentSpec
  readonly #log: LogStream
  readonly #platform: PlatformLog
  #api!: RuntimeApi
  #process!: RunningProcess
  #current: Current | undefined
  #initError: Uint8Array | undefined
  #initMs: number | undefined
  #firstReport = true
  #isIdle = false
  #wakeIdle: (() => void)[] = []
  #outOfMemory = false
  #gone: Exit | undefined

  constructor(spec: EnvironmentSpec, log: LogStream) {
    this.#spec = spec
    this.#log = log
    const { functionName, version, memoryMb, initializationType, jsonLevel } = spec
    this.#platform = new PlatformLog(
      {
        functionName,
        version,
        memoryMb,
        initializationType,
        jsonLevel,
        runtimeVersion: spec.launch.version,
        runtimeVersionArn: spec.runtimeVersionArn,
      },
      (text) => log.add({ text, atMs: Date.now() }),
    )
  }

  get isUsable(): boolean {
    return !this.#gone && !this.#initError && this.#isIdle
  }

  /** Starts the process; its init phase ends with the first `invoke`, which waits for it. */
  async start(processes: Processes): Promise<void> {
    const startedMs = Date.now()
    this.#platform.initStarted()
    this.#api = await openRuntimeApi({
      idle: () => {
        if (this.#initMs === undefined) {
          this.#initMs = Date.now() - startedMs
          this.#platform.initDone(this.#initMs)
        }
        this.#isIdle = true
        this.#wake()
      },
      streamed: (id, piece, contentType) => {
        const { task } = this.#current ?? {}
        if (task?.requestId === id) task.streamed?.(piece, contentType)
      },
      responded: (id, payload) => this.#end(id, { payload, failed: false }),
      failed: (id, payload) => this.#end(id, { payload, failed: true }),
      initFailed: (payload) => {
        this.#initError = payload
        this.#wake()
      },
    })
    const { launch, env, taskRoot, confined } = this.#spec
    this.#process = processes.start({
      command: launch.command,
      args: launch.args,
      cwd: taskRoot,
      env: { ...env, AWS_LAMBDA_RUNTIME_API: this.#api.address },
      output: (line) => this.#log.add(line),
      ...(confined && { confined }),
    })
    void this.#process.exited.then((exit) => this.#died(exit))
  }

  /** Waits for the end of the init phase, ahead of any invocation; frozen then. */
  async ready(): Promise<void> {
    await this.#initialised(INIT_LIMIT_MS)
    if (this.isUsable) this.#process.freeze()
  }

  /** Runs one invocation; never rejects. The environment may be gone afterwards. */
  async invoke(task: Task): Promise<Outcome> {
    this.#log.mark()
    const limitMs = this.#spec.timeoutS * 1000
    if (!this.#isIdle) await this.#initialised(Math.max(INIT_LIMIT_MS, limitMs))
    this.#platform.started(task.requestId)
    const startedMs = performance.now()
    const early = this.#initFailure(task)
    const ended = early ?? (await this.#work(task, startedMs, limitMs))
    const durationMs = performance.now() - startedMs
    await this.#settle(limitMs)
    const isFirst = this.#firstReport
    this.#report(task, durationMs, ended)
    // A stream is made with its first lines; what follows goes to the store in its order.
    if (isFirst) await this.#log.flush()
    else this.#log.settle()
    const outcome = { durationMs, payload: ended.payload, logTail: () => this.#log.tail() }
    return ended.failed ? { ...outcome, functionError: 'Unhandled' } : outcome
  }

  async stop(): Promise<void> {
    this.#api.close()
    await this.#process.kill()
    await this.#log.flush()
  }

  #work(task: Task, startedMs: number, limitMs: number) {
    return new Promise<Ended>((resolve) => {
      const timer = setTimeout(() => this.#timedOut(task), limitMs)
      const watchdog = setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS)
      const end: Current['end'] = (how) => {
        clearTimeout(timer)
        clearInterval(watchdog)
        this.#current = undefined
        resolve(how)
      }
      this.#current = { task, startedMs, end }
      this.#isIdle = false
      this.#process.thaw()
      const traceId = traceIdOf(task.traceHeader, Date.now())
      this.#api.give({ ...task, deadlineMs: Date.now() + limitMs, traceId })
    })
  }

  #end(requestId: string, how: { payload: Uint8Array; failed: boolean }): void {
    if (this.#current?.task.requestId === requestId) this.#current.end(how)
  }

  #timedOut(task: Task): void {
    const seconds = this.#spec.timeoutS.toFixed(2)
    const message = `Task timed out after ${seconds} seconds`
    this.#platform.said(`${new Date().toISOString()} ${task.requestId} ${message}\n`)
    const error = `RequestId: ${task.requestId} Error: ${message}`
    const payload = platformError('Sandbox.Timedout', error)
    this.#current?.end({ payload, failed: true, failure: { status: 'timeout' } })
    void this.#process.kill()
  }

  #checkMemory(): void {
    const memory = this.#process.memory()
    if (!memory || memory.nowBytes <= this.#spec.memoryMb * 1024 * 1024) return
    this.#outOfMemory = true
    void this.#process.kill()
  }

  #died(exit: Exit): void {
    this.#gone = exit
    this.#api.close()
    this.#wake()
    const current = this.#current
    if (!current) return
    const { payload } = this.#exitError(exit, current.task)
    const type = this.#outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError'
    current.end({ payload, failed: true, failure: { status: 'error', errorType: type } })
  }

  #exitError(exit: Exit, task: Task): { payload: Uint8Array } {
    const entry = `RequestId: ${task.requestId} Error: `
    if (exit.error) {
      const reason = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
      return { payload: platformError('Runtime.InvalidEntrypoint', entry + reason) }
    }
    // Memory is killed with SIGKILL, and its signal is what AWS tells, too.
    const how = exit.signal
      ? `signal: ${signalNames[exit.signal] ?? exit.signal.toLowerCase()}`
      : `exit status ${exit.code ?? 0}`
    const reason =
      exit.code === 0
        ? 'Runtime exited without providing a reason'
        : `Runtime exited with error: ${how}`
    this.#platform.said(`${entry}${reason}`)
    return { payload: platformError('Runtime.ExitError', entry + reason) }
  }

  #initFailure(task: Task): Ended | undefined {
    if (this.#initError) {
      return {
        payload: this.#initError,
        failed: true,
        failure: { status: 'error' as const, errorType: 'Runtime.Unknown' },
      }
    }
    if (this.#gone) {
      const { payload } = this.#exitError(this.#gone, task)
      return { payload, failed: true, failure: exitFailure }
    }
    if (this.#isIdle) return undefined
    void this.#process.kill()
    const message = `RequestId: ${task.requestId} Error: Task timed out after ${this.#spec.timeoutS.toFixed(2)} seconds`
    return {
      payload: platformError('Sandbox.Timedout', message),
      failed: true,
      failure: { status: 'timeout' as const },
    }
  }

  /** Until the runtime asks for work, fails to begin, ends, or takes too long. */
  #initialised(limitMs: number): Promise<void> {
    return this.#waitFor(() => this.#isIdle || !!this.#initError || !!this.#gone, limitMs)
  }

  /** After the answer: the runtime comes back for work (or ends), its output is read, it is frozen. */
  async #settle(limitMs: number): Promise<void> {
    if (this.#initError) await this.#process.kill()
    await this.#waitFor(() => this.#isIdle || !!this.#gone, limitMs)
    if (!this.#isIdle && !this.#gone) await this.#process.kill()
    await this.#process.drained()
    if (!this.#gone) this.#process.freeze()
  }

  async #waitFor(condition: () => boolean, limitMs: number): Promise<void> {
    const untilMs = Date.now() + limitMs
    while (!condition() && Date.now() < untilMs) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, untilMs - Date.now())
        this.#wakeIdle.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  #wake(): void {
    for (const wake of this.#wakeIdle.splice(0)) wake()
  }

  #report(task: Task, durationMs: number, ended: Ended): void {
    const { memoryMb, timeoutS } = this.#spec
    const peak = this.#process.memory()?.peakBytes
    this.#platform.ended({
      requestId: task.requestId,
      durationMs: ended.failure?.status === 'timeout' ? timeoutS * 1000 : durationMs,
      usedMb: peak === undefined ? memoryMb : Math.min(Math.ceil(peak / 1024 / 1024), memoryMb),
      initMs: this.#firstReport ? this.#initMs : undefined,
      failure: ended.failure,
      producedBytes: ended.payload.length,
    })
    this.#firstReport = false
  }
}
