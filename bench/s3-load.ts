// Replays raw signed S3 requests over keep-alive connections and prints what came of it as JSON:
// `node s3-load.ts '<Plan as JSON>'`. A process of its own, so that signing and waiting cost the server
// nothing; everything is signed before the first byte is sent.
import { connect, type Socket } from 'node:net'
import { sign } from '../server/src/cloud/gateway/index.ts'
import { spreadOf } from './figure.ts'

export interface Plan {
  port: number
  method: 'GET' | 'PUT'
  bucket: string
  count: number
  connections: number
  sizeBytes: number
  /** Objects `k0` … `k<keys - 1>` in turn. */
  keys: number
  /** Makes the bytes of one run differ from those of the next. */
  seed: number
  accessKeyId: string
  secretAccessKey: string
}

export interface Outcome {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers that were not 200. */
  refused: number
}

function requestsOf(plan: Plan): Buffer[] {
  const host = `127.0.0.1:${plan.port}`
  const credentials = { accessKeyId: plan.accessKeyId, secretAccessKey: plan.secretAccessKey }
  return Array.from({ length: plan.count }, (_, index) => {
    const url = `/${plan.bucket}/k${index % plan.keys}`
    const body = plan.method === 'PUT' ? bytesOf(plan, index) : Buffer.alloc(0)
    const headers: Record<string, string> = { host, 'content-length': String(body.length) }
    const { method } = plan
    const place = { region: 'us-east-1', service: 's3', now: Date.now() }
    const signed = sign({ method, url, headers, body, credentials, ...place })
    const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}`)
    const head = `${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  })
}

/** Bytes that no other request sends: a store may skip a write that changes nothing. */
function bytesOf({ sizeBytes, seed }: Plan, index: number): Buffer {
  const body = Buffer.alloc(sizeBytes)
  let state = (seed * 1_000_003 + index * 7919 + 1) >>> 0
  for (let at = 0; at < sizeBytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    body.writeUInt32LE(state, at)
  }
  return body
}

/** Sends the requests one after another on each connection; gives what each took, in ms. */
async function replay({ port, connections }: Plan, requests: Buffer[]) {
  const tookMs: number[] = []
  let next = 0
  let refused = 0
  const worker = async () => {
    let line = await Line.open(port)
    for (let index = next++; index < requests.length; index = next++) {
      if (line.isClosed) line = await Line.open(port)
      const started = performance.now()
      const status = await line.ask(requests[index]!)
      tookMs.push(performance.now() - started)
      if (status !== 200) refused++
    }
    line.close()
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, worker))
  return { seconds: (performance.now() - started) / 1000, tookMs, refused }
}

/** One connection that speaks just enough HTTP/1.1 to know where an answer ends. */
class Line {
  isClosed = false
  readonly #socket: Socket
  #head = ''
  #leftBytes = -1
  #answered: ((status: number) => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (piece: Buffer) => this.#take(piece))
    socket.on('close', () => this.#lost())
    socket.on('error', () => this.#lost())
  }

  static open(port: number): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.once('connect', () => resolve(new Line(socket)))
      socket.once('error', reject)
    })
  }

  ask(request: Buffer): Promise<number> {
    this.#head = ''
    this.#leftBytes = -1
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(piece: Buffer): void {
    if (this.#leftBytes < 0) {
      this.#head += piece.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1] ?? '0'
      this.#leftBytes = Number(length) - (this.#head.length - end - 4)
      if (/\r\nconnection: *close/i.test(this.#head)) this.isClosed = true
    } else {
      this.#leftBytes -= piece.length
    }
    if (this.#leftBytes <= 0) this.#answer(Number(this.#head.slice(9, 12)))
  }

  #lost(): void {
    this.isClosed = true
    this.#answer(0)
  }

  #answer(status: number): void {
    const answered = this.#answered
    this.#answered = undefined
    answered?.(status)
  }
}

const plan = JSON.parse(process.argv[2]!) as Plan
const { seconds, tookMs, refused } = await replay(plan, requestsOf(plan))
const sorted = tookMs.toSorted((a, b) => a - b)
const outcome: Outcome = {
  perSecond: plan.count / seconds,
  p50Ms: spreadOf(tookMs).median,
  p99Ms: sorted[Math.floor(sorted.length * 0.99)]!,
  refused,
}
process.stdout.write(`${JSON.stringify(outcome)}\n`)
