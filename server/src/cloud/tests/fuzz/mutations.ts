import type { WireRequest } from './wire.ts'

// What chance does to a request that was right.

type Random = () => number
type Mutation = (request: WireRequest, random: Random) => WireRequest

const below = (random: Random, n: number) => Math.floor(random() * n)
const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!

/** Pieces that readers have stumbled over, in one protocol or another. */
const stumblers = [
  '',
  '\0',
  '-1',
  '-0',
  '1e999',
  '9007199254740993',
  '99999999999999999999999999999999999999999',
  '0x10',
  'NaN',
  'Infinity',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '{"S":1}',
  '\ud83c',
  '\u202e',
  '%00',
  '%',
  '%zz',
  '%2e%2e%2f',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '${aws:username}',
  'arn:aws:::::',
  'arn:aws:iam::000000000000:role/',
  "' OR 1=1 --",
  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
  '<![CDATA[',
  ']]>',
  '&#0;',
  '&#xffffffff;',
  '.member.999999999',
  'a'.repeat(2000),
  '한'.repeat(700),
  '0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '(?:a+)+$',
  '['.repeat(300),
]

function withBody(request: WireRequest, body: Buffer): WireRequest {
  return { ...request, body }
}

function splice(source: Buffer, at: number, removed: number, added: Buffer): Buffer {
  return Buffer.concat([source.subarray(0, at), added, source.subarray(at + removed)])
}

/** A value between quotes, tags or `=` and `&`, replaced by something that doesn't belong there. */
function replaceToken(text: string, random: Random): string {
  const tokens = [...text.matchAll(/[\w.+/-]+|"[^"]*"/g)]
  if (tokens.length === 0) return text + pick(random, stumblers)
  const token = pick(random, tokens)
  return (
    text.slice(0, token.index) + pick(random, stumblers) + text.slice(token.index + token[0].length)
  )
}

const bodyMutations: Mutation[] = [
  (request, random) =>
    withBody(request, Buffer.from(replaceToken(request.body.toString('utf8'), random))),
  (request, random) =>
    withBody(request, Buffer.from(replaceToken(request.body.toString('latin1'), random), 'latin1')),
  (request, random) => {
    const body = Buffer.from(request.body)
    if (body.length > 0) body[below(random, body.length)] = below(random, 256)
    return withBody(request, body)
  },
  ({ body, ...request }, random) => ({
    ...request,
    body: body.subarray(0, below(random, body.length + 1)),
  }),
  (request, random) => {
    const at = below(random, request.body.length + 1)
    return withBody(request, splice(request.body, at, 0, Buffer.from(pick(random, stumblers))))
  },
  (request, random) => {
    const { body } = request
    const from = below(random, body.length)
    const piece = body.subarray(from, from + below(random, 40))
    return withBody(request, splice(body, below(random, body.length), 0, piece))
  },
  (request, random) => {
    const noise = Buffer.from(Array.from({ length: below(random, 200) }, () => below(random, 256)))
    return withBody(request, noise)
  },
]

const addressMutations: Mutation[] = [
  (request, random) => ({ ...request, url: printable(replaceToken(request.url, random)) }),
  (request, random) => {
    const name = pick(random, Object.keys(request.headers))
    if (name === 'host' || name === 'content-length') return request
    const value = pick(random, [...stumblers, replaceToken(request.headers[name]!, random)])
    return { ...request, headers: { ...request.headers, [name]: headerText(value) } }
  },
  (request, random) => {
    const name = pick(random, Object.keys(request.headers))
    const { [name]: _gone, ...headers } = request.headers
    return { ...request, headers: { ...headers, host: request.headers['host']! } }
  },
  (request, random) => {
    const type = pick(random, [
      'application/cbor',
      'application/x-amz-json-1.0',
      'application/x-amz-cbor-1.1',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data; boundary=x',
      'text/plain; charset=utf-16',
    ])
    return { ...request, headers: { ...request.headers, 'content-type': type } }
  },
  (request, random) => ({
    ...request,
    method: pick(random, ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']),
  }),
  (request, random) => {
    const word = pick(random, [
      'acl',
      'tagging',
      'versionId',
      'uploadId',
      'partNumber',
      'max-keys',
      'list-type',
      'select',
      'X-Amz-Expires',
      'Action',
      'delete',
      'policy',
      'marker',
    ])
    const sign = request.url.includes('?') ? '&' : '?'
    const value = encodeURIComponent(pick(random, stumblers).toWellFormed())
    return { ...request, url: `${request.url}${sign}${word}=${value}` }
  },
]

/** As node's own client lets it through. */
const headerText = (value: string) => value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
const printable = (url: string) =>
  `/${url.replace(/^\//, '')}`.replaceAll(/[^\x21-\x7e]/g, (found) =>
    encodeURIComponent(found.toWellFormed()),
  )

/** Up to three changes; where only the body was touched, refusals keep the form of the protocol. */
export function mutated(
  request: WireRequest,
  random: Random,
): { sent: WireRequest; strict: boolean } {
  let sent = request
  let strict = true
  for (let times = 1 + below(random, 3); times > 0; times--) {
    const onBody = request.body.length > 0 && random() < 0.7
    sent = pick(random, onBody ? bodyMutations : addressMutations)(sent, random)
    strict &&= onBody
  }
  return { sent, strict }
}
