import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
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
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
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
  const key = { a: { S: `p${pick(3)}` }, b: { S: `s${pick(5)}` } }
  const id = key.a.S + key.b.S
  const g = { N: String(pick(4)) }
  const kind = pick(5)
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
    await db.transactWriteItems({
      TransactItems: [{ Put: { TableName, Item: { ...key, g, t: { BOOL: true } } } }],
    })
    model.set(id, { ...key, g, t: { BOOL: true } })
  }
}

const sorted = (items: Item[]) =>
  items.toSorted((x, y) => (x['a']!.S! + x['b']!.S! < y['a']!.S! + y['b']!.S! ? -1 : 1))

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
