import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { random } from './random.ts'
import { replayed } from './stream-replay.ts'

// Every server here is a process of its own, ended by SIGKILL in the middle of requests.
let home = ''
let server: ChildProcess
let db: DynamoDB
let streams: DynamoDBStreams
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'madang-dynamodb-killed-'))
  await start()
  await db.createTable({
    TableName,
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'g', AttributeType: 'S' },
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    BillingMode: 'PAY_PER_REQUEST',
  })
})
afterEach(async () => {
  await kill()
  await rm(home, { recursive: true, force: true })
})

const TableName = 'killed'
const script = fileURLToPath(new URL('killed-server.ts', import.meta.url))

async function start(): Promise<void> {
  server = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(server.stdout!, 'data')) as [Buffer]
  const config = {
    endpoint: String(url).trim(),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }
  db = new DynamoDB(config)
  streams = new DynamoDBStreams(config)
}

async function kill(): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  db.destroy()
  streams.destroy()
}

type Item = Record<string, AttributeValue>

async function everything(IndexName?: string): Promise<Map<string, Item>> {
  const all = new Map<string, Item>()
  let ExclusiveStartKey: Item | undefined
  do {
    const page = await db.scan({ TableName, IndexName, ExclusiveStartKey })
    for (const item of page.Items!) all.set(item['id']!.S!, item)
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
  return all
}

/**
 * One item's possible states: what it was when it was last known for certain, and what each write
 * since, unanswered when the server died, may have made of it.
 */
interface Known {
  sure: Item | undefined
  perhaps: (Item | undefined)[]
}

const same = (a: Item | undefined, b: Item | undefined) =>
  JSON.stringify(a && Object.entries(a).sort()) === JSON.stringify(b && Object.entries(b).sort())

let answered = 0
/** Until so many more requests have been answered: that is when a server is killed. */
function answers(more: number): Promise<unknown> {
  const enough = answered + more
  return vi.waitUntil(() => answered >= enough, { timeout: 60_000, interval: 1 })
}

/** Random writes on one key, one after the other, until the server is gone. */
async function write(id: string, known: Known, pick: (below: number) => number): Promise<void> {
  const gone = server
  while (gone.signalCode === null && gone.exitCode === null) {
    const item: Item = {
      id: { S: id },
      g: { S: `g${pick(3)}` },
      n: { N: String(pick(1e6)) },
      text: { S: 'x'.repeat(pick(3000)) },
    }
    const removes = pick(4) === 0
    known.perhaps = [removes ? undefined : item]
    try {
      if (removes) await db.deleteItem({ TableName, Key: { id: { S: id } } })
      else if (pick(2)) await db.putItem({ TableName, Item: item })
      else await db.transactWriteItems({ TransactItems: [{ Put: { TableName, Item: item } }] })
    } catch {
      // The server died before it answered: the write happened, or it didn't.
      return
    }
    known.sure = known.perhaps[0]
    known.perhaps = []
    answered++
  }
}

test('after kill -9 each item is as its last answer said, or as the write under way', async () => {
  const pick = random(20261122)
  const model = new Map<string, Known>()
  for (let i = 0; i < 24; i++) model.set(`k${i}`, { sure: undefined, perhaps: [] })
  for (let round = 0; round < 2; round++) {
    const writing = [...model].map(([id, known]) => write(id, known, pick))
    await answers(100 + pick(100))
    await kill()
    await Promise.all(writing)
    await start()
    const [items, index] = [await everything(), await everything('byG')]
    for (const [id, known] of model) {
      const found = items.get(id)
      const allowed = [known.sure, ...known.perhaps]
      expect(
        allowed.some((state) => same(state, found)),
        `${id} in round ${round}`,
      ).toBe(true)
      // The index says the same as the table.
      expect(same(index.get(id), found)).toBe(true)
      model.set(id, { sure: found, perhaps: [] })
    }
    // So does the stream: what it told, one change after the other, makes the table.
    const { Table } = await db.describeTable({ TableName })
    const told = await replayed(streams, Table!.LatestStreamArn!)
    expect(new Map([...told.values()].map((item) => [item['id']!.S!, item]))).toEqual(items)
  }
})

test('money moved by transactions is neither lost nor made by kill -9', async () => {
  const pick = random(7)
  const accounts = Array.from({ length: 8 }, (_, i) => `a${i}`)
  for (const id of accounts) {
    await db.putItem({ TableName, Item: { id: { S: id }, n: { N: '100' } } })
  }
  const half = (id: string, by: number) => ({
    Update: {
      TableName,
      Key: { id: { S: id } },
      UpdateExpression: 'ADD n :by',
      ConditionExpression: 'n >= :least',
      ExpressionAttributeValues: { ':by': { N: String(by) }, ':least': { N: String(-by) } },
    },
  })
  for (let round = 0; round < 2; round++) {
    const gone = server
    const moving = Array.from({ length: 16 }, async () => {
      while (gone.signalCode === null && gone.exitCode === null) {
        const from = pick(accounts.length)
        const to = (from + 1 + pick(accounts.length - 1)) % accounts.length
        const by = 1 + pick(40)
        const TransactItems = [half(accounts[from]!, -by), half(accounts[to]!, by)]
        await db.transactWriteItems({ TransactItems }).catch((error: Error) => {
          // Too little on the account, or the server was killed; anything else is a fault.
          const isFault =
            error.name === 'InternalServerError' || error.name === 'ValidationException'
          if (isFault) throw error
        })
        answered++
      }
    })
    await answers(60 + pick(60))
    await kill()
    await Promise.all(moving)
    await start()
    const balances = [...(await everything()).values()].map((item) => Number(item['n']!.N))
    expect(balances.reduce((sum, n) => sum + n, 0)).toBe(800)
    expect(Math.min(...balances)).toBeGreaterThanOrEqual(0)
  }
})
