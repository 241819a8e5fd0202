import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { IncomingHttp, OutgoingHttp } from '../index.ts'
import { collect } from '../http.ts'
import { LongBody } from '../long-body.ts'
import { answersIn, ourPorts, talk } from './http1-peers.ts'

const port = ourPorts()

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')
const put = (length: number) => `PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** By the thread that sums; each third piece keeps its sender waiting. */
async function summed({ body }: IncomingHttp): Promise<OutgoingHttp> {
  if (!(body instanceof LongBody)) {
    return { status: 200, headers: [], body: `other ${md5(await collect(body))}` }
  }
  const { pieces, digests } = body.summing(['md5'])!
  const hash = createHash('md5')
  let count = 0
  for await (const piece of pieces) {
    if (count++ % 3 === 0) await turn()
    hash.update(piece)
  }
  const read = hash.digest('base64')
  const [sum] = await digests
  return { status: 200, headers: [], body: sum === read ? `long ${sum}` : 'not what was read' }
}

/** Sends them one after another on one connection, each whole before its answer is awaited. */
async function sent(ours: { port: number }, bodies: Buffer[]): Promise<string[]> {
  const pieces = bodies.flatMap((body) => [put(body.length), body])
  const text = await talk(ours.port, pieces, { answers: bodies.length })
  return answersIn(text).map(({ body }) => body)
}

test('long bodies of any length, many at once and one behind another', async () => {
  const ours = await port(summed)
  const lengths = [65_537, 262_144, 1_048_576, 1_048_577, 3_000_001, 17_000_000]
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const bodies = [0, 1].map((more) => randomBytes(lengths[(at + more) % lengths.length]! + at))
      expect(await sent(ours, bodies)).toEqual(bodies.map((body) => `long ${md5(body)}`))
    }),
  )
})

test('who reads without asking for sums has pieces of his own', async () => {
  const ours = await port(async ({ body }) => {
    const kept = await collect(body)
    return { status: 200, headers: [], body: md5(kept) }
  })
  const bodies = [3_000_000, 70_000, 2_000_000].map((length) => randomBytes(length))
  expect(await sent(ours, bodies)).toEqual(bodies.map(md5))
})

test('more of them than there is memory for', async () => {
  const gate = Promise.withResolvers<void>()
  let waiting = 0
  const count = 20
  const ours = await port(async (request) => {
    if (++waiting === count) gate.resolve()
    await gate.promise
    return summed(request)
  })
  const bodies = Array.from({ length: count }, () => randomBytes(1_500_000))
  const answers = await Promise.all(bodies.map((body) => sent(ours, [body])))
  for (const [at, [answer]] of answers.entries()) {
    expect(answer!.replace(/^\w+ /, '')).toBe(md5(bodies[at]!))
  }
})

test('a body that breaks off is told its reader, again and again', async () => {
  const told: unknown[] = []
  const ours = await port(async (request) => {
    try {
      return await summed(request)
    } catch (error) {
      told.push(error)
      return { status: 400, headers: [] }
    }
  })
  for (let times = 1; times <= 40; times++) {
    const socket = connect(ours.port, '127.0.0.1')
    socket.write(put(2_000_000))
    await new Promise((resolve) => socket.write(Buffer.alloc(times * 20_000), resolve))
    socket.destroy()
    await expect.poll(() => told.length, { interval: 2, timeout: 60_000 }).toBe(times)
  }
  expect(told[0]).toMatchObject({ code: 'IncompleteBody', status: 400 })
  const body = randomBytes(2_000_000)
  // The memory of all 40 is there again.
  expect(await sent(ours, [body])).toEqual([`long ${md5(body)}`])
})

test('an answer before the body has come is the last, and arrives', async () => {
  const ours = await port(async () => ({ status: 403, headers: [], body: 'no' }))
  const socket = connect({ port: ours.port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  socket.on('data', (piece) => (text += String(piece)))
  socket.write(put(3_000_000))
  await expect.poll(() => text, { timeout: 60_000 }).toMatch(/^HTTP\/1.1 403 [^]*close\r\n\r\nno$/)
  const closed = once(socket, 'close')
  // The rest, and what follows it, is read and let pass.
  socket.write(Buffer.alloc(3_000_000))
  socket.end(put(10))
  await closed
  expect(answersIn(text)).toHaveLength(1)
})
