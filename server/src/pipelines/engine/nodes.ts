import { join } from 'node:path'
import { fitsLabel } from './labels.ts'

/** An executor with a workspace, lent to one `node` block. */
export interface NodeLease {
  name: string
  labels: readonly string[]
  executor: number
  workspace: string
  /** The run that has it. */
  run?: string
  /** Of another machine; a lease without is of this one. */
  agent?: AgentPlace
}

/** What has to stay the same while a run uses an agent, also over restarts. */
export interface AgentPlace {
  /** Of its work folder: another folder knows nothing of what was begun. */
  disk: string
  /** How it reaches this server. */
  url: string
  /** What its programs inherit. */
  environment: Record<string, string>
}

export const NODE_NAME = 'built-in'

export interface NodeWish {
  label: string
  /** Folder of the workspace below the workspaces folder; `@2` is added when it is taken. */
  workspace: string
  /** Who asks. */
  run: string
  signal: AbortSignal
  /** Called once when there is a wait, with the reason as Jenkins puts it. */
  waits(reason: string): void
}

export interface NodeDescription {
  name: string
  labels: readonly string[]
  executors: number
  /** Where its workspaces are. */
  folder: string
  agent?: AgentPlace
}

interface Pool extends NodeDescription {
  busy: (Use | undefined)[]
  isConnected: boolean
}

/** An executor that is lent. */
export interface Use {
  executor: number
  workspace: string
  run?: string | undefined
}

/** Somebody took a node out of service, for a while: it takes nothing new. */
export interface Pause {
  by: string
  reason: string
  atMs: number
}

export interface NodeView {
  name: string
  labels: readonly string[]
  executors: number
  /** Where its workspaces are. */
  folder: string
  /** It takes work. */
  isOnline: boolean
  /** It is reached, whether or not it takes work. */
  isConnected: boolean
  pause: Pause | undefined
  uses: Use[]
}

/** A `node` block that waits for an executor, and why. */
export interface WaitingView {
  id: number
  run: string
  why: string
  sinceMs: number
}

interface Waiting {
  id: number
  wish: NodeWish
  sinceMs: number
  resolve(lease: NodeLease): void
}

/** The executors of all machines, first come, first served. */
export class Nodes {
  readonly #own: Pool
  readonly #pools = new Map<string, Pool>()
  readonly #waiting: Waiting[] = []
  readonly #pauses = new Map<string, Pause>()
  #last = 0

  constructor(folder: string, executors: number, labels: readonly string[]) {
    this.join({ name: NODE_NAME, labels, executors, folder })
    this.#own = this.#pools.get(NODE_NAME)!
  }

  /** Labels of this machine. */
  get labels(): readonly string[] {
    return this.#own.labels
  }

  /** Executors of this machine. */
  get size(): number {
    return this.#own.busy.length
  }

  /** Executors of this machine that are lent. */
  get busy(): number {
    return busyOf(this.#own).length
  }

  /** This machine first, then the agents by name. */
  all(): NodeView[] {
    const [own, ...agents] = [...this.#pools.values()].map((pool) => this.#viewOf(pool))
    return [own!, ...agents.sort((a, b) => (a.name < b.name ? -1 : 1))]
  }

  /** An agent takes only what asks for a label; what asks for none stays on this machine. */
  fitting(label: string): NodeView[] {
    return this.#fitting(label).map((pool) => this.#viewOf(pool))
  }

  #fitting(label: string): Pool[] {
    if (label.trim() === '') return [this.#own]
    return [...this.#pools.values()].filter(({ name, labels }) =>
      fitsLabel(label, [...labels, name]),
    )
  }

  /** A node is there, or is there again: what it has lent stays lent. */
  join(node: NodeDescription): void {
    this.register(node)
    this.#pools.get(node.name)!.isConnected = true
    this.#serve()
  }

  /** Takes a node out of service, or puts it back; what runs there goes on. */
  pause(name: string, pause: Pause | undefined): void {
    if (pause) this.#pauses.set(name, pause)
    else this.#pauses.delete(name)
    this.#serve()
  }

  /** Who waits for an executor just now. */
  waiting(): WaitingView[] {
    return this.#waiting.map(({ id, sinceMs, wish: { run, label } }) => {
      return { id, run, sinceMs, why: this.#reason(label) }
    })
  }

  #isOnline({ name, isConnected }: Pool): boolean {
    return isConnected && !this.#pauses.has(name)
  }

  #viewOf(pool: Pool): NodeView {
    const { name, labels, folder, busy, isConnected } = pool
    const pause = this.#pauses.get(name)
    const place = { name, labels, folder, executors: busy.length, isConnected, pause }
    return { ...place, isOnline: this.#isOnline(pool), uses: busyOf(pool) }
  }

  /** A node is known, and offline until it joins. */
  register(node: NodeDescription): void {
    const before = this.#pools.get(node.name)?.busy ?? []
    const length = Math.max(node.executors, before.findLastIndex((one) => one !== undefined) + 1)
    const busy = Array.from({ length }, (_, executor) => before[executor])
    this.#pools.set(node.name, { ...node, busy, isConnected: false })
  }

  leave(name: string): void {
    const pool = this.#pools.get(name)
    if (pool) pool.isConnected = false
  }

  remove(name: string): void {
    this.#pools.delete(name)
    this.#pauses.delete(name)
  }

  async lease(wish: NodeWish): Promise<NodeLease> {
    wish.signal.throwIfAborted()
    const free = this.#isAhead(wish) ? undefined : this.#free(wish.label)
    if (free) return this.#take(free, wish)
    wish.waits(`Still waiting to schedule task\n${this.#reason(wish.label)}`)
    return new Promise((resolve, reject) => {
      const entry = { id: ++this.#last, wish, sinceMs: Date.now(), resolve }
      this.#waiting.push(entry)
      wish.signal.addEventListener('abort', () => {
        const index = this.#waiting.indexOf(entry)
        if (index < 0) return
        this.#waiting.splice(index, 1)
        reject(wish.signal.reason as Error)
      })
    })
  }

  /** Somebody waits for one of the same machines. */
  #isAhead({ label }: NodeWish): boolean {
    const wanted = new Set(this.#fitting(label))
    return this.#waiting.some(({ wish }) =>
      this.#fitting(wish.label).some((pool) => wanted.has(pool) && this.#isOnline(pool)),
    )
  }

  #reason(label: string): string {
    const pools = this.#fitting(label)
    const [only] = pools
    if (pools.length === 0 && this.#pools.size === 1) return this.#withoutAgents(label)
    if (pools.length === 0) return `There are no nodes with the label ‘${label}’`
    if (!pools.some((pool) => this.#isOnline(pool))) {
      return pools.length === 1
        ? `‘${only!.name}’ is offline`
        : `All nodes of label ‘${label}’ are offline`
    }
    if (only === this.#own) return 'Waiting for next available executor'
    const place = pools.length === 1 ? only!.name : label
    return `Waiting for next available executor on ‘${place}’`
  }

  /** Where this machine is the only one, Jenkins tells why it is not that. */
  #withoutAgents(label: string): string {
    if (!this.#own.busy.includes(undefined)) return 'Waiting for next available executor'
    return `‘Jenkins’ doesn’t have label ‘${label}’`
  }

  /** Of the machines that fit the one with the largest part free; this one where they are equal. */
  #free(label: string): Pool | undefined {
    const part = (pool: Pool) => 1 - busyOf(pool).length / pool.busy.length
    const free = this.#fitting(label).filter(
      (pool) => this.#isOnline(pool) && pool.busy.includes(undefined),
    )
    return free.reduce<Pool | undefined>(
      (best, pool) => (best && part(best) >= part(pool) ? best : pool),
      undefined,
    )
  }

  /** Takes back exactly what a run had before the server was restarted. */
  takeBack({ name, executor, workspace, run }: NodeLease): void {
    const pool = this.#pools.get(name)
    if (pool) pool.busy[executor] = { executor, workspace, run }
  }

  release({ name, executor, workspace }: NodeLease): void {
    const pool = this.#pools.get(name)
    if (pool?.busy[executor]?.workspace !== workspace) return
    // An executor that the agent has no more goes with its last user.
    pool.busy[executor] = undefined
    if (executor >= pool.executors) pool.busy.length = executor
    this.#serve()
  }

  #serve(): void {
    for (const entry of this.#waiting.slice()) {
      const free = this.#free(entry.wish.label)
      if (!free) continue
      this.#waiting.splice(this.#waiting.indexOf(entry), 1)
      entry.resolve(this.#take(free, entry.wish))
    }
  }

  #take(pool: Pool, { workspace: wanted, run }: NodeWish): NodeLease {
    const { name, labels, folder, busy, agent } = pool
    const executor = busy.indexOf(undefined)
    let workspace = join(folder, wanted)
    const taken = new Set(busyOf(pool).map((use) => use.workspace))
    for (let n = 2; taken.has(workspace); n++) workspace = join(folder, `${wanted}@${n}`)
    busy[executor] = { executor, workspace, run }
    return { name, labels, executor, workspace, run, ...(agent && { agent }) }
  }
}

const busyOf = ({ busy }: Pool) => busy.filter((use) => use !== undefined)
