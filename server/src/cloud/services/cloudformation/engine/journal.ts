import { randomUUID } from 'node:crypto'
import type { Kernel, Transaction } from '../../../../kernel/index.ts'
import type { Operation, Resource, Stack, Step, Structure } from '../model.ts'
import type { OperationStore } from '../store-operations.ts'
import type { StackStore } from '../store.ts'
import { masker } from './shown-parameters.ts'

export interface Stores {
  kernel: Kernel
  stacks: StackStore
  operations: OperationStore
}

/** What an event tells otherwise than the row, which still holds what is there. */
type Told = Pick<Resource, 'properties'>

/** Writes what happens to an operation's resources: row, event and journal line in one transaction. */
export class Journal {
  readonly #stores: Stores
  readonly #operation: Operation
  readonly #stack: Stack
  readonly resources: Record<string, Resource>
  readonly steps: Map<string, Step>
  /** Stopped: nothing more is written, as after a crash (the next start goes on from here). */
  readonly #signal: AbortSignal
  readonly #masked: <V>(value: V) => V

  constructor(
    stores: Stores,
    state: {
      operation: Operation
      stack: Stack
      resources: Record<string, Resource>
      steps: Map<string, Step>
    },
    signal: AbortSignal,
  ) {
    this.#stores = stores
    this.#operation = state.operation
    this.#stack = state.stack
    this.resources = state.resources
    this.steps = state.steps
    this.#signal = signal
    this.#masked = masker(state.operation.target, state.stack, state.operation.before?.input)
  }

  now(): number {
    return this.#stores.kernel.clock.now()
  }

  /** Begins a step, or takes up the one a crash left. */
  async begin(
    step: Omit<Step, 'state' | 'suffix' | 'notes'>,
    resource: Resource,
    told?: Told,
  ): Promise<Step> {
    const known = this.steps.get(step.key)
    if (known) return known
    const suffix = randomSuffix()
    const begun: Step = { ...step, state: 'started', suffix, notes: {} }
    await this.record(begun, resource, told)
    return begun
  }

  /** Step, row and event together. */
  async record(step: Step, resource: Resource, told?: Told): Promise<void> {
    this.#signal.throwIfAborted()
    resource.updatedAtMs = this.now()
    await this.#stores.stacks.write(async (tx) => {
      await this.#putStep(tx, step)
      await this.#stores.stacks.resourcePut(tx, this.#stack.stackId, resource)
      await this.#event(tx, step, { ...resource, ...told })
    })
    this.steps.set(step.key, step)
    this.resources[resource.logicalId] = resource
  }

  /** A step about a thing that is in no row any more (the old one of a replacement). */
  async recordAside(step: Step, thing: Resource): Promise<void> {
    this.#signal.throwIfAborted()
    await this.#stores.stacks.write(async (tx) => {
      await this.#putStep(tx, step)
      await this.#event(tx, step, thing)
    })
    this.steps.set(step.key, step)
  }

  async note(step: Step, notes: Structure): Promise<void> {
    Object.assign(step.notes, notes)
    await this.#stores.stacks.write((tx) => this.#putStep(tx, step))
  }

  async keep(resource: Resource): Promise<void> {
    await this.#stores.stacks.write((tx) =>
      this.#stores.stacks.resourcePut(tx, this.#stack.stackId, resource),
    )
    this.resources[resource.logicalId] = resource
  }

  async forget(logicalId: string): Promise<void> {
    await this.#stores.stacks.write((tx) =>
      this.#stores.stacks.resourceForget(tx, this.#stack.stackId, logicalId),
    )
    delete this.resources[logicalId]
  }

  async #putStep(tx: Transaction, step: Step): Promise<void> {
    const position = this.steps.size
    await this.#stores.operations.stepPut(tx, this.#operation.id, step, position)
  }

  async #event(tx: Transaction, { key }: Step, resource: Resource): Promise<void> {
    // What an update clears away is told without its properties.
    const isCleared = this.#operation.kind === 'update' && /^(rollbackC|c)leanup:/.test(key)
    const unique = isCleared ? randomUUID() : `${resource.status}-${randomUUID()}`
    await this.#stores.stacks.eventAppend(tx, this.#stack.stackId, {
      eventId: `${resource.logicalId}-${unique}`,
      atMs: this.now(),
      logicalId: resource.logicalId,
      physicalId: resource.physicalId ?? '',
      type: resource.type,
      status: resource.status,
      reason: resource.statusReason,
      properties: isCleared ? undefined : JSON.stringify(this.#masked(resource.properties)),
      token: this.#operation.token,
    })
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Twelve letters and digits, as CloudFormation ends the names it makes. */
export function randomSuffix(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return [...bytes].map((byte) => letters[byte % letters.length]).join('')
}
