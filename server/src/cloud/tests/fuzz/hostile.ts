import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Form, WireRequest } from './wire.ts'

// Requests that somebody made up to break a reader.

interface Given {
  label: string
  service: string
  form: Form
  method?: string
  url?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

const amzDate = () => new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')

function made({
  label,
  service,
  form,
  method = 'POST',
  url = '/',
  headers,
  body = '',
}: Given): WireRequest {
  const date = amzDate()
  const scope = `${date.slice(0, 8)}/ap-northeast-2/${service}/aws4_request`
  const signed = `AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`
  const all = { host: '127.0.0.1', 'x-amz-date': date, authorization: signed, ...headers }
  return { label, form, method, url, headers: all, body: Buffer.from(body) }
}

const json = (label: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  made({
    label: `JSON: ${label}`,
    service: 'dynamodb',
    form: 'json',
    headers: {
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'content-type': 'application/x-amz-json-1.0',
      ...headers,
    },
    body,
  })

const deep = (open: string, close: string, times: number) =>
  open.repeat(times) + close.repeat(times)

const jsonCases = () => [
  json('cut', '{"TableName":"a'),
  json('nothing', ''),
  json('only white space', ' \n\t '),
  json('deep lists', deep('[', ']', 200_000)),
  json('deep maps', deep('{"Item":{"a":{"M":{"a":', '}}}}', 50_000)),
  json('deep values', `{"TableName":"fuzz","Item":{"a":${deep('{"L":[', ']}', 3000)}}}`),
  json('a megabyte of one name', `{"${'x'.repeat(1_000_000)}":1}`),
  json('a megabyte of one value', `{"TableName":"${'x'.repeat(1_000_000)}"}`),
  json('100,000 names', `{${Array.from({ length: 100_000 }, (_, n) => `"n${n}":1`).join()}}`),
  json('the same name often', `{${'"TableName":"a",'.repeat(50_000)}"TableName":"b"}`),
  json('a number of a megabyte', `{"Limit":${'9'.repeat(1_000_000)}}`),
  json(
    'a number value of a megabyte',
    `{"TableName":"fuzz","Item":{"a":{"N":"${'9'.repeat(1_000_000)}"}}}`,
  ),
  json('an exponent', '{"TableName":"fuzz","Item":{"a":{"S":"x"},"n":{"N":"1e999999999"}}}'),
  json('lone surrogates', '{"TableName":"\\ud800","Item":{"a":{"S":"\\udfff"}}}'),
  json('no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  json('UTF-16', Buffer.from('\ufeff{"TableName":"a"}', 'utf16le')),
  json('a byte order mark', '\ufeff{"TableName":"a"}'),
  json('__proto__', '{"__proto__":{"TableName":"fuzz"},"constructor":{"prototype":{}}}'),
  json('gzip that is none', 'no gzip', { 'content-encoding': 'gzip' }),
  json('gzip that grows', gzipSync(Buffer.alloc(200 * 1024 * 1024, 32)), {
    'content-encoding': 'gzip',
  }),
  json('gzip that is cut', gzipSync('{"TableName":"a"}').subarray(0, 20), {
    'content-encoding': 'gzip',
  }),
  json(
    'a condition of brackets',
    JSON.stringify({
      TableName: 'fuzz',
      Item: { a: { S: 'x' } },
      ConditionExpression: `${'('.repeat(2000)}a = :a${')'.repeat(2000)}`,
      ExpressionAttributeValues: { ':a': { S: 'x' } },
    }),
  ),
  json(
    'a condition of NOTs',
    JSON.stringify({
      TableName: 'fuzz',
      Item: { a: { S: 'x' } },
      ConditionExpression: `${'NOT '.repeat(1000)}a = :a`,
      ExpressionAttributeValues: { ':a': { S: 'x' } },
    }),
  ),
  json('another target', '{}', { 'x-amz-target': `DynamoDB_20120810.${'P'.repeat(30_000)}` }),
  json('a target of the prototype', '{}', { 'x-amz-target': 'DynamoDB_20120810.constructor' }),
]

const cbor = (label: string, body: Uint8Array) =>
  made({
    label: `CBOR: ${label}`,
    service: 'monitoring',
    form: 'cbor',
    url: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
    headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
    body,
  })

const amzCbor = (label: string, body: Uint8Array) =>
  made({
    label: `CBOR of Kinesis: ${label}`,
    service: 'kinesis',
    form: 'cbor',
    headers: {
      'x-amz-target': 'Kinesis_20131202.PutRecords',
      'content-type': 'application/x-amz-cbor-1.1',
    },
    body,
  })

const cborBodies: [string, Uint8Array][] = [
  ['nothing', Buffer.alloc(0)],
  ['lists without end', Buffer.alloc(300_000, 0x81)],
  ['indefinite lists without end', Buffer.alloc(300_000, 0x9f)],
  ['indefinite maps without end', Buffer.alloc(300_000, 0xbf)],
  ['tags without end', Buffer.alloc(300_000, 0xc1)],
  ['indefinite bytes of indefinite bytes', Buffer.alloc(300_000, 0x5f)],
  ['a length of 2^64 - 1 in a list', Buffer.from([0x9b, ...Array<number>(8).fill(0xff)])],
  ['a length of 2^64 - 1 in a map', Buffer.from([0xbb, ...Array<number>(8).fill(0xff)])],
  ['a length of 2^64 - 1 in bytes', Buffer.from([0x5b, ...Array<number>(8).fill(0xff)])],
  ['a length of 2^31 in text', Buffer.from([0x7a, 0x7f, 0xff, 0xff, 0xff])],
  ['reserved lengths', Buffer.from([0x1c, 0x3d, 0x5e, 0x9e])],
  ['a half float', Buffer.from([0xa1, 0x61, 0x61, 0xf9, 0x7e, 0x00])],
  ['an unknown simple value', Buffer.from([0xa1, 0x61, 0x61, 0xf8, 0xff])],
  ['a big number', Buffer.from([0xc2, 0x58, 0x40, ...Array<number>(64).fill(0xff)])],
  [
    'a date out of range',
    Buffer.from([0xa1, 0x61, 0x61, 0xc1, 0xfb, 0x7f, 0xef, ...Array<number>(6).fill(0xff)]),
  ],
]

const xml = (label: string, body: string | Uint8Array) =>
  made({
    label: `XML: ${label}`,
    service: 's3',
    form: 'xml',
    url: '/my-bucket?delete',
    headers: { 'content-md5': hash('md5', body, 'base64') },
    body,
  })

const laughs = Array.from(
  { length: 12 },
  (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`,
).join('')

const xmlCases = () => [
  xml(
    'laughs',
    `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">${laughs}]><Delete>&l12;</Delete>`,
  ),
  xml('a file', '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete>&x;</Delete>'),
  xml(
    'a parameter entity',
    '<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><Delete/>',
  ),
  xml('deep', deep('<a>', '</a>', 200_000)),
  xml('deep where it is skipped', `<Delete>${deep('<a>', '</a>', 100_000)}</Delete>`),
  xml('a megabyte of attribute', `<Delete a="${'x'.repeat(1_000_000)}"/>`),
  xml(
    '100,000 attributes',
    `<Delete ${Array.from({ length: 100_000 }, (_, n) => `a${n}="1"`).join(' ')}/>`,
  ),
  xml('a million objects', `<Delete>${'<Object><Key>a</Key></Object>'.repeat(200_000)}</Delete>`),
  xml(
    'references to nothing',
    '<Delete><Object><Key>&#0;&#xD800;&#x110000;</Key></Object></Delete>',
  ),
  xml('a comment without end', '<Delete><!-- '),
  xml('CDATA without end', '<Delete><![CDATA['),
  xml('an instruction without end', '<?xml '),
  xml('no UTF-8', Buffer.from([0x3c, 0x44, 0xff, 0xfe, 0x3e])),
  xml('UTF-16', Buffer.from('<?xml version="1.0" encoding="UTF-16"?><Delete/>', 'utf16le')),
  xml('crossed tags', '<Delete><Object></Delete></Object>'),
  xml('many quotes', `<Delete ${'"'.repeat(100_000)}`),
  xml('many brackets', '<'.repeat(500_000)),
  xml('many references', `<Delete>${'&'.repeat(500_000)}</Delete>`),
]

const query = (label: string, body: string | Uint8Array, service = 'iam') =>
  made({
    label: `query: ${label}`,
    service,
    form: 'xml',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
  })

const createUser = 'Action=CreateUser&Version=2010-05-08&UserName=x'

const queryCases = () => [
  query('a member far out', `${createUser}&Tags.member.999999999.Key=a`),
  query('a member beyond numbers', `${createUser}&Tags.member.99999999999999999999999.Key=a`),
  query('member zero', `${createUser}&Tags.member.0.Key=a`),
  query('a negative member', `${createUser}&Tags.member.-1.Key=a`),
  query('a member of the prototype', `${createUser}&Tags.member.__proto__.Key=a&__proto__.x=1`),
  query(
    'many members',
    `${createUser}&${Array.from({ length: 60_000 }, (_, n) => `Tags.member.${n}.Key=k`).join('&')}`,
  ),
  query('deep names', `${createUser}&${'Tags.member.1.'.repeat(20_000)}Key=a`),
  query('only dots', `${createUser}&${'.'.repeat(100_000)}=a`),
  query('only ampersands', '&'.repeat(1_000_000)),
  query('broken escapes', `${createUser}&Path=%E0%A4%A&%=%zz`),
  query('no UTF-8', Buffer.from([0x41, 0x3d, 0xff, 0xfe])),
  query('an action of the prototype', 'Action=__proto__&Version=2010-05-08'),
  query('an action of a megabyte', `Action=${'A'.repeat(1_000_000)}&Version=2010-05-08`),
  query('another version', 'Action=CreateUser&Version=9999-99-99'),
  query(
    'a template of brackets',
    `Action=ValidateTemplate&Version=2010-05-15&TemplateBody=${encodeURIComponent(deep('{"a":', '}', 9000))}`,
    'cloudformation',
  ),
  query(
    'a template of laughs',
    `Action=ValidateTemplate&Version=2010-05-15&TemplateBody=${encodeURIComponent(yamlLaughs())}`,
    'cloudformation',
  ),
]

function yamlLaughs(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let n = 1; n < 10; n++) {
    lines.push(`a${n}: &a${n} [${Array.from({ length: 9 }, () => `*a${n - 1}`).join(', ')}]`)
  }
  return lines.join('\n')
}

const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const unsigned = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

const chunked = (label: string, body: string, headers: Record<string, string> = {}) =>
  made({
    label: `chunks: ${label}`,
    service: 's3',
    form: 'xml',
    method: 'PUT',
    url: '/my-bucket/chunked',
    headers: {
      'x-amz-content-sha256': unsigned,
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'content-encoding': 'aws-chunked',
      ...headers,
    },
    body,
  })

const chunkCases = () => [
  chunked('nothing', ''),
  chunked('cut in a size', '5'),
  chunked('cut in a chunk', '5\r\nhel'),
  chunked('cut before the end', '5\r\nhello\r\n'),
  chunked('no trailer', '5\r\nhello\r\n0\r\n\r\n'),
  chunked('a trailer nobody announced', '5\r\nhello\r\n0\r\nx-amz-other:1\r\n\r\n'),
  chunked('a wrong checksum', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
  chunked('a checksum that is none', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:\x01\r\n\r\n'),
  chunked('a negative size', '-5\r\nhello\r\n0\r\n\r\n'),
  chunked('a size beyond numbers', 'ffffffffffffffffff\r\nhello\r\n0\r\n\r\n'),
  chunked('a huge size', 'ffffffffffff\r\nhello\r\n0\r\n\r\n'),
  chunked('a size without end', '0'.repeat(100_000)),
  chunked('more than announced', '6\r\nhello!\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
  chunked('less than announced', '4\r\nhell\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
  chunked('bytes behind the end', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\nmore'),
  chunked('a length that is none', '5\r\nhello\r\n0\r\n\r\n', {
    'x-amz-decoded-content-length': 'five',
  }),
  chunked('a negative length', '0\r\n\r\n', { 'x-amz-decoded-content-length': '-5' }),
  chunked('chunks that are not signed', '5\r\nhello\r\n0\r\n\r\n', {
    'x-amz-content-sha256': streaming,
  }),
  chunked('a signature too short', '5;chunk-signature=ab\r\nhello\r\n0\r\n\r\n', {
    'x-amz-content-sha256': streaming,
  }),
  chunked('a mode there is not', '5\r\nhello\r\n0\r\n\r\n', {
    'x-amz-content-sha256': 'STREAMING-X',
  }),
  chunked('many empty lines', '\r\n'.repeat(100_000)),
  chunked('many trailers', `5\r\nhello\r\n0\r\n${'x-a:1\r\n'.repeat(50_000)}\r\n`),
]

const addressed = (
  label: string,
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
) => made({ label: `address: ${label}`, service: 's3', form: 'xml', method, url, headers })

const addressCases = () => [
  addressed('a broken escape', '/my-bucket/%E0%A4%A'),
  addressed('a null byte', '/my-bucket/%00'),
  addressed('upwards', '/my-bucket/../../../etc/passwd'),
  addressed('upwards, escaped', '/my-bucket/%2e%2e/%2e%2e/etc/passwd'),
  addressed('a key too long', `/my-bucket/${'k'.repeat(5000)}`),
  addressed('20,000 parameters', `/my-bucket?${'a=b&'.repeat(14_000)}`),
  addressed('numbers that are none', '/my-bucket?list-type=2&max-keys=-1'),
  addressed('ranges', '/my-bucket/k/1', { range: `bytes=${'0-1,'.repeat(10_000)}` }),
  addressed('a date of nowhere', '/my-bucket/k/1', { 'if-modified-since': '9'.repeat(30_000) }),
  addressed('a scope of 30,000 parts', '/my-bucket', {
    authorization: `AWS4-HMAC-SHA256 Credential=test${'/x'.repeat(15_000)}/s3/aws4_request, SignedHeaders=host, Signature=0`,
  }),
  addressed('30,000 signed headers', '/my-bucket', {
    authorization: `AWS4-HMAC-SHA256 Credential=test/20261122/x/s3/aws4_request, SignedHeaders=${'a;'.repeat(15_000)}, Signature=0`,
  }),
  addressed('a user agent of 50 KB', '/my-bucket', { 'user-agent': 'u'.repeat(50_000) }),
  addressed(
    'much metadata',
    '/my-bucket/meta',
    Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`x-amz-meta-${n}`, 'v'.repeat(100)])),
    'PUT',
  ),
  addressed('a signature of version 2', '/my-bucket', { authorization: 'AWS test:x' }),
  addressed('a signature of nothing', '/my-bucket', { authorization: 'AWS4-HMAC-SHA256' }),
  addressed('an expression', '/my-bucket/k/1?select&select-type=2', {}, 'POST'),
]

/** All of them, made anew: their dates are of now. */
export function hostileRequests(): WireRequest[] {
  return [
    ...jsonCases(),
    ...cborBodies.map(([label, body]) => cbor(label, body)),
    ...cborBodies.map(([label, body]) => amzCbor(label, body)),
    ...xmlCases(),
    ...queryCases(),
    ...chunkCases(),
    ...addressCases(),
  ]
}
