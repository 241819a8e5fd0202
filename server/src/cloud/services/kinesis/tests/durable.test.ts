import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { expect, it, vi } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { startCloudProcess } from '../../../tests/cloud-process.ts'
import { startCloud } from '../../../tests/cloud-under-test.ts'

interface Read {
  text: string
  sequence: bigint
}

/** All records of a shard and of its descendants. */
async function readShard(kinesis: Kinesis, StreamName: string, ShardId: string): Promise<Read[]> {
  const given = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
  let { ShardIterator } = await kinesis.getShardIterator(given)
  const found: Read[] = []
  while (ShardIterator) {
    const page = await kinesis.getRecords({ ShardIterator, Limit: 40 })
    for (const { Data, SequenceNumber } of page.Records!) {
      found.push({ text: Buffer.from(Data!).toString(), sequence: BigInt(SequenceNumber!) })
    }
    if (page.Records!.length === 0 && page.MillisBehindLatest === 0) break
    ShardIterator = page.NextShardIterator
  }
  return found
}

async function readStream(kinesis: Kinesis, StreamName: string): Promise<Map<string, Read[]>> {
  const { Shards } = await kinesis.listShards({ StreamName })
  const found = new Map<string, Read[]>()
  for (const { ShardId } of Shards!) {
    found.set(ShardId!, await readShard(kinesis, StreamName, ShardId!))
  }
  return found
}

it('kill -9 loses no record that was answered, and numbers go on upwards', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-kinesis-'))
  const { child, url, gone } = await startCloudProcess(home)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const settings = { endpoint: url, region: 'ap-northeast-2', credentials, maxAttempts: 1 }
  const before = new Kinesis(settings)
  const StreamName = 'kept'
  await before.createStream({ StreamName, ShardCount: 2 })
  const answered = new Map<string, bigint>()
  const sender = async (from: number) => {
    for (let n = from; ; n += 4) {
      const Data = Buffer.from(`r${n}`)
      const sent = await before.putRecord({ StreamName, PartitionKey: `p${n}`, Data })
      answered.set(`r${n}`, BigInt(sent.SequenceNumber!))
      if (answered.size >= 100) child.kill('SIGKILL')
    }
  }
  void gone.then(() => before.destroy())
  await Promise.allSettled([0, 1, 2, 3].map(sender))
  await gone
  const under = await startCloud({ home })
  const kinesis = new Kinesis(under.config())
  const records = [...(await readStream(kinesis, StreamName)).values()].flat()
  const found = new Map(records.map(({ text, sequence }) => [text, sequence]))
  for (const [text, sequence] of answered) expect(found.get(text)).toBe(sequence)
  const Data = Buffer.from('next')
  const next = await kinesis.putRecord({ StreamName, PartitionKey: 'p0', Data })
  const ofShard = await readShard(kinesis, StreamName, next.ShardId!)
  const numbers = ofShard.map(({ sequence }) => sequence)
  expect(numbers.at(-1)).toBe(BigInt(next.SequenceNumber!))
  expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)))
  await under.stop()
  await rm(home, { recursive: true, force: true })
})

/** A small generator, so that a failure can be had again by its seed. */
function dice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % sides
  }
}

const seed = Number(process.env['MADANG_FUZZ_SEED'] ?? 20_261_122)

it.each(testDatabases())(
  `random puts, splits, merges and restarts lose nothing and keep the order on $name (seed ${seed})`,
  async ({ config }) => {
    const home = await mkdtemp(join(tmpdir(), 'madang-kinesis-'))
    const values = { home, ...(await config()) }
    const roll = dice(seed)
    const StreamName = 'model'
    let under = await startCloud(values)
    let kinesis = new Kinesis(under.config())
    await kinesis.createStream({ StreamName, ShardCount: 2 })
    /** What each shard was told to hold, in order. */
    const model = new Map<string, string[]>()
    const open = async () =>
      (await kinesis.listShards({ StreamName, ShardFilter: { Type: 'AT_LATEST' } })).Shards!.sort(
        (a, b) =>
          BigInt(a.HashKeyRange!.StartingHashKey!) < BigInt(b.HashKeyRange!.StartingHashKey!)
            ? -1
            : 1,
      )
    const put = async (step: number) => {
      const Records = Array.from({ length: 1 + roll(8) }, (_, n) => ({
        PartitionKey: `p${roll(50)}`,
        Data: Buffer.from(`${step}.${n}`),
      }))
      const answer = await kinesis.putRecords({ StreamName, Records })
      for (const [n, { ShardId }] of answer.Records!.entries()) {
        model.set(ShardId!, [...(model.get(ShardId!) ?? []), `${step}.${n}`])
      }
    }
    const reshape = async () => {
      const shards = await open()
      const at = roll(shards.length)
      const one = shards[at]!
      const next = shards[at + 1]
      const { StartingHashKey: from, EndingHashKey: to } = one.HashKeyRange!
      if (next && roll(2) === 0) {
        const pair = { ShardToMerge: one.ShardId, AdjacentShardToMerge: next.ShardId }
        await kinesis.mergeShards({ StreamName, ...pair })
      } else {
        const NewStartingHashKey = String((BigInt(from!) + BigInt(to!)) / 2n)
        await kinesis.splitShard({ StreamName, ShardToSplit: one.ShardId, NewStartingHashKey })
      }
    }
    for (let step = 0; step < 60; step++) {
      const what = roll(20)
      if (what === 0) {
        await under.stop()
        under = await startCloud(values)
        kinesis = new Kinesis(under.config())
      } else if (what < 4) await reshape()
      else await put(step)
    }
    const found = await readStream(kinesis, StreamName)
    for (const [ShardId, records] of found) {
      expect(records.map(({ text }) => text)).toEqual(model.get(ShardId) ?? [])
    }
    const ranges = (await open()).map(({ HashKeyRange: range }) => range!)
    expect(ranges[0]!.StartingHashKey).toBe('0')
    for (const [n, { EndingHashKey: end }] of ranges.entries()) {
      expect(ranges[n + 1]?.StartingHashKey ?? String(1n << 128n)).toBe(String(BigInt(end!) + 1n))
    }
    await under.stop()
    await rm(home, { recursive: true, force: true })
  },
)

it('records past their retention are gone for readers at once, and from the disk', async () => {
  const under = await startCloud()
  const kinesis = new Kinesis(under.config())
  const StreamName = 'short'
  await kinesis.createStream({ StreamName, ShardCount: 1 })
  const put = (text: string) =>
    kinesis.putRecord({ StreamName, PartitionKey: 'p', Data: Buffer.from(text) })
  await put('old')
  under.kernel.clock.advance(23 * 3_600_000)
  await put('young')
  under.kernel.clock.advance(2 * 3_600_000)
  const shard = 'shardId-000000000000'
  const texts = (await readShard(kinesis, StreamName, shard)).map(({ text }) => text)
  expect(texts).toEqual(['young'])
  await vi.waitFor(
    async () => {
      const sql = 'select count(*) as n from kinesis_record'
      const [row] = await under.kernel.database.select<{ n: number }>({ sql, parameters: [] })
      expect(row!.n).toBe(1)
    },
    { timeout: 60_000 },
  )
  await under.stop()
})
