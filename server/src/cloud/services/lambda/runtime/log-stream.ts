import type { OutputLine } from '../../../engines/index.ts'

export interface LogSink {
  put(stream: string, events: { timestamp: number; message: string }[]): Promise<void>
  failed(error: unknown): void
}

const FLUSH_MS = 200
const SETTLE_MS = 50
const FLUSH_EVENTS = 1000
const FLUSH_BYTES = 512 * 1024
const TAIL_BYTES = 4096
/** CloudWatch Logs refuses a batch above 1 MiB; an event is cut well before. */
const LONGEST_TEXT = 256 * 1024

/** The log stream of one environment: gathers lines and puts them in few batches, in order. */
export class LogStream {
  readonly name: string
  readonly #sink: LogSink
  #events: { timestamp: number; message: string }[] = []
  #sizeBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushed: Promise<void> = Promise.resolve()
  #flushedMs = -SETTLE_MS
  #isSettling = false
  #tail: string[] = []
  #tailLength = 0

  constructor(name: string, sink: LogSink) {
    this.name = name
    this.#sink = sink
  }

  add({ text, atMs, isFramed }: OutputLine): void {
    if (text === '' || text === '\n') return
    const cut = text.slice(0, LONGEST_TEXT)
    const message = isFramed || cut.endsWith('\n') ? cut : `${cut}\n`
    const lineBytes = Buffer.byteLength(message) + 26
    if (this.#sizeBytes + lineBytes > FLUSH_BYTES) void this.flush()
    this.#keepTail(message)
    // Within one stream time doesn't go back: PutLogEvents refuses that.
    const timestamp = Math.max(atMs, this.#events.at(-1)?.timestamp ?? 0)
    this.#events.push({ timestamp, message })
    this.#sizeBytes += lineBytes
    if (this.#events.length >= FLUSH_EVENTS) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  /** Puts what was gathered; resolves when it is stored. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isSettling = false
    this.#flushedMs = performance.now()
    const events = this.#events
    this.#events = []
    this.#sizeBytes = 0
    if (events.length > 0) {
      this.#flushed = this.#flushed
        .then(() => this.#sink.put(this.name, events))
        .catch((error: unknown) => this.#sink.failed(error))
    }
    return this.#flushed
  }

  /**
   * An invocation has ended: its lines are on their way to the store before its answer goes out, so that
   * whoever asks for them next finds them. Under many calls a second those of 50 ms go together.
   */
  settle(): void {
    if (performance.now() - this.#flushedMs > SETTLE_MS) void this.flush()
    else if (this.#events.length > 0 && !this.#isSettling) {
      this.#isSettling = true
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.flush(), SETTLE_MS)
    }
  }

  /** A new invocation begins: what `tail` tells starts here. */
  mark(): void {
    this.#tail = []
    this.#tailLength = 0
  }

  #keepTail(message: string): void {
    this.#tail.push(message)
    this.#tailLength += message.length
    while (this.#tailLength - this.#tail[0]!.length > TAIL_BYTES) {
      this.#tailLength -= this.#tail.shift()!.length
    }
  }

  /** The last 4 KB since the mark. */
  tail(): string {
    const text = Buffer.from(this.#tail.join(''))
    return text.subarray(Math.max(0, text.length - TAIL_BYTES)).toString('utf8')
  }
}
