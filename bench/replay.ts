// Raw requests over keep-alive connections: an SDK client burns more processor time than any server.
import { connect, type Socket } from 'node:net'
import { type Answer, AnswerReading } from './answer-reading.ts'
import { cpuSeconds } from './proc.ts'
import { spreadOf } from './figure.ts'

export interface ReplayPlan {
  port: number
  connections: number
  /** Whose processor time is counted. */
  pid?: number | undefined
  endless?: boolean
}

export interface Outcome {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers that were not of the 200s. */
  refused: number
  /** µs of the server's processor time per request, of its main thread and of all; NaN when not counted. */
  mainUs: number
  allUs: number
}

export interface Replayed extends Outcome {
  /** What was answered, in the order of the requests; empty unless asked for. */
  bodies: string[]
}

/** Sends the requests one after another on each connection. Throws when a server won't be reached. */
export async function replay(
  plan: ReplayPlan,
  requests: Buffer[],
  keepsBodies = false,
): Promise<Replayed> {
  const tookMs: number[] = []
  const bodies: string[] = []
  let next = 0
  let refused = 0
  const worker = async () => {
    let line = await Line.open(plan.port, keepsBodies)
    for (let index = next++; index < requests.length; index = next++) {
      if (plan.endless && next === requests.length) next = 0
      if (line.isClosed) line = await Line.open(plan.port, keepsBodies)
      const started = performance.now()
      const { status, body } = await line.ask(requests[index]!)
      if (!plan.endless) tookMs.push(performance.now() - started)
      if (status < 200 || status > 299) refused++
      if (keepsBodies) bodies[index] = body
    }
    line.close()
  }
  const before = plan.pid === undefined ? undefined : cpuSeconds(plan.pid)
  const started = performance.now()
  await Promise.all(Array.from({ length: plan.connections }, worker))
  const seconds = (performance.now() - started) / 1000
  const after = plan.pid === undefined ? undefined : cpuSeconds(plan.pid)
  const us = (name: 'all' | 'main') =>
    before && after ? ((after[name] - before[name]) / requests.length) * 1e6 : Number.NaN
  const sorted = tookMs.toSorted((a, b) => a - b)
  return {
    perSecond: requests.length / seconds,
    p50Ms: spreadOf(tookMs).median,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)]!,
    refused,
    mainUs: us('main'),
    allUs: us('all'),
    bodies,
  }
}

const ANSWER_MS = 60_000

/** One connection that speaks just enough HTTP/1.1 to know where an answer ends. */
class Line {
  isClosed = false
  readonly #socket: Socket
  readonly #keepsBody: boolean
  #reading: AnswerReading | undefined
  #answered: ((answer: Answer) => void) | undefined

  constructor(socket: Socket, keepsBody: boolean) {
    this.#socket = socket
    this.#keepsBody = keepsBody
    socket.on('data', (piece: Buffer) => this.#take(piece))
    socket.on('close', () => this.#lost())
    socket.on('error', () => this.#lost())
    // Nothing said for so long is an answer lost, and counts as one that was refused.
    socket.setTimeout(ANSWER_MS, () => socket.destroy())
  }

  static open(port: number, keepsBody: boolean): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.once('connect', () => resolve(new Line(socket, keepsBody)))
      socket.once('error', reject)
    })
  }

  ask(request: Buffer): Promise<Answer> {
    this.#reading = new AnswerReading(this.#keepsBody)
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(piece: Buffer): void {
    const reading = this.#reading
    if (!reading?.take(piece)) return
    if (reading.isLast) this.isClosed = true
    this.#answer(reading.answer)
  }

  #lost(): void {
    this.isClosed = true
    this.#answer({ status: 0, body: '' })
  }

  #answer(answer: Answer): void {
    const answered = this.#answered
    this.#answered = undefined
    answered?.(answer)
  }
}
