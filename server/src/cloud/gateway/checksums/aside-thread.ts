// The thread of `checksumsAside`; orders come in the order in which bytes were sent.
import { parentPort } from 'node:worker_threads'
import { type Checksum, createChecksum } from './checksum.ts'

export type AsideOrder =
  | { kind: 'slot'; slot: number; memory: SharedArrayBuffer }
  /** The slot's first bytes, left alone until the answer. */
  | {
      kind: 'sum'
      body: number
      names: string[]
      slot: number
      length: number
      isLast: boolean
    }
  | { kind: 'drop'; body: number }

/** The slot is free; with the last bytes of a body come its digests. */
export interface AsideAnswer {
  slot: number
  body: number
  digests?: string[]
}

const port = parentPort!
const slots: SharedArrayBuffer[] = []
const bodies = new Map<number, Promise<Checksum[]>>()

port.on('message', async (order: AsideOrder) => {
  if (order.kind === 'slot') {
    slots[order.slot] = order.memory
    return
  }
  const { body } = order
  if (order.kind === 'drop') {
    bodies.delete(body)
    return
  }
  const { names, slot, length, isLast } = order
  const opened = bodies.get(body) ?? open(names)
  if (isLast) bodies.delete(body)
  else bodies.set(body, opened)
  const sums = await opened
  const bytes = new Uint8Array(slots[slot]!, 0, length)
  for (const sum of sums) sum.update(bytes)
  const answer: AsideAnswer = { slot, body }
  if (isLast) answer.digests = sums.map((sum) => sum.digest())
  port.postMessage(answer)
})

const open = (names: string[]): Promise<Checksum[]> =>
  Promise.all(names.map(async (name) => (await createChecksum(name))!))
