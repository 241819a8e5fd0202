import { join } from 'node:path'
import { fitsLabel } from './labels.ts'

/** An executor with a workspace, lent to one `node` block. */
export interface NodeLease {
  name: string
  labels: readonly string[]
  executor: number
  workspace: string
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

interface Waiting {
  wish: NodeWish
  resolve(lease: NodeLease): void
}

/** The executors of this machine, first come, first served. */
export class Nodes {
  readonly #folder: string
  readonly labels: readonly string[]
  readonly #busy: (string | undefined)[]
  readonly #waiting: Waiting[] = []

  constructor(folder: string, executors: number, labels: readonly string[]) {
    this.#folder = folder
    this.labels = labels
    this.#busy = Array.from({ length: executors })
  }

  get size(): number {
    return this.#busy.length
  }

  /** Executors that are lent. */
  get busy(): number {
    return this.#busy.filter((workspace) => workspace !== undefined).length
  }

  fits(label: string): boolean {
    return label.trim() === '' || fitsLabel(label, this.labels)
  }

  async lease(wish: NodeWish): Promise<NodeLease> {
    wish.signal.throwIfAborted()
    const free = this.#busy.indexOf(undefined)
    if (free >= 0 && this.#waiting.length === 0) return this.#take(free, wish.workspace)
    wish.waits('Still waiting to schedule task\nWaiting for next available executor')
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

  /** Takes back exactly what a run had before the server was restarted. */
  takeBack(lease: NodeLease): void {
    this.#busy[lease.executor] = lease.workspace
  }

  release(lease: NodeLease): void {
    if (this.#busy[lease.executor] !== lease.workspace) return
    this.#busy[lease.executor] = undefined
    const next = this.#waiting.shift()
    if (next) next.resolve(this.#take(lease.executor, next.wish.workspace))
  }

  #take(executor: number, wanted: string): NodeLease {
    let workspace = join(this.#folder, wanted)
    for (let n = 2; this.#busy.includes(workspace); n++) {
      workspace = join(this.#folder, `${wanted}@${n}`)
    }
    this.#busy[executor] = workspace
    return { name: NODE_NAME, labels: this.labels, executor, workspace }
  }
}
