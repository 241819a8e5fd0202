import { afterAll, beforeAll, expect, it } from 'vitest'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { decodeCbor, encodeCbor } from '../protocols/index.ts'
import { sign } from '../sigv4.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest

beforeAll(async () => {
  under = await startCloud()
})
afterAll(() => under.stop())

/** A request as the Java SDKs write it. */
async function call(operation: string, input: Record<string, unknown>) {
  const body = encodeCbor(input, 'ms')
  const { host } = new URL(under.url)
  const signed = sign({
    method: 'POST',
    url: '/',
    headers: {
      host,
      'content-type': 'application/x-amz-cbor-1.1',
      'x-amz-target': `Kinesis_20131202.${operation}`,
    },
    body,
    service: 'kinesis',
    region: under.cloud.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    now: Date.now(),
  })
  const { host: _, ...headers } = signed
  const answer = await fetch(under.url, { method: 'POST', headers, body: Buffer.from(body) })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  expect(answer.headers.get('content-type')).toBe('application/x-amz-cbor-1.1')
  const value = bytes.length === 0 ? {} : decodeCbor(bytes, 'ms')
  return { status: answer.status, value: value as Record<string, unknown> }
}

it('speaks the CBOR of the Java SDKs: bytes as they are, times in milliseconds', async () => {
  const StreamName = 'java'
  await new Kinesis(under.config()).createStream({ StreamName, ShardCount: 1 })
  const Data = Buffer.from([0, 255, 7])
  const put = await call('PutRecord', { StreamName, PartitionKey: 'p', Data })
  expect(put.value).toMatchObject({ ShardId: 'shardId-000000000000' })
  const { value } = await call('GetShardIterator', {
    StreamName,
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'AT_TIMESTAMP',
    Timestamp: new Date(Date.now() - 60_000),
  })
  const got = await call('GetRecords', { ShardIterator: value['ShardIterator'] })
  const [record] = got.value['Records'] as { Data: Uint8Array; ApproximateArrivalTimestamp: Date }[]
  expect(Buffer.from(record!.Data)).toEqual(Data)
  expect(Math.abs(record!.ApproximateArrivalTimestamp.getTime() - Date.now())).toBeLessThan(60_000)
  const refused = await call('DescribeStream', { StreamName: 'none' })
  expect(refused).toEqual({
    status: 400,
    value: {
      __type: 'ResourceNotFoundException',
      message: 'Stream none under account 000000000000 not found.',
    },
  })
})
