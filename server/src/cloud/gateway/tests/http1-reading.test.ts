import { afterAll, expect, test } from 'vitest'
import { readHead } from '../http1/request-head.ts'
import { answersIn, nodePort, ourPort, talk } from './http1-peers.ts'

// Our reader beside node:http: whatever bytes come, both say the same, or we say less (never more).

const LONGEST_SILENCE_MS = 10_000

const ours = await ourPort()
const node = await nodePort()
let seed = Number(process.env['MADANG_FUZZ_SEED'] ?? 1)
const rounds = Number(process.env['MADANG_FUZZ_ROUNDS'] ?? 1)

afterAll(async () => {
  expect(ours.failures).toEqual([])
  node.close()
  await ours.close(100)
})

const get = 'GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n'
const put = 'PUT /k HTTP/1.1\r\nhost: x\r\nX-Amz-Meta-A:  b \t\r\nContent-Length: 5\r\n\r\nhello'
const evil = 'GET /evil HTTP/1.1\r\nHost: x\r\n\r\n'

interface Both {
  mine: Answers
  theirs: Answers
}

type Answers = ReturnType<typeof answersIn>

/**
 * Both ports' answers to the same bytes. Neither says when it is done, so they are listened to for
 * longer where `isFine` doesn't hold yet: a busy machine is slow.
 */
async function both(pieces: string[], isFine: (answers: Both) => boolean): Promise<Both> {
  for (const silentMs of [40, 250, LONGEST_SILENCE_MS]) {
    const said = [talk(ours.port, pieces, { silentMs }), talk(node.port, pieces, { silentMs })]
    const [mine, theirs] = (await Promise.all(said)).map(answersIn) as [Answers, Answers]
    if (isFine({ mine, theirs }) || silentMs === LONGEST_SILENCE_MS) return { mine, theirs }
  }
  throw new Error('unreachable')
}

const areSame = ({ mine, theirs }: Both) => JSON.stringify(mine) === JSON.stringify(theirs)

const withHeaders = (lines: string, body = '') =>
  `POST / HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`

const strange: Record<string, string> = {
  'length and chunks':
    withHeaders('Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\nG') + evil,
  'chunks and length':
    withHeaders('Transfer-Encoding: chunked\r\nContent-Length: 4', '5\r\nabcde\r\n0\r\n\r\n') +
    evil,
  'two equal lengths': withHeaders('Content-Length: 5\r\nContent-Length: 5', 'hello') + evil,
  'two lengths': withHeaders('Content-Length: 5\r\nContent-Length: 6', 'hello') + evil,
  'a list of lengths': withHeaders('Content-Length: 5, 5', 'hello') + evil,
  'a length with +': withHeaders('Content-Length: +5', 'hello') + evil,
  'a length with -': withHeaders('Content-Length: -5', 'hello') + evil,
  'a length with a space': withHeaders('Content-Length: 0 5', 'hello') + evil,
  'a length in hex': withHeaders('Content-Length: 0x5', 'hello') + evil,
  'a length with zeros': withHeaders('Content-Length: 0005', 'hello') + evil,
  'a length of nothing': withHeaders('Content-Length:', 'hello') + evil,
  'a length too large for a number': withHeaders('Content-Length: 99999999999999999999', 'hello'),
  'chunked, misspelt': withHeaders('Transfer-Encoding: xchunked', '0\r\n\r\n') + evil,
  'chunked after a tab': withHeaders('Transfer-Encoding:\tchunked', '0\r\n\r\n') + evil,
  'chunked with a vertical tab': withHeaders('Transfer-Encoding: \vchunked', '0\r\n\r\n') + evil,
  'a folded header': withHeaders('A: b\r\n Content-Length: 5', 'hello') + evil,
  'a folded first header': `GET / HTTP/1.1\r\n Host: x\r\n\r\n${evil}`,
  'a NUL in a value': withHeaders('A: b\0c') + evil,
  'a NUL in a name': withHeaders('A\0: b') + evil,
  'a DEL in a value': withHeaders('A: b\x7fc') + evil,
  'LF alone': `GET / HTTP/1.1\nHost: x\n\n${evil}`,
  'LF alone in the headers': `GET / HTTP/1.1\r\nHost: x\nContent-Length: 5\r\n\r\nhello${evil}`,
  'CR alone in the headers': `GET / HTTP/1.1\r\nHost: x\rContent-Length: 5\r\n\r\n${evil}`,
  'CR alone at the end of the headers': `GET / HTTP/1.1\r\nHost: x\r\r\n\r\n${evil}`,
  'a space before the colon': withHeaders('Content-Length : 5', 'hello') + evil,
  'a tab before the colon': withHeaders('Content-Length\t: 5', 'hello') + evil,
  'no colon': withHeaders('Content-Length 5', 'hello') + evil,
  'no name': withHeaders(': 5', 'hello') + evil,
  'a name that is no token': withHeaders('A(b): 5', '') + evil,
  'no host': `GET / HTTP/1.1\r\nA: b\r\n\r\n${evil}`,
  'two hosts': `GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${evil}`,
  'HTTP/1.0': `GET / HTTP/1.0\r\nHost: x\r\n\r\n${evil}`,
  'HTTP/1.2': `GET / HTTP/1.2\r\nHost: x\r\n\r\n${evil}`,
  'http in lower case': `GET / http/1.1\r\nHost: x\r\n\r\n${evil}`,
  'absolute form': `GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'asterisk form': `OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'a fragment': `GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'a space in the path': `GET /a b HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'two spaces': `GET  /a HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'a tab for a space': `GET\t/a HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'a path beyond ASCII': `GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'a method nobody knows': `FROB / HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'a method in lower case': `get / HTTP/1.1\r\nHost: x\r\n\r\n${evil}`,
  'empty lines first': `\r\n\r\n${get}${evil}`,
  'an empty line after a body': `${put}\r\n${evil}`,
  'a trailer announced': withHeaders('Trailer: a\r\nContent-Length: 0') + evil,
  'an upgrade': `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n${evil}`,
  continue: withHeaders('Expect: 100-continue\r\nContent-Length: 5', 'hello') + evil,
  'a header called __proto__': withHeaders('__proto__: x\r\nconstructor: y') + evil,
  'a header twice': withHeaders('A: b\r\nA: c') + evil,
  'a cookie twice': withHeaders('Cookie: b\r\nCookie: c') + evil,
  'bytes beyond ASCII in a value': withHeaders('X-Amz-Meta-A: \xc3\xa9\xa0') + evil,
  'a no-break space at the end': withHeaders('A: b\xa0') + evil,
  'an empty value': withHeaders('A:\r\nB: ') + evil,
  'connection said otherwise': `GET / HTTP/1.1\r\nHost: x\r\nConnection: TE, close\r\n\r\n${evil}`,
  'a head of 15 KB': withHeaders(`A: ${'b'.repeat(15_000)}`) + evil,
  'a head of 30 KB': withHeaders(`A: ${'b'.repeat(30_000)}`) + evil,
  'a head of 100 KB': withHeaders(`A: ${'b'.repeat(100_000)}`),
  'a path of 100 KB': `GET /${'b'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  '150 headers': withHeaders(Array.from({ length: 150 }, (_, i) => `H${i}: v`).join('\r\n')) + evil,
  'a body of 70 KB': withHeaders('Content-Length: 70000', 'b'.repeat(70_000)) + evil,
  TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  nothing: '',
}

test.each(Object.entries(strange))('%s is read as node:http reads it', async (_name, bytes) => {
  const { mine, theirs } = await both([bytes], areSame)
  expect(mine).toEqual(theirs)
})

test.each(['a head of 100 KB', 'a path of 100 KB'])('%s: 431', async (name) => {
  expect(answersIn(await talk(ours.port, [strange[name]!]))).toMatchObject([{ status: 431 }])
})

test('a request may be split at every byte', async () => {
  const bytes = put + get
  const whole = answersIn(await talk(ours.port, [bytes], { answers: 2 }))
  expect(whole).toHaveLength(2)
  for (let at = 1; at < bytes.length; at++) {
    const pieces = [bytes.slice(0, at), bytes.slice(at)]
    expect(answersIn(await talk(ours.port, pieces, { answers: 2 })), `at ${at}`).toEqual(whole)
  }
})

test('bytes one by one', async () => {
  const said = await talk(ours.port, [...(put + get)], { answers: 2 })
  expect(answersIn(said).map(({ status }) => status)).toEqual([200, 200])
})

test('what is read of random bytes, node:http reads the same', async () => {
  let plain = 0
  for (let round = 0; round < 150 * rounds; round++) {
    const started = seed
    const bytes = Buffer.from(mutated(someRequest()), 'latin1')
    const head = readHead(bytes)
    if (typeof head === 'string' || bytes.length < head.headBytes + head.bodyBytes) continue
    plain++
    const request = bytes.subarray(0, head.headBytes + head.bodyBytes)
    const body = request.toString('latin1', head.headBytes)
    const { method, url, headers } = head
    const text = JSON.stringify({ method, url, headers, body })
    const theirs = answersIn(await talk(node.port, [request], { answers: 1 }))
    const utf8 = Buffer.from(text).toString('latin1')
    expect(theirs, `seed ${started}`).toEqual([{ status: 200, body: utf8 }])
  }
  expect(plain).toBeGreaterThan(30 * rounds)
})

test('random requests, mutated and split at random, never lose their order', async () => {
  for (let round = 0; round < 60 * rounds; round++) {
    const started = seed
    // An end, so that nobody waits for the rest of a head.
    const bytes = `${mutated(Array.from({ length: 1 + pick(3) }, someRequest).join(''))}\r\n\r\n`
    const cut = pick(bytes.length)
    const { mine, theirs } = await both([bytes.slice(0, cut), bytes.slice(cut)], fits)
    expect(fits({ mine, theirs }), `seed ${started}: ${JSON.stringify({ mine, theirs })}`).toBe(
      true,
    )
  }
})

/** node:http forgets what it still owes when it meets a malformed request; we answer that first. */
function fits({ mine, theirs }: Both): boolean {
  if (theirs.at(-1)?.status !== 400) return areSame({ mine, theirs })
  const before = theirs.length - 1
  return (
    mine.at(-1)?.status === 400 &&
    areSame({ mine: mine.slice(0, before), theirs: theirs.slice(0, before) })
  )
}

function someRequest(): string {
  const body = 'x'.repeat(pick(4) * pick(40))
  const lines = [`Host: h${pick(9)}`, `Content-Length: ${body.length}`]
  for (let more = pick(4); more > 0; more--) lines.push(`X-${pick(99)}: ${'v'.repeat(pick(20))}`)
  const method = ['GET', 'PUT', 'POST', 'DELETE'][pick(4)]
  return `${method} /p${pick(99)}?q=${pick(9)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

const pieces = ['\r', '\n', '\r\n', ' ', '\t', ':', '\0', '\x80', '5', ',', 'chunked', ' HTTP/1.1']

function mutated(text: string): string {
  let out = text
  for (let count = pick(3); count > 0; count--) {
    const at = pick(out.length)
    const piece = pieces[pick(pieces.length)]!
    out = out.slice(0, at) + (pick(2) ? piece : '') + out.slice(at + pick(3))
  }
  return out
}

function pick(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return below === 0 ? 0 : Math.floor((seed / 2 ** 32) * below)
}
