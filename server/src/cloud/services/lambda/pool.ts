import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AwsError } from '../../gateway/index.ts'
import type { Kernel } from '../../../kernel/index.ts'
import type { Engine } from './engine.ts'
import { Environment, type EnvironmentSpec, type Task } from './runtime/environment.ts'
import { LogStream, type LogSink } from './runtime/log-stream.ts'
import type { Outcome } from './runtime/outcome.ts'

export interface EnvironmentPlace {
  logStream: string
  /** An empty folder of its own. */
  temporary: string
  isConfined: boolean
  /** Started ahead of calls, for provisioned concurrency. */
  isProvisioned: boolean
}

/** A function version as the pool runs it. `key` changes with every change of code or configuration. */
export interface Runnable {
  key: string
  functionId: string
  version: string
  reservedConcurrency: number | null
  logs: LogSink
  /** Called for each new environment: credentials are fresh, the stream is its own. */
  spec(place: EnvironmentPlace): Promise<EnvironmentSpec>
}

/** Environments at once on this machine, all functions together; AWS's default is 1,000. */
const MACHINE_ENVIRONMENTS = 100
/** AWS doesn't say how long an idle environment stays; ten minutes is what people observe. */
const IDLE_MS = 10 * 60_000
/** The role session in an environment lasts an hour; it is retired before that ends. */
const LONGEST_LIFE_MS = 50 * 60_000

interface Slot {
  environment: Environment
  runnable: Runnable
  temporary: string
  bornMs: number
  busy: boolean
  isProvisioned: boolean
  cancelIdle: () => void
}

/** Execution environments, reused while warm; a concurrent invocation starts another. */
export class Pool {
  readonly #kernel: Kernel
  readonly #engine: Engine
  readonly #folder: string
  readonly #slots = new Set<Slot>()
  readonly #active = new Map<string, number>()

  constructor(kernel: Kernel, engine: Engine, folder: string) {
    this.#kernel = kernel
    this.#engine = engine
    this.#folder = folder
  }

  /** Invocations of a function under way. */
  running(functionId: string): number {
    return this.#active.get(functionId) ?? 0
  }

  async invoke(runnable: Runnable, task: Task): Promise<Outcome> {
    this.#admit(runnable)
    const { functionId } = runnable
    this.#active.set(functionId, this.running(functionId) + 1)
    try {
      return await this.#run(this.#idle(runnable) ?? (await this.#start(runnable)), task)
    } finally {
      this.#active.set(functionId, this.running(functionId) - 1)
    }
  }

  async #run(slot: Slot, task: Task): Promise<Outcome> {
    slot.cancelIdle()
    try {
      return await slot.environment.invoke(task)
    } finally {
      slot.busy = false
      if (slot.environment.isUsable && this.#slots.has(slot)) this.#keep(slot)
      else await this.#end(slot)
    }
  }

  /** Ends environments of a function, or only its idle ones of other keys. Busy ones end after their work. */
  async retire(functionId: string, exceptKey?: (key: string) => boolean): Promise<void> {
    const old = [...this.#slots].filter(
      (slot) => slot.runnable.functionId === functionId && !exceptKey?.(slot.runnable.key),
    )
    for (const slot of old) this.#slots.delete(slot)
    await Promise.all(old.filter((slot) => !slot.busy).map((slot) => this.#end(slot)))
  }

  /** Environments started ahead for this version: how many there are, and how many are free. */
  provisioned({ key }: Pick<Runnable, 'key'>): { allocated: number; available: number } {
    const slots = [...this.#slots].filter((slot) => slot.isProvisioned && slot.runnable.key === key)
    return { allocated: slots.length, available: slots.filter(({ busy }) => !busy).length }
  }

  /** Starts or ends environments until there are `count` ready ones; throws what a start throws. */
  async provision(runnable: Runnable, count: number): Promise<void> {
    while (this.provisioned(runnable).allocated < count) {
      if (this.#slots.size >= MACHINE_ENVIRONMENTS) {
        throw throttled('ConcurrentInvocationLimitExceeded')
      }
      const slot = await this.#start(runnable, true)
      await slot.environment.ready()
      slot.busy = false
      if (!slot.environment.isUsable) {
        await this.#end(slot)
        throw new Error('FUNCTION_ERROR_INIT_FAILURE')
      }
    }
    const surplus = [...this.#slots].filter(
      (slot) => slot.isProvisioned && slot.runnable.key === runnable.key && !slot.busy,
    )
    await Promise.all(surplus.slice(count).map((slot) => this.#end(slot)))
  }

  async stopAll(): Promise<void> {
    const all = [...this.#slots]
    await Promise.all(all.map((slot) => this.#end(slot)))
  }

  #idle(runnable: Runnable): Slot | undefined {
    const now = this.#kernel.clock.now()
    for (const slot of this.#slots) {
      if (slot.busy || slot.runnable.key !== runnable.key) continue
      if (slot.environment.isUsable && now - slot.bornMs < LONGEST_LIFE_MS) {
        slot.busy = true
        return slot
      }
      void this.#end(slot)
    }
    return undefined
  }

  #admit({ functionId, reservedConcurrency }: Runnable): void {
    const busy = [...this.#active.values()].reduce((sum, count) => sum + count, 0)
    if (reservedConcurrency !== null && this.running(functionId) >= reservedConcurrency) {
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded')
    }
    if (busy >= MACHINE_ENVIRONMENTS) throw throttled('ConcurrentInvocationLimitExceeded')
  }

  async #start(runnable: Runnable, isProvisioned = false): Promise<Slot> {
    const { isConfined, processes } = await this.#engine.ready()
    const id = randomBytes(16).toString('hex')
    const day = new Date(this.#kernel.clock.now()).toISOString().slice(0, 10)
    const logStream = `${day.replaceAll('-', '/')}/[${runnable.version}]${id}`
    const temporary = join(this.#folder, id)
    await mkdir(temporary, { recursive: true })
    const spec = await runnable.spec({ logStream, temporary, isConfined, isProvisioned })
    const environment = new Environment(spec, new LogStream(logStream, runnable.logs))
    await environment.start(processes)
    const bornMs = this.#kernel.clock.now()
    const cancelIdle = () => undefined
    const slot: Slot = {
      environment,
      runnable,
      temporary,
      bornMs,
      busy: true,
      isProvisioned,
      cancelIdle,
    }
    this.#slots.add(slot)
    return slot
  }

  #keep(slot: Slot): void {
    if (slot.isProvisioned) return
    const { clock } = this.#kernel
    slot.cancelIdle = clock.at(clock.now() + IDLE_MS, () => void this.#end(slot))
  }

  async #end(slot: Slot): Promise<void> {
    this.#slots.delete(slot)
    slot.cancelIdle()
    await slot.environment.stop()
    await rm(slot.temporary, { recursive: true, force: true })
  }
}

const throttled = (Reason: string) =>
  new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    status: 429,
    members: { Reason, Type: 'User' },
  })
