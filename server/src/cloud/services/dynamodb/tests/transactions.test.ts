import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('bank')
})
afterAll(() => cloud.stop())

const account = (name: string, money: number) => ({ a: { S: name }, money: { N: String(money) } })
const pay = (name: string, amount: number) => ({
  Update: {
    TableName: 'bank',
    Key: { a: { S: name } },
    UpdateExpression: 'ADD money :n',
    ConditionExpression: 'money >= :min',
    ExpressionAttributeValues: { ':n': { N: String(amount) }, ':min': { N: String(-amount) } },
  },
})

test('all or nothing, with a reason for each', async () => {
  const { db } = cloud
  await db.putItem({ TableName: 'bank', Item: account('poor', 1) })
  await db.putItem({ TableName: 'bank', Item: account('rich', 100) })
  const refused = db.transactWriteItems({ TransactItems: [pay('rich', 50), pay('poor', -50)] })
  await expect(refused).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      '[None, ConditionalCheckFailed]',
    CancellationReasons: [
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    ],
  })
  const { Responses } = await db.transactGetItems({
    TransactItems: ['rich', 'poor', 'nobody'].map((name) => ({
      Get: { TableName: 'bank', Key: { a: { S: name } } },
    })),
  })
  expect(Responses).toEqual([{ Item: account('rich', 100) }, { Item: account('poor', 1) }, {}])
})

test('of what is wrong with the items themselves, only the first is a reason', async () => {
  const put = (a: object) => ({ Put: { TableName: 'bank', Item: { a } as never } })
  const refused = cloud.db.transactWriteItems({
    TransactItems: [put({ S: 'good' }), put({ N: '7' }), put({ N: '8' })],
  })
  await expect(refused).rejects.toMatchObject({
    CancellationReasons: [
      { Code: 'None' },
      { Code: 'ValidationError', Message: expect.stringContaining('expected: S actual: N') },
      { Code: 'None' },
    ],
  })
})

test('a token is answered once', async () => {
  const { db } = cloud
  await db.putItem({ TableName: 'bank', Item: account('once', 10) })
  const ask = (amount: number) =>
    db.transactWriteItems({
      ClientRequestToken: 'token-1',
      TransactItems: [pay('once', amount)],
      ReturnConsumedCapacity: 'TOTAL',
    })
  const first = await ask(5)
  expect(first.ConsumedCapacity).toEqual([
    { TableName: 'bank', CapacityUnits: 2, WriteCapacityUnits: 2 },
  ])
  await ask(5)
  await expect(ask(6)).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' })
  const { Item } = await db.getItem({ TableName: 'bank', Key: { a: { S: 'once' } } })
  expect(Item).toEqual(account('once', 15))
})

test('money is neither made nor lost by transfers side by side', async () => {
  const { db } = cloud
  const names = ['x', 'y', 'z']
  for (const name of names) await db.putItem({ TableName: 'bank', Item: account(name, 20) })
  const transfers = Array.from({ length: 40 }, (_, i) =>
    db
      .transactWriteItems({
        TransactItems: [pay(names[i % 3]!, -7), pay(names[(i + 1 + (i % 2)) % 3]!, 7)],
      })
      .catch((error: Error) => expect(error.name).toBe('TransactionCanceledException')),
  )
  const sums = Array.from({ length: 10 }, async () => {
    const { Responses } = await db.transactGetItems({
      TransactItems: names.map((name) => ({ Get: { TableName: 'bank', Key: { a: { S: name } } } })),
    })
    return Responses!.reduce((sum, { Item }) => sum + Number(Item!['money']!.N), 0)
  })
  await Promise.all(transfers)
  expect(new Set(await Promise.all(sums))).toEqual(new Set([60]))
})
