// The thread of sums; orders come in the order in which bytes were sent.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type Checksum, makeChecksum } from './checksum.ts'
import { LaneSums, type Md5 } from './lane-sums.ts'
import type { SharedMemory } from './wasm.ts'

export type AsideOrder =
  /** So many bytes at this place, left alone until the answer; a multiple of 64 but for the last. */
  | {
      kind: 'sum'
      body: number
      names: string[]
      /** Of the whole body; 0 where nobody knows. */
      sizeBytes: number
      at: number
      length: number
      isLast: boolean
    }
  | { kind: 'drop'; body: number }

/** The next order of this body is done; with the last come its digests. */
export interface AsideAnswer {
  body: number
  digests?: string[]
}

interface Work {
  at: number
  length: number
  isLast: boolean
}

interface Body {
  number: number
  work: Work[]
  /** Undefined while they are being loaded. */
  sums?: Checksum[]
  md5?: Md5 | undefined
}

/** By one sum after the other, while it lies in the processor's own memory. */
const stepBytes = 64 * 1024
const laneCount = 4
const blockBytes = 64
/** So long a body would be alone for most of its time: OpenSSL's MD5 is faster for one than ours. */
const aloneBytes = 16 * 1024 * 1024

const port = parentPort!
const lanes = new LaneSums(workerData as SharedMemory)
const bodies = new Map<number, Body>()
let loading = 0

port.on('message', (order: AsideOrder) => {
  take(order)
  run()
})

function take(order: AsideOrder): void {
  if (order.kind === 'drop') return drop(order.body)
  const { body: number, at, length, isLast } = order
  let body = bodies.get(number)
  if (!body) {
    bodies.set(number, (body = { number, work: [] }))
    open(body, order)
  }
  body.work.push({ at, length, isLast })
}

/** What was lent for it is given back. */
function drop(number: number): void {
  for (const _work of bodies.get(number)?.work ?? []) port.postMessage({ body: number })
  bodies.delete(number)
}

function open(body: Body, { names, sizeBytes }: AsideOrder & { kind: 'sum' }): void {
  const isAlone = sizeBytes >= aloneBytes
  const made = names.map(
    (name) => (isAlone && name === 'md5' ? undefined : lanes.create(name)) ?? makeChecksum(name)!,
  )
  const take = (sums: Checksum[]) => {
    body.sums = sums
    body.md5 = sums.find((sum) => lanes.isMd5(sum)) as Md5 | undefined
  }
  if (!made.some((sum) => sum instanceof Promise)) return take(made as Checksum[])
  loading++
  void Promise.all(made).then((sums) => {
    loading--
    take(sums)
    run()
  })
}

/** Works until nothing is left: what arrives meanwhile is summed beside what is there. */
function run(): void {
  for (;;) {
    for (let next; (next = receiveMessageOnPort(port));) take(next.message as AsideOrder)
    const ready: Body[] = []
    for (const body of bodies.values()) {
      if (body.sums && body.work.length > 0 && ready.push(body) === laneCount) break
    }
    if (ready.length === 0) return
    step(ready)
    // A sum that has to be loaded comes by another turn.
    if (loading > 0) return void setImmediate(run)
  }
}

function step(ready: Body[]): void {
  const whole = ready.filter(({ work }) => work[0]!.length >= blockBytes)
  // What is left over behind the last block, and ends.
  for (const body of ready) if (!whole.includes(body)) sum(body, body.work[0]!.length)
  if (whole.length === 0) return
  const least = Math.min(stepBytes, ...whole.map(({ work }) => work[0]!.length))
  const length = least - (least % blockBytes)
  const beside = whole.flatMap(({ md5, work }) => (md5 ? { md5, at: work[0]!.at } : []))
  lanes.md5(beside, length / blockBytes)
  for (const body of whole) sum(body, length)
}

/** By all but MD5's lanes, which were there before, and on to what follows. */
function sum(body: Body, length: number): void {
  const work = body.work[0]!
  const bytes = lanes.view(work.at, length)
  for (const each of body.sums!) if (each !== body.md5 || length < blockBytes) each.update(bytes)
  work.at += length
  work.length -= length
  if (work.length > 0) return
  body.work.shift()
  const answer: AsideAnswer = { body: body.number }
  if (work.isLast) {
    answer.digests = body.sums!.map((each) => each.digest())
    bodies.delete(body.number)
  }
  port.postMessage(answer)
}
