import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('items')
})
afterAll(() => cloud.stop())

test('an item comes back as it was put, numbers in canonical form', async () => {
  const { db } = cloud
  const item = {
    a: { S: 'k' },
    n: { N: '-0015.789e6' },
    b: { B: new Uint8Array([1, 2, 255]) },
    m: { M: { l: { L: [{ BOOL: false }, { NULL: true }, { BS: [new Uint8Array([0])] }] } } },
    s: { SS: ['x', 'y'] },
  }
  const put = await db.putItem({ TableName: 'items', Item: item, ReturnConsumedCapacity: 'TOTAL' })
  expect(put.ConsumedCapacity).toEqual({ TableName: 'items', CapacityUnits: 1 })
  const got = await db.getItem({ TableName: 'items', Key: { a: { S: 'k' } } })
  expect(got.Item).toEqual({ ...item, n: { N: '-15789000' } })
})

test('an update sets, adds, removes and returns what was asked for', async () => {
  const { db } = cloud
  const Key = { a: { S: 'u' } }
  const first = await db.updateItem({
    TableName: 'items',
    Key,
    UpdateExpression: 'SET #l = :l, m = :m ADD n :one REMOVE gone',
    ExpressionAttributeNames: { '#l': 'list' },
    ExpressionAttributeValues: {
      ':l': { L: [{ S: 'x' }] },
      ':m': { M: {} },
      ':one': { N: '1' },
    },
    ReturnValues: 'ALL_NEW',
  })
  expect(first.Attributes).toEqual({
    ...Key,
    list: { L: [{ S: 'x' }] },
    m: { M: {} },
    n: { N: '1' },
  })
  const second = await db.updateItem({
    TableName: 'items',
    Key,
    UpdateExpression: 'SET m.x = if_not_exists(m.x, :z) + :z, #l[9] = :s ADD n :big',
    ExpressionAttributeNames: { '#l': 'list' },
    ExpressionAttributeValues: {
      ':z': { N: '0.1' },
      ':s': { S: 'y' },
      ':big': { N: '99999999999999999999' },
    },
    ReturnValues: 'UPDATED_NEW',
  })
  expect(second.Attributes).toEqual({
    m: { M: { x: { N: '0.2' } } },
    n: { N: '100000000000000000000' },
  })
})

test.each([
  { UpdateExpression: 'REMOVE x' },
  { UpdateExpression: 'REMOVE x.y[0]' },
  { UpdateExpression: 'DELETE x :s', ExpressionAttributeValues: { ':s': { SS: ['a'] } } },
  { AttributeUpdates: { x: { Action: 'DELETE' as const } } },
])('an update that only takes away makes no item: %j', async (update) => {
  const { db } = cloud
  const asked = { TableName: 'items', Key: { a: { S: 'never' } } }
  const { Attributes } = await db.updateItem({ ...asked, ...update, ReturnValues: 'ALL_NEW' })
  expect(Attributes).toBeUndefined()
  expect((await db.getItem(asked)).Item).toBeUndefined()
})

test('a condition that fails changes nothing and can show the item', async () => {
  const { db } = cloud
  await db.putItem({ TableName: 'items', Item: { a: { S: 'c' }, v: { N: '1' } } })
  const refused = db.putItem({
    TableName: 'items',
    Item: { a: { S: 'c' }, v: { N: '2' } },
    ConditionExpression: 'attribute_not_exists(a) OR v > :v',
    ExpressionAttributeValues: { ':v': { N: '1' } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
  await expect(refused).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
    Item: { a: { S: 'c' }, v: { N: '1' } },
  })
  const gone = await db.deleteItem({
    TableName: 'items',
    Key: { a: { S: 'c' } },
    ReturnValues: 'ALL_OLD',
  })
  expect(gone.Attributes).toEqual({ a: { S: 'c' }, v: { N: '1' } })
})

test('conditional writes side by side lose no update', async () => {
  const { db } = cloud
  const Key = { a: { S: 'counter' } }
  await db.putItem({ TableName: 'items', Item: { ...Key, n: { N: '0' } } })
  const increment = async (): Promise<void> => {
    const { Item } = await db.getItem({ TableName: 'items', Key, ConsistentRead: true })
    try {
      await db.updateItem({
        TableName: 'items',
        Key,
        UpdateExpression: 'SET n = n + :one',
        ConditionExpression: 'n = :seen',
        ExpressionAttributeValues: { ':one': { N: '1' }, ':seen': Item!['n']! },
      })
    } catch (error) {
      expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' })
      await increment()
    }
  }
  await Promise.all(Array.from({ length: 10 }, increment))
  const { Item } = await db.getItem({ TableName: 'items', Key })
  expect(Item).toEqual({ ...Key, n: { N: '10' } })
})
