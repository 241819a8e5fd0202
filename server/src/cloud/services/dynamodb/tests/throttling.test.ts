import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest

beforeAll(async () => {
  cloud = await startDynamo({ dynamodbThrottling: true })
})
afterAll(() => cloud.stop())

const provisioned = {
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
} as const
const item = (a: string, kb: number) => ({ a: { S: a }, text: { S: 'x'.repeat(kb * 1024) } })

test('a provisioned table takes five minutes of its units at once, and then refuses', async () => {
  await cloud.table('meter', provisioned)
  const put = (kb: number) => cloud.db.putItem({ TableName: 'meter', Item: item('one', kb) })
  await put(199)
  await put(199)
  await expect(put(1)).rejects.toMatchObject({
    name: 'ProvisionedThroughputExceededException',
    message:
      'The level of configured provisioned throughput for the table was exceeded. Consider ' +
      'increasing your provisioning level with the UpdateTable API.',
    ThrottlingReasons: [{ reason: 'TableWriteProvisionedThroughputExceeded' }],
  })
  // Reads have units of their own, and are told as they were asked for.
  const read = await cloud.db.getItem({ TableName: 'meter', Key: { a: { S: 'one' } } })
  expect(read.ConsumedCapacity).toBeUndefined()
  const total = await cloud.db.getItem({
    TableName: 'meter',
    Key: { a: { S: 'two' } },
    ReturnConsumedCapacity: 'TOTAL',
  })
  expect(total.ConsumedCapacity).toEqual({ TableName: 'meter', CapacityUnits: 0.5 })
})

test('a batch gets back what belongs to a table without throughput, a transaction is cancelled', async () => {
  await cloud.table('spent', provisioned)
  await cloud.table('free')
  for (const at of ['1', '2']) {
    await cloud.db.putItem({ TableName: 'spent', Item: item(at, 180) })
  }
  const answer = await cloud.db.batchWriteItem({
    RequestItems: {
      spent: [{ PutRequest: { Item: { a: { S: 'x' } } } }],
      free: [{ PutRequest: { Item: { a: { S: 'y' } } } }],
    },
  })
  expect(answer.UnprocessedItems).toEqual({
    spent: [{ PutRequest: { Item: { a: { S: 'x' } } } }],
  })
  const both = cloud.db.transactWriteItems({
    TransactItems: [
      { Put: { TableName: 'free', Item: { a: { S: 'z' } } } },
      { Delete: { TableName: 'spent', Key: { a: { S: '1' } } } },
    ],
  })
  await expect(both).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    message: expect.stringMatching(/\[None, ProvisionedThroughputExceeded\]$/),
  })
})

test('throughput comes back with time', async () => {
  await cloud.table('again', provisioned)
  const put = () => cloud.db.putItem({ TableName: 'again', Item: item('one', 199) })
  await put()
  await put()
  await expect(put()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
  await cloud.kernel.clock.advance(150_000)
  await put()
})
