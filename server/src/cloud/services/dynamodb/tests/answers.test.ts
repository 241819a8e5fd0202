import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sign } from '../../../gateway/sigv4-sign.ts'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest

beforeAll(async () => {
  cloud = await startDynamo()
})
afterAll(() => cloud.stop())

/** The answer as it goes over the wire. */
function raw(action: string, input: object) {
  const { host, hostname, port } = new URL(cloud.url)
  const body = JSON.stringify(input)
  const headers = sign({
    method: 'POST',
    url: '/',
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${action}`,
    },
    body,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: cloud.cloud.region,
    service: 'dynamodb',
    now: Date.now(),
  })
  return new Promise<{ text: string; id: string | undefined }>((resolve, reject) => {
    const sent = request({ hostname, port, method: 'POST', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () =>
        resolve({ text, id: answer.headers['x-amzn-requestid'] as string | undefined }),
      )
    })
    sent.on('error', reject).end(body)
  })
}

test('whole units are written as doubles, in single answers and in lists', async () => {
  await cloud.table('doubles')
  const put = await raw('PutItem', {
    TableName: 'doubles',
    Item: { a: { S: '"CapacityUnits":7,' } },
    ReturnConsumedCapacity: 'INDEXES',
  })
  expect(put.text).toContain('"ConsumedCapacity":{"TableName":"doubles","CapacityUnits":1.0')
  expect(put.text).toContain('"Table":{"CapacityUnits":1.0}')
  const batch = await raw('BatchGetItem', {
    RequestItems: { doubles: { Keys: [{ a: { S: '"CapacityUnits":7,' } }, { a: { S: 'no' } }] } },
    ReturnConsumedCapacity: 'TOTAL',
  })
  expect(batch.text).toContain('[{"TableName":"doubles","CapacityUnits":1.0}]')
  expect(batch.text).toContain(String.raw`\"CapacityUnits\":7,`)
})

test('every answer has a request id of 52 letters and digits of its own', async () => {
  const ids = await Promise.all(['a', 'b', 'c'].map(() => raw('ListTables', {})))
  for (const { id } of ids) expect(id).toMatch(/^[0-9A-Z]{52}$/)
  expect(new Set(ids.map(({ id }) => id)).size).toBe(3)
})
