import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type LogRecord, readRecords } from './log-index.ts'

/** What a piece of the log belongs to. */
export interface LogTag {
  /** Path of the stage or branch. */
  stage?: string
  /** Written once: a piece whose key is in the log already is not written again (replay). */
  key?: string
  /** Of a program's output: the step's path and how much of its output is in the log with this piece. */
  source?: { step: string; taken: number }
}

/** Kept free below the limit for what the engine itself has to say at the end. */
const RESERVED_BYTES = 256 * 1024

/**
 * The log of a run: `log` is the text as Jenkins' console has it, `log.index` says piece by piece
 * which stage it belongs to. A piece counts when its index line is whole; after a crash the text is
 * cut back to that, and writing goes on without a gap or a repetition.
 *
 * Written synchronously into the page cache (about 10 µs a piece): the order is the program's, and
 * `kill -9` of the server loses nothing.
 */
export class RunLog {
  readonly #text: number
  readonly #index: number
  readonly #keys = new Set<string>()
  readonly #taken = new Map<string, number>()
  readonly #limitBytes: number
  readonly #grew: (sizeBytes: number) => void
  sizeBytes = 0
  /** Why lines before the next one could not be written. */
  #lost: string | undefined
  /** The limit was reached: what programs print is dropped from here on. */
  isCut = false

  constructor(folder: string, limitBytes: number, grew: (sizeBytes: number) => void) {
    mkdirSync(folder, { recursive: true })
    this.#limitBytes = limitBytes
    this.#grew = grew
    this.#recover(folder)
    this.#text = openSync(join(folder, 'log'), 'a')
    this.#index = openSync(join(folder, 'log.index'), 'a')
    ftruncateSync(this.#text, this.sizeBytes)
  }

  #recover(folder: string): void {
    const file = join(folder, 'log.index')
    if (!existsSync(file)) return
    const whole = readFileSync(file).lastIndexOf(10) + 1
    truncateSync(file, whole)
    for (const record of readRecords(folder)) this.#remember(record)
  }

  #remember(record: LogRecord): void {
    this.sizeBytes += record.l
    if (record.k !== undefined) this.#keys.add(record.k)
    if (record.f !== undefined) this.#taken.set(record.f, record.t ?? 0)
    if (record.x) this.isCut = true
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** How many bytes of a step's output are in the log. */
  taken(step: string): number {
    return this.#taken.get(step) ?? 0
  }

  append(text: string | Buffer, tag: LogTag): void {
    if (tag.key !== undefined && this.#keys.has(tag.key)) return
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    const isOutput = tag.source !== undefined
    if (isOutput && this.isCut) return
    if (isOutput && this.sizeBytes + bytes.length > this.#limitBytes) return this.#cut(tag)
    if (this.sizeBytes + bytes.length > this.#limitBytes + RESERVED_BYTES) return
    this.#write(bytes, { s: tag.stage, k: tag.key, f: tag.source?.step, t: tag.source?.taken })
  }

  #cut(tag: LogTag): void {
    const most = `${Math.round(this.#limitBytes / 1024 ** 2)} MiB`
    const notice = `[madang] The output is cut here: the log of one run holds at most ${most}. The run goes on.\n`
    this.#write(Buffer.from(notice), { s: tag.stage, x: 1 })
  }

  #write(bytes: Buffer, rest: Omit<LogRecord, 'l'>): void {
    const missing = Buffer.from(this.#lost === undefined ? '' : holeNotice(this.#lost))
    const record: LogRecord = { l: missing.length + bytes.length, ...rest }
    const indexBytes = fstatSync(this.#index).size
    try {
      writeAll(this.#text, missing)
      writeAll(this.#text, bytes)
      writeAll(this.#index, Buffer.from(JSON.stringify(record) + '\n'))
    } catch (error) {
      // The disk is full: the run goes on without these lines, and the next that fit say so.
      this.#lost = (error as Error).message
      ftruncateSync(this.#text, this.sizeBytes)
      ftruncateSync(this.#index, indexBytes)
      return
    }
    this.#lost = undefined
    this.#remember(record)
    this.#grew(this.sizeBytes)
  }

  close(): void {
    closeSync(this.#text)
    closeSync(this.#index)
  }
}

const holeNotice = (why: string) =>
  `[madang] Lines of the log are missing here: they could not be written (${why}).\n`

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}
