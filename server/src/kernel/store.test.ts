import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabases } from '../testing/databases.ts'
import {
  createKernel,
  configFor,
  isUniqueViolation,
  type Kernel,
  type SumName,
  SumText,
} from './index.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface TestTables {
  test_thing: { id: string; count: number; at: number | null; blob: Uint8Array | null }
}

const stores = [
  ...testDatabases().map((database) => ({ ...database, durable: true })),
  { name: 'sqlite in this thread', config: async () => ({}), durable: false },
]

describe.each(stores)('the store over $name', ({ config, durable }) => {
  let kernel: Kernel
  const home = mkdtempSync(join(tmpdir(), 'madang-test-'))

  beforeAll(async () => {
    kernel = await createKernel(configFor({ home, ...(await config()) }), { durable })
    await kernel.database.migrate('test', [
      {
        id: '001-things',
        async up(db, types) {
          await db.schema
            .createTable('test_thing')
            .addColumn('id', 'text', (column) => column.primaryKey())
            .addColumn('count', 'integer', (column) => column.notNull())
            .addColumn('at', types.bigint)
            .addColumn('blob', types.blob)
            .execute()
        },
      },
    ])
  })
  afterAll(async () => {
    await kernel.stop()
    rmSync(home, { recursive: true, force: true })
  })

  const put = (id: string, count = 0) =>
    kernel.database.write(async (tx) => {
      const row = { id, count, at: null, blob: null }
      await tx.tables<TestTables>().insertInto('test_thing').values(row).execute()
    })
  const get = (id: string) =>
    kernel.database
      .tables<TestTables>()
      .selectFrom('test_thing')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()

  test('whoever awaited a write reads it, moments and bytes as they were', async () => {
    const at = Date.UTC(2300, 0, 1)
    const blob = Uint8Array.of(0, 1, 255)
    await kernel.database.write(async (tx) => {
      const row = { id: 'kinds', count: 1, at, blob }
      await tx.tables<TestTables>().insertInto('test_thing').values(row).execute()
    })
    const row = await get('kinds')
    expect(row).toMatchObject({ count: 1, at })
    expect([...row!.blob!]).toEqual([0, 1, 255])
  })

  test('a throw undoes everything and calls no hook', async () => {
    let hooked = false
    const failing = kernel.database.write(async (tx) => {
      tx.afterCommit(() => (hooked = true))
      const row = { id: 'gone', count: 0, at: null, blob: null }
      await tx.tables<TestTables>().insertInto('test_thing').values(row).execute()
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await get('gone')).toBeUndefined()
    expect(hooked).toBe(false)
  })

  test('a broken constraint is told by its code, and harms no neighbour', async () => {
    await put('once')
    const outcomes = await Promise.allSettled([put('left'), put('once'), put('right')])
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    const failed = outcomes[1] as PromiseRejectedResult
    expect(isUniqueViolation(failed.reason)).toBe(true)
    expect(await get('left')).toBeDefined()
    expect(await get('right')).toBeDefined()
  })

  test('writes are one after the other: no count is lost', async () => {
    await put('counter')
    const add = () =>
      kernel.database.write(async (tx) => {
        const db = tx.tables<TestTables>()
        const row = await db
          .selectFrom('test_thing')
          .select('count')
          .where('id', '=', 'counter')
          .executeTakeFirstOrThrow()
        await db
          .updateTable('test_thing')
          .set({ count: row.count + 1 })
          .where('id', '=', 'counter')
          .execute()
      })
    await Promise.all(Array.from({ length: 60 }, add))
    expect((await get('counter'))!.count).toBe(60)
  })

  test('statements are applied all or none', async () => {
    const insert = (id: string) =>
      kernel.database
        .tables<TestTables>()
        .insertInto('test_thing')
        .values({ id, count: 0, at: null, blob: null })
        .compile()
    await kernel.database.apply([insert('a1'), insert('a2')])
    expect(await get('a2')).toBeDefined()
    await expect(kernel.database.apply([insert('a3'), insert('a1')])).rejects.toThrow()
    expect(await get('a3')).toBeUndefined()
  })

  test('sums of bytes are made where they are written, and told, also in a group with others', async () => {
    const { sql } = kernel.database
      .tables<TestTables>()
      .insertInto('test_thing')
      .values({ id: '', count: 0, at: 0, blob: new Uint8Array(0) })
      .compile()
    const insert = (sum: SumName, name: string, text: string) => ({
      sql,
      parameters: [new SumText(sum, `${name} <`, '>'), 0, null, Buffer.from(text)],
    })
    const many = '1'.repeat(1000)
    const given = await Promise.all([
      kernel.database.apply([insert('md5', 'one', '123456789')]),
      put('sum-plain'),
      kernel.database.apply([insert('md5', 'empty', ''), insert('crc64nvme', 'many', many)]),
      kernel.database.apply([{ sql, parameters: ['none', 0, null, null] }]),
    ])
    // As others give them; of the CRC, `123456789` has a value that is published with it.
    expect(given).toEqual([
      ['25f9e794323b453885f5181f1b624d0b'],
      undefined,
      ['d41d8cd98f00b204e9800998ecf8427e', 'ec9g5VWN5yg='],
      [],
    ])
    expect(await kernel.database.apply([insert('crc64nvme', 'check', '123456789')])).toEqual([
      'rosUhgp5mIg=',
    ])
    const found = await get('one <25f9e794323b453885f5181f1b624d0b>')
    expect(Buffer.from(found!.blob!).toString()).toBe('123456789')
    expect(await get('many <ec9g5VWN5yg=>')).toBeDefined()
  })

  test('a write inside a write is a bug that says so', async () => {
    const nested = kernel.database.write(() => put('nested'))
    await expect(nested).rejects.toThrow('a write inside a write')
  })

  test('a transaction used after its end is a bug that says so', async () => {
    const kept = await kernel.database.write(async (tx) => tx)
    const late = kept.tables<TestTables>().selectFrom('test_thing').selectAll().execute()
    await expect(late).rejects.toThrow('the transaction is over')
  })

  test('data of a newer program is refused, untouched', async () => {
    await expect(kernel.database.migrate('test', [])).rejects.toThrow('newer Madang')
  })
})
