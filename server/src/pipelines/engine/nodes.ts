import { join } from 'node:path'
import { fitsLabel } from './labels.ts'

/** An executor with a workspace, lent to one `node` block. */
export interface NodeLease {
  name: string
  labels: readonly string[]
  executor: number
  workspace: string
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
  busy: (string | undefined)[]
  isOnline: boolean
}

export interface NodeView {
  name: string
  labels: readonly string[]
  executors: number
  isOnline: boolean
  /** Workspaces of executors that are lent. */
  workspaces: string[]
}

interface Waiting {
  wish: NodeWish
  resolve(lease: NodeLease): void
}

/** The executors of all machines, first come, first served. */
export class Nodes {
  readonly #own: Pool
  readonly #pools = new Map<string, Pool>()
  readonly #waiting: Waiting[] = []

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
    const [own, ...agents] = [...this.#pools.values()].map(viewOf)
    return [own!, ...agents.sort((a, b) => (a.name < b.name ? -1 : 1))]
  }

  /** Whether there is such a node, be it offline just now. */
  fits(label: string): boolean {
    return this.fitting(label).length > 0
  }

  /** An agent takes only what asks for a label; what asks for none stays on this machine. */
  fitting(label: string): NodeView[] {
    return this.#fitting(label).map(viewOf)
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
    this.#pools.get(node.name)!.isOnline = true
    this.#serve()
  }

  /** A node is known, and offline until it joins. */
  register(node: NodeDescription): void {
    const before = this.#pools.get(node.name)?.busy ?? []
    const length = Math.max(node.executors, before.findLastIndex((one) => one !== undefined) + 1)
    const busy = Array.from({ length }, (_, executor) => before[executor])
    this.#pools.set(node.name, { ...node, busy, isOnline: false })
  }

  leave(name: string): void {
    const pool = this.#pools.get(name)
    if (pool) pool.isOnline = false
  }

  remove(name: string): void {
    this.#pools.delete(name)
  }

  async lease(wish: NodeWish): Promise<NodeLease> {
    wish.signal.throwIfAborted()
    const free = this.#isAhead(wish) ? undefined : this.#free(wish.label)
    if (free) return this.#take(free, wish.workspace)
    wish.waits(`Still waiting to schedule task\n${this.#reason(wish.label)}`)
    return new Promise((resolve, reject) => {
      const entry = { wish, resolve }
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
      this.#fitting(wish.label).some((pool) => wanted.has(pool) && pool.isOnline),
    )
  }

  #reason(label: string): string {
    const pools = this.#fitting(label)
    const [only] = pools
    if (pools.every(({ isOnline }) => !isOnline)) {
      return pools.length === 1
        ? `‘${only!.name}’ is offline`
        : `All nodes of label ‘${label}’ are offline`
    }
    if (only === this.#own) return 'Waiting for next available executor'
    const place = pools.length === 1 ? only!.name : label
    return `Waiting for next available executor on ‘${place}’`
  }

  /** Of the machines that fit the one with the largest part free; this one where they are equal. */
  #free(label: string): Pool | undefined {
    const part = (pool: Pool) => 1 - busyOf(pool).length / pool.busy.length
    const free = this.#fitting(label).filter(
      (pool) => pool.isOnline && pool.busy.includes(undefined),
    )
    return free.reduce<Pool | undefined>(
      (best, pool) => (best && part(best) >= part(pool) ? best : pool),
      undefined,
    )
  }

  /** Takes back exactly what a run had before the server was restarted. */
  takeBack({ name, executor, workspace }: NodeLease): void {
    const pool = this.#pools.get(name)
    if (pool) pool.busy[executor] = workspace
  }

  release({ name, executor, workspace }: NodeLease): void {
    const pool = this.#pools.get(name)
    if (pool?.busy[executor] !== workspace) return
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
      entry.resolve(this.#take(free, entry.wish.workspace))
    }
  }

  #take(pool: Pool, wanted: string): NodeLease {
    const { name, labels, folder, busy, agent } = pool
    const executor = busy.indexOf(undefined)
    let workspace = join(folder, wanted)
    for (let n = 2; busy.includes(workspace); n++) workspace = join(folder, `${wanted}@${n}`)
    busy[executor] = workspace
    return { name, labels, executor, workspace, ...(agent && { agent }) }
  }
}

const busyOf = ({ busy }: Pool) => busy.filter((workspace) => workspace !== undefined)

function viewOf(pool: Pool): NodeView {
  const { name, labels, busy, isOnline } = pool
  return { name, labels, executors: busy.length, isOnline, workspaces: busyOf(pool) }
}
