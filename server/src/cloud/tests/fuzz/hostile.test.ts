import { connect } from 'node:net'
import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '../../gateway/tests/random-values.ts'
import { hostileRequests } from './hostile.ts'
import { keptBytes } from './memory.ts'
import { mutated } from './mutations.ts'
import { faultOf, send, type WireRequest } from './wire.ts'
import { type FuzzYard, openYard } from './yard.ts'

// What is meant to break a reader, before the whole cloud: refused in the client's form, in time,
// and nothing of it stays in memory.

let yard: FuzzYard
const agent = new Agent({ keepAlive: true, maxSockets: 4 })

beforeAll(async () => {
  yard = await openYard()
})

afterAll(async () => {
  agent.destroy()
  await yard?.stop()
})

async function outcomeOf(request: WireRequest): Promise<{ label: string; what: string }> {
  const { label, form } = request
  const answer = await send(yard.under.url, request, { agent }).catch((error: Error) => error)
  if (answer instanceof Error) return { label, what: answer.message }
  return { label, what: (answer && faultOf(answer, form)) ?? String(answer?.status ?? 'cut') }
}

test('every one is refused, none by a fault of ours', async () => {
  const outcomes = []
  for (const request of hostileRequests()) outcomes.push(await outcomeOf(request))
  if (process.env['MADANG_FUZZ_ROUNDS']) {
    process.stdout.write(outcomes.map(({ label, what }) => `${what}  ${label}\n`).join(''))
  }
  expect(outcomes.filter(({ what }) => !/^(2|4)\d\d$/.test(what))).toEqual([])
  expect(yard.errors).toEqual([])
})

test('nothing of them stays in memory', { timeout: 600_000 }, async () => {
  const rounds = Number(process.env['MADANG_FUZZ_ROUNDS'] ?? 1)
  const random = randomFrom(20_261_122)
  const all = async () => {
    for (const request of hostileRequests()) await outcomeOf(request)
    for (let times = 0; times < 1500; times++) {
      const request = yard.recorded[Math.floor(random() * yard.recorded.length)]!
      await outcomeOf(mutated(request, random).sent)
    }
  }
  await all()
  const before = await keptBytes()
  for (let round = 0; round < rounds; round++) await all()
  const grownBytes = (await keptBytes()) - before
  process.stdout.write(`memory grown by ${Math.round(grownBytes / 1024)} KiB in ${rounds} rounds\n`)
  expect(grownBytes).toBeLessThan((6 + 4 * rounds) * 1024 * 1024)
})

/** Sends bytes, closes its half, and gives all that comes back. */
async function speak(bytes: string | Buffer): Promise<string> {
  const socket = connect(Number(new URL(yard.under.url).port), '127.0.0.1')
  let said = ''
  socket.on('data', (piece) => {
    said += piece.toString('latin1')
  })
  // A refusal may reset; 'close' follows.
  socket.on('error', () => undefined)
  socket.end(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return said
}

const head = (lines: string) => `PUT /my-bucket/raw HTTP/1.1\r\nHost: a\r\n${lines}\r\n`

test.each<[string, string | Buffer]>([
  ['two lengths', head('Content-Length: 3\r\nContent-Length: 4\r\n') + 'abcd'],
  [
    'a length and chunks',
    head('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\n',
  ],
  ['a negative length', head('Content-Length: -1\r\n')],
  ['a length in words', head('Content-Length: three\r\n') + 'abc'],
  ['a length beyond numbers', head(`Content-Length: ${'9'.repeat(40)}\r\n`) + 'abc'],
  ['a body that stops', head('Content-Length: 300\r\n') + 'abc'],
  ['a chunk that stops', head('Transfer-Encoding: chunked\r\n') + 'ff\r\nabc'],
  [
    'a chunk of a size that is none',
    head('Transfer-Encoding: chunked\r\n') + 'xyz\r\nabc\r\n0\r\n\r\n',
  ],
  ['10,000 headers', head('X-A: b\r\n'.repeat(10_000))],
  ['a header of 200 KB', head(`X-A: ${'b'.repeat(200_000)}\r\n`)],
  ['a header without a name', head(': b\r\n')],
  ['a folded header', head('X-A: b\r\n c\r\n')],
  ['a null byte', head('X-A: \0\r\n')],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['an address of 100 KB', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  [
    'HTTP/2 that goes wrong',
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(500, 0xff)]),
  ],
  ['noise', Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256))],
])('on the wire: %s', { timeout: 60_000 }, async (_name, bytes) => {
  expect(await speak(bytes)).not.toMatch(/HTTP\/1\.1 5(?!01)\d\d/)
  // The next client is served as if nothing had been.
  const answer = await fetch(yard.under.url, { method: 'GET' })
  expect(answer.status).toBeLessThan(500)
  expect(yard.errors).toEqual([])
})
