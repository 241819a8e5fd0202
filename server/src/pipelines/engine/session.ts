import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RunCause, RunResult } from '@madang/api'
import { type Kernel, parseColumn } from '../../kernel/index.ts'
import type { Interpreter } from '../groovy/index.ts'
import { Masks, RunLog } from '../log/index.ts'
import { nextDueOf } from '../cron.ts'
import type { JobProperties } from '../job-properties.ts'
import { jobName, worseOf } from '../model.ts'
import { parameterValues } from '../parameters.ts'
import { describeJob } from '../store-jobs.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'
import { type Access, createAccess } from './access.ts'
import { Environment, inheritedEnvironment } from './environment.ts'
import { type HardAbort, Suspended, TooManySteps } from './failures.ts'
import { Interrupts } from './interrupts.ts'
import { Journal } from './journal.ts'
import type { Library } from './libraries.ts'
import type { EngineParts } from './parts.ts'
import { buildVariables } from './build-variables.ts'
import { Scope } from './scope.ts'
import { StageTree } from './stage-tree.ts'
import type { Step } from './step.ts'
import { Head, Turns } from './turns.ts'

const TELL_EVERY_MS = 50

export type ParameterValues = Record<string, string | boolean>

/** One run while this server carries it. */
export class Session {
  readonly parts: EngineParts
  readonly record: RunRow
  readonly folder: string
  readonly masks = new Masks()
  readonly log: RunLog
  readonly journal: Journal
  readonly stages: StageTree
  readonly interrupts = new Interrupts()
  readonly access: Access
  readonly environment: Environment
  /** What programs of this machine inherit from the server. */
  readonly inherited: Record<string, string>
  readonly parameters: ParameterValues
  /** Shared libraries that are loaded, by name. */
  readonly libraries = new Map<string, Library>()
  /** Aborted when the server stops: programs of the run live on. */
  readonly letGo = new AbortController()
  /** Set before the script runs. */
  interpreter!: Interpreter
  result: RunResult | undefined
  /** What posts that are under way stand at: those of branches run side by side. */
  readonly #standings = new Set<{ result: RunResult }>()
  #steps = 0
  displayName: string
  description: string | undefined
  hardAbort: HardAbort | undefined
  /** A `pipeline { }` was begun; there may be one. */
  hasPipeline = false
  /** Where the run stands: at one place, and at one more for each branch beyond the first. */
  heads = 1
  /** The last milestone that it passed. */
  milestone: number | undefined
  /** When somebody first asked to end it. */
  abortedAt: number | undefined
  /** The run before this one of the same job: undefined when there is none. */
  previous: { number: number; result: RunResult } | undefined

  constructor(parts: EngineParts, record: RunRow, parameters: ParameterValues) {
    const { kernel } = parts
    this.parts = parts
    this.record = record
    this.parameters = parameters
    this.folder = join(kernel.folder('runs'), record.id)
    const store = {
      database: kernel.database,
      log: kernel.log,
      runId: record.id,
      now: () => this.nowMs(),
    }
    const limitBytes = kernel.config.runLogMebibytes * 1024 ** 2
    this.log = new RunLog(this.folder, limitBytes, teller(kernel, record))
    this.journal = new Journal(store)
    this.stages = new StageTree(store, () => this.tell('pipelines.stageChanged'))
    this.access = createAccess(this)
    this.displayName = `#${record.number}`
    this.inherited = inheritedEnvironment(process.env, dirname(process.execPath))
    const machine = new Environment(Object.entries(this.inherited))
    this.environment = new Environment(Object.entries(buildVariables(this)), machine)
  }

  get kernel(): Kernel {
    return this.parts.kernel
  }

  get steps(): ReadonlyMap<string, Step> {
    return this.parts.steps
  }

  get cause(): RunCause {
    return parseColumn<RunCause>(this.record.cause)
  }

  /** The server stops: blocks that unwind now have not really ended, and say nothing. */
  get isLetGo(): boolean {
    return this.letGo.signal.aborted
  }

  nowMs(): number {
    return this.kernel.clock.now()
  }

  /** Each call of a step, and each branch: what they leave in memory and on disk has a limit. */
  countSteps(count = 1): void {
    this.#steps += count
    const most = this.kernel.config.runMostSteps
    if (this.#steps > most) throw new TooManySteps(most)
  }

  /** The result can only get worse. */
  worsen(result: RunResult): void {
    this.result = this.result === undefined ? result : worseOf(this.result, result)
  }

  /** What `currentBuild` shows: while post runs, also what the stage or the run would come to. */
  get shownResult(): RunResult | undefined {
    const all = [...this.#standings].map(({ result }) => result)
    if (this.result !== undefined) all.push(this.result)
    return all.length === 0 ? undefined : all.reduce(worseOf)
  }

  /** Runs the body while `currentBuild` shows at least this result. */
  async standing<T>(result: RunResult, body: () => Promise<T>): Promise<T> {
    const standing = { result }
    this.#standings.add(standing)
    try {
      return await body()
    } finally {
      this.#standings.delete(standing)
    }
  }

  rootScope(): Scope {
    return new Scope(this, '', {
      environment: this.environment,
      node: undefined,
      folder: undefined,
      container: undefined,
      interrupts: this.interrupts,
      head: new Head(new Turns()),
      stage: undefined,
      hasTimestamps: false,
      copies: [],
      aws: undefined,
      owner: undefined,
    })
  }

  /**
   * The job is as this run's Jenkinsfile says from now on. Parameters that the run was not started
   * with have their defaults, as in Jenkins.
   */
  async describeJob(properties: JobProperties): Promise<void> {
    const { job_id: id, project } = this.record
    const name = `${project}/${jobName(this.record)}`
    const due = nextDueOf(properties.cron, name, this.nowMs())
    await this.kernel.database.write((tx) =>
      describeJob(tx.tables<PipelinesTables>(), id, properties, due),
    )
    this.parts.jobs.changed()
    for (const [parameter, value] of Object.entries(parameterValues(properties.parameters, {}))) {
      if (Object.hasOwn(this.parameters, parameter)) continue
      this.parameters[parameter] = value
      this.environment.set(parameter, String(value))
    }
  }

  /** Folder for files of the engine's own that belong to the run. */
  file(...names: string[]): string {
    return join(this.folder, ...names)
  }

  tell(type: string): void {
    const { id, project } = this.record
    this.kernel.live.publish(`project:${project}/run:${id}`, { type, id })
  }

  /** Masks a secret made for this run, also after a restart: its programs may still print it. */
  maskForGood(secret: string): void {
    this.masks.add(secret)
    const sealed = this.kernel.secrets.seal(secret, this.#maskPurpose)
    appendFileSync(this.file('masks'), `${sealed}\n`, { mode: 0o600 })
  }

  /** Takes up the masks of before a restart. */
  loadMasks(): void {
    const file = this.file('masks')
    if (!existsSync(file)) return
    const lines = readFileSync(file, 'utf8').split('\n')
    // The last one is empty, or was cut off by the crash before its secret was handed out.
    for (const sealed of lines.slice(0, -1)) {
      this.masks.add(this.kernel.secrets.open(sealed, this.#maskPurpose))
    }
  }

  get #maskPurpose(): string {
    return `pipelines/run/${this.record.id}/masks`
  }

  /** Lets go of everything without ending it. */
  suspend(): void {
    const reason = new Suspended('the server stops')
    this.letGo.abort(reason)
    this.interrupts.interrupt(reason)
  }
}

/** Tells pages that the log grew, at most every 50 ms; at once after a pause. */
function teller(kernel: Kernel, { id, project }: RunRow): (sizeBytes: number) => void {
  let last = 0
  let timer: NodeJS.Timeout | undefined
  let size = 0
  const tell = () => {
    timer = undefined
    last = performance.now()
    kernel.live.publish(`project:${project}/run:${id}`, {
      type: 'pipelines.logGrew',
      id,
      sizeBytes: size,
    })
  }
  return (sizeBytes) => {
    size = sizeBytes
    if (timer) return
    const wait = last + TELL_EVERY_MS - performance.now()
    if (wait <= 0) tell()
    else timer = setTimeout(tell, wait).unref()
  }
}
