import { request } from 'node:http'
import { crc32, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

// Requests and answers under a Content-Encoding; seen of the real service for each header below.

let cloud: DynamoUnderTest
beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('packed')
  const large = { a: { S: 'large' }, x: { S: 'x'.repeat(4096) } }
  await cloud.db.putItem({ TableName: 'packed', Item: large })
})
afterAll(() => cloud.stop())

const authorization = () =>
  `AWS4-HMAC-SHA256 Credential=any/20260101/${cloud.cloud.region}/dynamodb/aws4_request, ` +
  'SignedHeaders=host;x-amz-date, Signature=00'

interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

const ask = (operation: string, body: string | Uint8Array, more: Record<string, string>) =>
  new Promise<Reply>((resolve, reject) => {
    const headers = {
      authorization: authorization(),
      'x-amz-date': new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''),
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(body)),
      ...more,
    }
    const sent = request(cloud.url, { method: 'POST', headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          body: Buffer.concat(parts),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })

const got = (more: object, header: string) =>
  ask('GetItem', JSON.stringify({ TableName: 'packed', Key: { a: { S: 'large' } }, ...more }), {
    'accept-encoding': header,
  })

test.each([
  ['gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['gzip, deflate', 'gzip'],
  ['br, identity, deflate, gzip', 'deflate'],
  ['GZIP, identity', 'gzip'],
  ['dog, gzip ,, cat', 'gzip'],
  ['gzip;q=0.8, deflate;q=0.5', 'gzip'],
  ['br, gzip;q=0, deflate; q = 0.5 , identity;q=0', 'deflate'],
  ['*', 'gzip'],
  ['*, deflate;q=0.5', 'gzip'],
  ['*, deflate', 'deflate'],
  ['*, gzip;q=0.5', 'deflate'],
  ['*;q=0.5,identity', 'gzip'],
  ['gzip;q=31,deflate;q=51', 'gzip'],
  ['deflate;q=0.5, gzip;q=1;q=0.2', 'gzip'],
  ['deflate;q=0.5,gzip;q=0.', 'deflate'],
  ['deflate;q=0.5,gzip;q=0.x', 'gzip'],
  ['deflate;q=-0.5,gzip;q=0.2', 'gzip'],
  ['gzip;q=0, gzip;q=1, gzip;q=0', 'gzip'],
  ['identity', undefined],
  ['br', undefined],
  ['x-gzip', undefined],
  ['gzip ;q=0', undefined],
  ['gzip;nq=1;q=0 ', undefined],
  ['br;q=0.8,identity;q=0.5,*;q=0', undefined],
  ['"gzip"', undefined],
  ['gzip br', undefined],
  ['gzip:q=1', undefined],
])('an answer to Accept-Encoding: %s comes as %s', async (header, encoding) => {
  const { headers, body } = await got({}, header)
  expect(headers['content-encoding']).toBe(encoding)
  expect(headers['x-amz-crc32']).toBe(String(crc32(body)))
  const plain =
    encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body
  expect(JSON.parse(String(plain)).Item.a).toEqual({ S: 'large' })
})

test('a small answer is never packed', async () => {
  const { headers } = await got({ ProjectionExpression: 'a' }, 'gzip')
  expect(headers['content-encoding']).toBeUndefined()
})

const put = JSON.stringify({ TableName: 'packed', Item: { a: { S: 'sent' } } })
test.each([
  ['gzip', gzipSync(put), 200],
  ['gzip', Buffer.concat([gzipSync(put.slice(0, 9)), gzipSync(put.slice(9))]), 200],
  ['identity', put, 200],
  ['gzip', put, 400],
  ['gzip', gzipSync(put).subarray(0, -1), 400],
  ['gzip', '', 400],
  ['garbage', put, 400],
])('a request under Content-Encoding: %s (%#)', async (encoding, body, status) => {
  const answer = await ask('PutItem', body, { 'content-encoding': encoding })
  expect(answer.status).toBe(status)
  if (status === 400) expect(String(answer.body)).toContain('#InternalServerError')
})
