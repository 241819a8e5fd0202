import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttributeValue, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { describe, expect, test } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'
import { random } from './random.ts'
import { replayed } from './stream-replay.ts'

type Item = Record<string, AttributeValue>

const TableName = 'model'

async function createModelTable({ table }: DynamoUnderTest): Promise<void> {
  await table(TableName, {
    range: true,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    AttributeDefinitions: [
      { AttributeName: 'a', AttributeType: 'S' },
      { AttributeName: 'b', AttributeType: 'S' },
      { AttributeName: 'g', AttributeType: 'N' },
      { AttributeName: 'n', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: 'byGAndN',
        KeySchema: [
          { AttributeName: 'g', KeyType: 'HASH' },
          { AttributeName: 'n', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'byN',
        KeySchema: [
          { AttributeName: 'a', KeyType: 'HASH' },
          { AttributeName: 'n', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
}

/** One random operation on the table and on the map that stands for it. */
async function step(
  { db }: DynamoUnderTest,
  model: Map<string, Item>,
  pick: (n: number) => number,
) {
  const key = keyOf(pick(15))
  const id = idOf(key)
  const g = { N: String(pick(4)) }
  const kind = pick(6)
  if (kind === 0) {
    await db.deleteItem({ TableName, Key: key })
    model.delete(id)
  } else if (kind === 1) {
    await db.updateItem({
      TableName,
      Key: key,
      UpdateExpression: 'SET g = :g ADD n :one',
      ExpressionAttributeValues: { ':g': g, ':one': { N: '1' } },
    })
    const old = model.get(id)
    model.set(id, { ...key, ...old, g, n: { N: String(Number(old?.['n']?.N ?? 0) + 1) } })
  } else if (kind === 2) {
    await db.updateItem({ TableName, Key: key, UpdateExpression: 'REMOVE g' })
    const { g: _gone, ...left } = model.get(id) ?? {}
    // What only takes away makes no item.
    if (model.has(id)) model.set(id, left)
  } else if (kind === 3) {
    const put = { TableName, Item: { ...key, g }, ConditionExpression: 'attribute_not_exists(a)' }
    const refused = await db.putItem(put).then(
      () => false,
      () => true,
    )
    expect(refused).toBe(model.has(id))
    if (!refused) model.set(id, { ...key, g })
  } else {
    await transact(db, model, pick)
  }
}

/** Some actions on different items: all of them, or none and what each was refused for. */
async function transact(
  db: DynamoUnderTest['db'],
  model: Map<string, Item>,
  pick: (n: number) => number,
) {
  const first = pick(15)
  const after = new Map(model)
  const codes: string[] = []
  const TransactItems = Array.from({ length: 1 + pick(3) }, (_, i) => {
    const Key = keyOf((first + i * 4) % 15)
    const id = idOf(Key)
    const mustBe = pick(3) > 0 === model.has(id)
    codes.push(mustBe === model.has(id) ? 'None' : 'ConditionalCheckFailed')
    const ConditionExpression = mustBe ? 'attribute_exists(a)' : 'attribute_not_exists(a)'
    const asked = { TableName, Key, ConditionExpression }
    const kind = pick(4)
    if (kind === 0) return { ConditionCheck: asked }
    if (kind === 1) {
      after.delete(id)
      return { Delete: asked }
    }
    const n = { N: String(pick(5)) }
    if (kind === 2) {
      after.set(id, { ...Key, ...model.get(id), n })
      const ExpressionAttributeValues = { ':n': n }
      return { Update: { ...asked, UpdateExpression: 'SET n = :n', ExpressionAttributeValues } }
    }
    const Item = { ...Key, n, g: { N: String(pick(4)) } }
    after.set(id, Item)
    return { Put: { TableName, Item, ConditionExpression } }
  })
  const refused = await db.transactWriteItems({ TransactItems }).then(
    () => undefined,
    (error: TransactionCanceledException) => error.CancellationReasons!.map(({ Code }) => Code!),
  )
  if (codes.every((code) => code === 'None')) {
    expect(refused).toBeUndefined()
    model.clear()
    after.forEach((item, id) => model.set(id, item))
  } else expect(refused).toEqual(codes)
}

const keyOf = (n: number) => ({ a: { S: `p${n % 3}` }, b: { S: `s${Math.floor(n / 3)}` } })
const idOf = (key: Item) => key['a']!.S! + key['b']!.S!

const sorted = (items: Item[]) =>
  items.toSorted((x, y) => (x['a']!.S! + x['b']!.S! < y['a']!.S! + y['b']!.S! ? -1 : 1))

/** An index's items page by page, which are in order of `n` and the same backwards. */
async function bothWays(
  { db }: DynamoUnderTest,
  IndexName: string,
  name: string,
  value: AttributeValue,
  limit: number,
): Promise<Item[]> {
  const read = async (ScanIndexForward: boolean) => {
    const items: Item[] = []
    let ExclusiveStartKey: Item | undefined
    do {
      const page = await db.query({
        TableName,
        IndexName,
        ScanIndexForward,
        ExclusiveStartKey,
        ...(limit > 0 && { Limit: limit }),
        KeyConditionExpression: '#name = :value AND n >= :least',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value, ':least': { N: '0' } },
      })
      items.push(...page.Items!)
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
    return items
  }
  const items = await read(true)
  const order = items.map((item) => Number(item['n']!.N))
  expect(order).toEqual(order.toSorted((x, y) => x - y))
  expect(await read(false)).toEqual(items.toReversed())
  return items
}

/** One partition of the global index and one of the local: what has a sort key, and nothing else. */
async function compareSorted(cloud: DynamoUnderTest, model: Map<string, Item>, n: string) {
  const those = (name: string, text: string) =>
    sorted(
      [...model.values()].filter((item) => item['n'] && (item[name]?.N ?? item[name]?.S) === text),
    )
  const [byG, byN] = await Promise.all([
    bothWays(cloud, 'byGAndN', 'g', { N: n }, Number(n) % 3),
    bothWays(cloud, 'byN', 'a', { S: `p${n}` }, 1 + (Number(n) % 2)),
  ])
  expect(sorted(byG)).toEqual(those('g', n))
  expect(sorted(byN)).toEqual(those('a', `p${n}`))
}

async function compare(cloud: DynamoUnderTest, model: Map<string, Item>): Promise<void> {
  const { db } = cloud
  const { Items: all } = await db.scan({ TableName })
  expect(sorted(all!)).toEqual(sorted([...model.values()]))
  for (const n of ['0', '1', '2', '3']) {
    const { Items: found } = await db.query({
      TableName,
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { N: n } },
    })
    expect(sorted(found!)).toEqual(sorted([...model.values()].filter(({ g }) => g?.N === n)))
  }
  await Promise.all(['0', '1', '2', '3'].map((n) => compareSorted(cloud, model, n)))
  const streams = new DynamoDBStreams(cloud.config())
  const { Table } = await db.describeTable({ TableName })
  const told = await replayed(streams, Table!.LatestStreamArn!)
  expect(sorted([...told.values()])).toEqual(sorted([...model.values()]))
  streams.destroy()
}

describe.each(testDatabases())('over $name', ({ config }) => {
  test('random operations agree with a map, across restarts', async () => {
    const home = await mkdtemp(join(tmpdir(), 'madang-model-'))
    const values = { ...(await config()), home }
    const pick = random(20260)
    const model = new Map<string, Item>()
    let cloud = await startDynamo(values)
    await createModelTable(cloud)
    for (let life = 0; life < 2; life++) {
      for (let i = 0; i < 40; i++) await step(cloud, model, pick)
      await compare(cloud, model)
      await cloud.stop()
      cloud = await startDynamo(values)
      await compare(cloud, model)
    }
    await cloud.stop()
    await rm(home, { recursive: true, force: true })
  })
})
