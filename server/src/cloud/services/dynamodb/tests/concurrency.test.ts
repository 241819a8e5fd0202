import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

describe.each(testDatabases())('over $name', ({ config }) => {
  let cloud: DynamoUnderTest
  beforeAll(async () => {
    cloud = await startDynamo(await config())
    await cloud.table('race')
  })
  afterAll(() => cloud.stop())

  vi.setConfig({ testTimeout: 60_000 })
  const TableName = 'race'
  const key = (id: string) => ({ TableName, Key: { a: { S: id } } })
  const outcomes = async (tries: Promise<unknown>[]) => {
    const all = await Promise.allSettled(tries)
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []))
    return { done: all.length - refused.length, refused: new Set(refused) }
  }

  test('of many who create one item, one does', async () => {
    const { db } = cloud
    const { done, refused } = await outcomes(
      Array.from({ length: 24 }, (_, i) =>
        db.putItem({
          TableName,
          Item: { a: { S: 'one' }, by: { N: String(i) } },
          ConditionExpression: 'attribute_not_exists(a)',
        }),
      ),
    )
    expect(done).toBe(1)
    expect(refused).toEqual(new Set(['ConditionalCheckFailedException']))
  })

  test('compare-and-set counts every success once', async () => {
    const { db } = cloud
    await db.putItem({ TableName, Item: { a: { S: 'cas' }, n: { N: '0' } } })
    let successes = 0
    const bump = async () => {
      for (let tries = 0; tries < 5; tries++) {
        const { Item } = await db.getItem({ ...key('cas'), ConsistentRead: true })
        const now = Number(Item!['n']!.N)
        const won = await db
          .updateItem({
            ...key('cas'),
            UpdateExpression: 'SET n = :next',
            ConditionExpression: 'n = :now',
            ExpressionAttributeValues: {
              ':now': { N: String(now) },
              ':next': { N: String(now + 1) },
            },
          })
          .then(
            () => true,
            () => false,
          )
        if (won) successes++
      }
    }
    await Promise.all(Array.from({ length: 8 }, bump))
    const { Item } = await db.getItem(key('cas'))
    expect(Number(Item!['n']!.N)).toBe(successes)
    expect(successes).toBeGreaterThan(0)
  })

  test('readers of a transaction see all of another or nothing of it', async () => {
    const { db } = cloud
    const pair = ['left', 'right']
    const put = (n: number) =>
      db.transactWriteItems({
        TransactItems: pair.map((id) => ({
          Put: { TableName, Item: { a: { S: id }, n: { N: String(n) } } },
        })),
      })
    await put(0)
    const state = { isDone: false }
    const writing = (async () => {
      for (let n = 1; n <= 20; n++) await put(n)
      state.isDone = true
    })()
    const seen: string[][] = []
    while (!state.isDone) {
      const { Responses } = await db.transactGetItems({
        TransactItems: pair.map((id) => ({ Get: key(id) })),
      })
      seen.push(Responses!.map(({ Item }) => Item!['n']!.N!))
    }
    await writing
    for (const [left, right] of seen) expect(left).toBe(right)
  })

  test('a transaction of which one part is refused leaves nothing', async () => {
    const { db } = cloud
    await db.putItem({ TableName, Item: { a: { S: 'taken' } } })
    const { done } = await outcomes(
      Array.from({ length: 20 }, (_, i) =>
        db.transactWriteItems({
          TransactItems: [
            { Put: { TableName, Item: { a: { S: `phantom${i}` } } } },
            {
              Put: {
                TableName,
                Item: { a: { S: 'taken' } },
                ConditionExpression: 'attribute_not_exists(a)',
              },
            },
          ],
        }),
      ),
    )
    expect(done).toBe(0)
    const { Items } = await db.scan({
      TableName,
      FilterExpression: 'begins_with(a, :p)',
      ExpressionAttributeValues: { ':p': { S: 'phantom' } },
    })
    expect(Items).toEqual([])
  })

  test('one token is one transaction, however often and at once it is sent', async () => {
    const { db } = cloud
    const send = () =>
      db.transactWriteItems({
        ClientRequestToken: 'the-same',
        TransactItems: [
          {
            Update: {
              ...key('once'),
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
        ],
      })
    await Promise.all(Array.from({ length: 12 }, send))
    const { Item } = await db.getItem(key('once'))
    expect(Item!['n']!.N).toBe('1')
  })
})
