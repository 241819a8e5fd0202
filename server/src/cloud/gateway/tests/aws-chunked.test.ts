import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collect, type Operations, type S3, service, sign } from '../index.ts'
import { credentials, startGateway, type UnderTest } from './gateway-under-test.ts'

// What the real service was seen to answer to framed bodies, well made or not.

const text = 'hello madang'
const sumOf = (bytes: string) => {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}
const trailer = `x-amz-checksum-crc32: ${sumOf(text)}\r\n`
const other = `x-amz-checksum-crc32: ${sumOf('other')}\r\n`

let stored: string | undefined
let underTest: UnderTest
const s3 = {
  async PutObject(input) {
    stored = Buffer.from(await collect(input.Body)).toString()
    return {}
  },
} satisfies Operations<S3>

beforeAll(async () => {
  underTest = await startGateway({
    services: [service({ id: 's3', operations: s3 })],
    config: { hostnames: ['localhost'] },
  })
})
afterAll(async () => {
  expect(underTest.bugs).toEqual([])
  await underTest.close()
})

/** The status and the code of an answer, and elements asked for. */
async function put(body: string, headers: Record<string, string | undefined> = {}) {
  stored = undefined
  const url = '/b/framed'
  const given = Object.entries({
    host: 'localhost',
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': String(text.length),
    'content-encoding': 'aws-chunked',
    ...headers,
  }).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const signed = sign({
    method: 'PUT',
    url,
    headers: Object.fromEntries(given),
    credentials,
    region: 'eu-west-1',
    service: 's3',
    now: Date.now(),
  })
  const request = { method: 'PUT', url, headers: signed, body: Buffer.from(body), sourceIp: '::1' }
  const answer = await underTest.gateway.handle(request)
  const xml = String(answer.body)
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return { status: answer.status, code: element('Code'), message: element('Message'), element }
}
const framed = (...chunks: string[]) =>
  chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
const closed = (behind: string) => `${framed(text)}0\r\n${behind}`
const crc = { 'x-amz-trailer': 'x-amz-checksum-crc32' }

describe('a framed body is taken', () => {
  const taken: [string, string, Record<string, string>?][] = [
    ['with its trailer', closed(`${trailer}\r\n`), crc],
    ['without a last line', closed(trailer), crc],
    ['without any trailer', closed('\r\n')],
    ['without any end', closed('')],
    ['with something behind its end', closed(`${trailer}\r\nmore: of it\r\n`), crc],
    ['with a right trailer after a wrong one', closed(other + trailer), crc],
    [
      'with a comma behind what it announces',
      closed(trailer),
      { 'x-amz-trailer': `${crc['x-amz-trailer']},,` },
    ],
  ]
  test.each(taken)('%s', async (_name, body, headers) => {
    expect(await put(body, headers)).toMatchObject({ status: 200 })
    expect(stored).toBe(text)
  })
})

describe('a framed body is refused', () => {
  const malformed = 'MalformedTrailerError'
  const invalid = 'InvalidRequest'
  const incomplete = 'IncompleteBody'
  const refused: [string, string, string, Record<string, string>?][] = [
    ['an announced trailer is missing', malformed, closed('\r\n'), crc],
    ['a line comes before the trailer', malformed, closed(`\r\n${trailer}`), crc],
    ['a trailer was not announced', malformed, closed(trailer)],
    ['another trailer was', malformed, closed(trailer), { 'x-amz-trailer': 'x-amz-checksum-sha1' }],
    ['there is one more', malformed, closed(`${trailer}bonus: one\r\n`), crc],
    ['a trailer has no name', malformed, closed('nothing\r\n'), crc],
    ['a trailer is wrong', 'BadDigest', closed(other), crc],
    ['a trailer is no checksum', invalid, closed('x-amz-checksum-crc32: no\r\n'), crc],
    [
      'a trailer is no header of checksums',
      invalid,
      closed(''),
      { 'x-amz-trailer': 'content-md5' },
    ],
    [
      'a trailer is of no name',
      invalid,
      closed(trailer),
      { 'x-amz-trailer': `, ${crc['x-amz-trailer']}` },
    ],
    [
      'two are announced',
      invalid,
      closed(trailer),
      { 'x-amz-trailer': 'x-amz-checksum-crc32, x-amz-checksum-sha1' },
    ],
    ['a line ends without a return', incomplete, closed(trailer.replace('\r', '')), crc],
    ['a trailer breaks off', incomplete, closed(trailer.slice(0, -2)), crc],
    ['it has no last chunk', incomplete, framed(text)],
    ['it is none', incomplete, text],
  ]
  test.each(refused)('where %s: %s', async (_name, code, body, headers) => {
    expect(await put(body, headers)).toMatchObject({ status: 400, code })
    expect(stored).toBeUndefined()
  })

  test('where a chunk is too small, at the one behind it', async () => {
    const answer = await put(framed('hello ', 'madang', ''))
    expect(answer).toMatchObject({
      status: 403,
      code: 'InvalidChunkSizeError',
      message: 'Only the last chunk is allowed to have a size less than 8192 bytes',
    })
    expect([answer.element('Chunk'), answer.element('BadChunkSize')]).toEqual(['2', '6'])
  })

  test('where its length is another, or none was given', async () => {
    const longer = await put(framed(text + text, ''))
    expect(longer.code).toBe(incomplete)
    expect(longer.element('NumberBytesExpected')).toBe(String(text.length))
    expect(longer.element('NumberBytesProvided')).toBe(String(text.length * 2))
    for (const length of [undefined, 'many']) {
      const unknown = await put(closed(''), { 'x-amz-decoded-content-length': length })
      expect(unknown).toMatchObject({ status: 411, code: 'MissingContentLength' })
    }
  })

  test('where its chunks are to be signed and are not, or wrongly', async () => {
    const mode = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }
    expect((await put(closed('\r\n'), mode)).code).toBe(incomplete)
    const wrong = await put(`c;chunk-signature=wrong\r\n${text}\r\n0\r\n\r\n`, mode)
    expect(wrong).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    expect(wrong.element('StringToSign')).toMatch(/^AWS4-HMAC-SHA256-PAYLOAD\n/)
    expect(wrong.element('CanonicalRequest')).toContain('x-amz-decoded-content-length')
  })
})
