import { appendFileSync } from 'node:fs'
import type { GroovyClosure } from '../groovy/index.ts'
import type { Environment } from './environment.ts'
import type { Interrupts } from './interrupts.ts'
import type { NodeLease } from './nodes.ts'
import type { AwsScope } from './aws-scope.ts'
import type { LogTag } from '../log/index.ts'
import type { Session } from './session.ts'
import type { Head } from './turns.ts'

/** What a block hands down to the steps in it. */
export interface ScopeFacts {
  environment: Environment
  node: NodeLease | undefined
  /** Folder that the steps work in: the workspace, or where `dir` went. */
  folder: string | undefined
  /** Id of the container that programs run in. */
  container: string | undefined
  interrupts: Interrupts
  /** The branch it is in. */
  head: Head
  /** Path of the stage it is in. */
  stage: string | undefined
  hasTimestamps: boolean
  /** Files that what the steps print is written to as well. */
  copies: readonly string[]
  aws: AwsScope | undefined
  /** Of a `pipeline { }` that stands in a closure: its texts are evaluated where that stands. */
  owner: GroovyClosure | undefined
}

/**
 * Where a call stands: what surrounds it, and its identity. Calls of one scope come one after
 * another, so their numbers are the same whenever the program runs again.
 */
export class Scope implements ScopeFacts {
  readonly session: Session
  readonly path: string
  readonly environment: Environment
  readonly node: NodeLease | undefined
  readonly folder: string | undefined
  readonly container: string | undefined
  readonly interrupts: Interrupts
  readonly head: Head
  readonly stage: string | undefined
  readonly hasTimestamps: boolean
  readonly copies: readonly string[]
  readonly aws: AwsScope | undefined
  readonly owner: GroovyClosure | undefined
  #calls = 0
  #lines = 0

  constructor(session: Session, path: string, facts: ScopeFacts) {
    this.session = session
    this.path = path
    this.environment = facts.environment
    this.node = facts.node
    this.folder = facts.folder
    this.container = facts.container
    this.interrupts = facts.interrupts
    this.head = facts.head
    this.stage = facts.stage
    this.hasTimestamps = facts.hasTimestamps
    this.copies = facts.copies
    this.aws = facts.aws
    this.owner = facts.owner
  }

  /** Path of the next call here. */
  nextPath(name: string): string {
    this.#calls++
    return `${this.path}/${name}.${this.#calls}`
  }

  inside(path: string, changes: Partial<ScopeFacts> = {}): Scope {
    return new Scope(this.session, path, { ...this.facts(), ...changes })
  }

  private facts(): ScopeFacts {
    const { environment, node, folder, container, interrupts, head } = this
    const { stage, hasTimestamps, copies, aws, owner } = this
    const place = { environment, node, folder, container, interrupts, head }
    return { ...place, stage, hasTimestamps, copies, aws, owner }
  }

  /** Lines of output, masked. */
  say(text: string): void {
    this.#lines++
    // The call that opened this block tells its own lines under the same path.
    this.sayOnce(`${this.path}!in${this.#lines}`, text)
  }

  /** The same under a key of the caller's: written once, however often the program runs again. */
  sayOnce(key: string, text: string): void {
    if (this.session.isLetGo) return
    const masked = this.session.masks.apply(text)
    this.print(masked + '\n', { key })
  }

  /** Masked lines of a step or its program, with the time where it is asked for. */
  print(lines: string | Buffer, tag: Omit<LogTag, 'stage'>): void {
    const { log } = this.session
    if (tag.key !== undefined && log.has(tag.key)) return
    log.append(this.stamped(lines), { stage: this.stage, ...tag })
    for (const file of this.copies) appendFileSync(file, lines)
  }

  /** Jenkins' own `[Pipeline] …` lines carry no time. */
  mark(key: string, text: string): void {
    if (this.session.isLetGo) return
    this.session.log.append(`[Pipeline] ${text}\n`, { stage: this.stage, key })
  }

  /** With the time in front where `timestamps` asks for it. Branches of `parallel` leave no mark in the text. */
  private stamped(lines: string | Buffer): string | Buffer {
    if (!this.hasTimestamps) return lines
    const time = `[${new Date(this.session.nowMs()).toISOString()}] `
    return String(lines).replace(/^(?=[^])/gm, time)
  }
}
