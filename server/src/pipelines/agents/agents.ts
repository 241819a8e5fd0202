import type { Agent } from '@madang/api'
import { type Kernel, parseColumn, type Transaction } from '../../kernel/index.ts'
import type { AgentPlace, NodeLease, Nodes, Pause } from '../engine/nodes.ts'
import { type Link, LinkLost, type Reply } from './link.ts'
import { localMachine, type Machine } from './machine.ts'
import { type AskName, type Asks, CLOSED, type Hello } from './protocol.ts'
import { type AskAgent, type AskOptions, remoteMachine } from './remote-machine.ts'
import * as store from './store-agents.ts'

/** A connection that is back this soon is no word in a log. */
const SAY_AFTER_MS = 3000

interface Known {
  hello: Hello
  tokenId: string
  link: Link | undefined
  sinceMs: number
  /** Why there is no connection. */
  reason: string
}

export interface AgentsParts {
  kernel: Kernel
  nodes: Nodes
  /** How long runs wait for an agent that is away. */
  limitMs: number
  /** Whether a run is under way: what else an agent has of runs is over. */
  isActive(run: string): Promise<boolean>
  /** What a step throws whose agent is gone for good, or for too long. */
  gone(message: string): Error
}

/** The machines that joined, connected or not, and the way to ask them. */
export class Agents {
  readonly #parts: AgentsParts
  readonly #known = new Map<string, Known>()
  readonly #waiting = new Set<() => void>()

  constructor(parts: AgentsParts) {
    this.#parts = parts
  }

  get #db() {
    return this.#parts.kernel.database.tables<store.AgentTables>()
  }

  /** Those of before are known, and offline until they come back. */
  async load(): Promise<void> {
    const sinceMs = this.#parts.kernel.clock.now()
    for (const row of await store.agentsIn(this.#db)) {
      const hello = parseColumn<Hello>(row.hello)
      const reason = 'the server was restarted'
      this.#known.set(row.name, { hello, tokenId: row.token_id, link: undefined, sinceMs, reason })
      this.#parts.nodes.register(describe(hello))
    }
    for (const { node, paused_by: by, reason, paused_at: atMs } of await store.pausesIn(this.#db)) {
      this.#parts.nodes.pause(node, { by, reason, atMs })
    }
  }

  list(): Agent[] {
    return this.#parts.nodes.all().map((node) => {
      const known = this.#known.get(node.name)
      const since = known && new Date(known.sinceMs).toISOString()
      return {
        name: node.name,
        labels: [...node.labels],
        executors: node.executors,
        busy: node.uses.length,
        state: node.isOnline ? 'online' : 'offline',
        isBuiltIn: known === undefined,
        ...(since && { since }),
        ...(node.pause && { pause: pauseOf(node.pause) }),
        ...(known && !node.isConnected && { reason: known.reason }),
        workspaces: node.uses.map(({ workspace }) => workspace),
      }
    })
  }

  isKnown(name: string): boolean {
    return this.#known.has(name)
  }

  isOnline(name: string): boolean {
    return this.#known.get(name)?.link !== undefined
  }

  /** Why an agent of that name may not join; undefined when it may. */
  objection(hello: Hello, tokenId: string): string | undefined {
    const known = this.#known.get(hello.name)
    const isTaken =
      this.#parts.nodes.all()[0]!.name === hello.name ||
      (known !== undefined && known.tokenId !== tokenId) ||
      (known?.link !== undefined && known.hello.disk !== hello.disk)
    return isTaken ? `another agent is called ${hello.name}; choose a --name` : undefined
  }

  async join(hello: Hello, tokenId: string, link: Link): Promise<void> {
    const { kernel, nodes } = this.#parts
    const before = this.#known.get(hello.name)
    // The same agent by a new connection: the old one is dead, only nobody has noticed yet.
    before?.link?.close(CLOSED.replaced, 'the agent has connected anew')
    const sinceMs = kernel.clock.now()
    this.#known.set(hello.name, { hello, tokenId, link, sinceMs, reason: '' })
    await kernel.database.write((tx) =>
      store.agentKeep(tx.tables<store.AgentTables>(), hello, tokenId, sinceMs),
    )
    // It may be gone again by now: nobody would say so a second time.
    if (this.#known.get(hello.name)?.link !== link) return
    nodes.join(describe(hello))
    this.#tell()
    kernel.log.info('agents.joined', { agent: hello.name, labels: hello.labels.join(' ') })
    for (const run of hello.runs) {
      if (!(await this.#parts.isActive(run))) await this.#forgetAt(link, run)
    }
  }

  /** What is not done now is done when the agent joins the next time. */
  async #forgetAt(link: Link, run: string): Promise<void> {
    await link.ask('forget', { run }).catch((error: unknown) => {
      this.#parts.kernel.log.warn('agents.forget', { run, error })
    })
  }

  async leave(name: string, link: Link, reason: string): Promise<void> {
    const known = this.#known.get(name)
    if (known?.link !== link) return
    const { kernel, nodes } = this.#parts
    const sinceMs = kernel.clock.now()
    this.#known.set(name, { ...known, link: undefined, sinceMs, reason })
    nodes.leave(name)
    this.#tell()
    kernel.log.info('agents.left', { agent: name, reason })
    await kernel.database.write((tx) =>
      store.agentLeft(tx.tables<store.AgentTables>(), name, sinceMs),
    )
  }

  /** Forgets an agent; whoever waits for it is told. Call in no transaction. */
  remove(name: string): void {
    const known = this.#known.get(name)
    this.#known.delete(name)
    this.#parts.nodes.remove(name)
    known?.link?.close(CLOSED.revoked, 'the agent token was revoked')
    this.#tell()
  }

  /** Why there is no connection to an agent; undefined when there is one. */
  lostBecause(name: string): string | undefined {
    const known = this.#known.get(name)
    return known && !known.link ? known.reason : undefined
  }

  has(name: string): boolean {
    return this.#parts.nodes.all().some((node) => node.name === name)
  }

  /** Takes a node out of service for a while, or puts it back: what runs there goes on. */
  async pause(tx: Transaction, name: string, given?: { by: string; reason: string }) {
    const db = tx.tables<store.AgentTables>()
    const pause = given && { ...given, atMs: this.#parts.kernel.clock.now() }
    if (pause) {
      const { by, reason, atMs } = pause
      await store.pauseKeep(db, { node: name, paused_by: by, reason, paused_at: atMs })
    } else await store.pauseDelete(db, name)
    tx.afterCommit(() => this.#parts.nodes.pause(name, pause))
  }

  /** Hangs up; the agent connects anew, and what runs there goes on. */
  disconnect(name: string): void {
    this.#known.get(name)?.link?.close(1012, 'an administrator disconnected the agent')
  }

  ofToken(tokenId: string): string[] {
    const all = [...this.#known].filter(([, known]) => known.tokenId === tokenId)
    return all.map(([name]) => name)
  }

  /** The machine that a lease is of. */
  machineOf({ name, agent }: Pick<NodeLease, 'name' | 'agent'>, given: AskOptions = {}): Machine {
    if (!agent) return localMachine
    const ask: AskAgent = (what, question, body, options = given) =>
      this.#ask({ name, agent }, { name: what, ask: question, body }, options)
    return remoteMachine(ask)
  }

  /** A run is over: what it left on the agents that are there goes; the others are told when they join. */
  async forget(run: string): Promise<void> {
    const links = [...this.#known.values()].flatMap(({ link }) => (link ? [link] : []))
    await Promise.all(links.map((link) => this.#forgetAt(link, run)))
  }

  async #ask<N extends AskName>(
    place: { name: string; agent: AgentPlace },
    { name, ask, body }: { name: N; ask: Asks[N]['ask']; body: Uint8Array | undefined },
    options: AskOptions = {},
  ): Promise<Reply<N>> {
    for (;;) {
      const link = await this.#connected(place, options)
      try {
        return await orAborted(link.ask(name, ask, body), options.signal)
      } catch (error) {
        // Whether it was done is not known; each ask may be asked again.
        if (!(error instanceof LinkLost)) throw error
      }
    }
  }

  async #connected(
    { name, agent }: { name: string; agent: AgentPlace },
    { signal, offline }: AskOptions,
  ): Promise<Link> {
    const { clock } = this.#parts.kernel
    const cancels: (() => void)[] = []
    try {
      for (;;) {
        signal?.throwIfAborted()
        const known = this.#known.get(name)
        if (!known) throw this.#parts.gone(`Agent ${name} was removed`)
        // While it closes nothing goes over it, and asking again at once would leave no time to notice.
        if (known.link && !known.link.isOpen) {
          await this.#nextChange(signal)
          continue
        }
        if (known.link && known.hello.disk === agent.disk) return known.link
        if (known.link) {
          throw this.#parts.gone(
            `Agent ${name} came back with another work folder: what it ran before is lost`,
          )
        }
        const untilMs = known.sinceMs + this.#parts.limitMs
        if (clock.now() >= untilMs) throw this.#parts.gone(this.#tooLong(name, known))
        const changed = this.#nextChange(signal)
        if (cancels.length === 0) {
          cancels.push(clock.at(untilMs, () => this.#tell()))
          const said = setTimeout(() => offline?.(known.reason), SAY_AFTER_MS)
          cancels.push(() => clearTimeout(said))
        }
        await changed
      }
    } finally {
      for (const cancel of cancels) cancel()
    }
  }

  #tooLong(name: string, { reason }: Known): string {
    const minutes = Math.round(this.#parts.limitMs / 6000) / 10
    return (
      `Agent ${name} has been away for ${minutes} minutes (${reason}) and is given up. ` +
      'What it was running is not known to have ended.'
    )
  }

  #nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(tell)
        reject(signal!.reason as Error)
      }
      const tell = () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      this.#waiting.add(tell)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  #tell(): void {
    const all = [...this.#waiting]
    this.#waiting.clear()
    for (const tell of all) tell()
  }
}

const pauseOf = ({ by, reason, atMs }: Pause) => ({
  by,
  reason,
  since: new Date(atMs).toISOString(),
})

function describe({ name, labels, executors, folder, disk, url, environment }: Hello) {
  const agent = { disk, url, environment }
  return { name, labels, executors, folder: `${folder}/workspaces`, agent }
}

/** The answer is of no use to anybody once the signal says so. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
