import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
const run = (Statement: string, ...Parameters: { S?: string; N?: string }[]) =>
  cloud.db.executeStatement({
    Statement,
    ...(Parameters.length > 0 && { Parameters: Parameters as never }),
  })

beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('songs', { range: true })
  for (const b of ['1', '2', '3']) {
    await run(`INSERT INTO "songs" VALUE {'a': 'x', 'b': ?, 'n': ${b}, 'tags': <<'t${b}'>>}`, {
      S: b,
    })
  }
})
afterAll(() => cloud.stop())

test('selects by key, by filter, and by pages', async () => {
  const { Items } = await run(
    `SELECT b, tags FROM songs WHERE a = 'x' AND b >= '2' ORDER BY b DESC`,
  )
  expect(Items).toEqual([
    { b: { S: '3' }, tags: { SS: ['t3'] } },
    { b: { S: '2' }, tags: { SS: ['t2'] } },
  ])
  const filtered = await run('SELECT * FROM songs WHERE n IN (1, 3) AND absent IS MISSING')
  expect(filtered.Items).toHaveLength(2)
  const page = await cloud.db.executeStatement({ Statement: 'SELECT * FROM songs', Limit: 2 })
  expect(page.Items).toHaveLength(2)
  const next = await cloud.db.executeStatement({
    Statement: 'SELECT * FROM songs',
    NextToken: page.NextToken,
  })
  expect(next.Items).toHaveLength(1)
})

test('inserts once, updates what is there, deletes', async () => {
  await expect(run(`INSERT INTO songs VALUE {'a': 'x', 'b': '1'}`)).rejects.toMatchObject({
    name: 'DuplicateItemException',
    message: 'Duplicate primary key exists in table',
  })
  const updated = await run(
    `UPDATE songs SET n = n + 10 SET tags = set_add(tags, <<'new'>>) ` +
      `WHERE a = 'x' AND b = '1' RETURNING MODIFIED NEW *`,
  )
  expect(updated.Items).toEqual([{ n: { N: '11' }, tags: { SS: ['t1', 'new'] } }])
  await expect(run(`UPDATE songs SET n = 1 WHERE a = 'x' AND b = 'no'`)).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
  })
  await expect(run(`DELETE FROM songs WHERE a = 'x'`)).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Where clause does not contain a mandatory equality on all key attributes',
  })
  const gone = await run(`DELETE FROM songs WHERE a = 'x' AND b = '3' RETURNING ALL OLD *`)
  expect(gone.Items![0]).toMatchObject({ b: { S: '3' } })
})

test('a batch answers one by one, a transaction as one', async () => {
  const { Responses } = await cloud.db.batchExecuteStatement({
    Statements: [
      { Statement: `INSERT INTO songs VALUE {'a': 'y', 'b': '1'}` },
      { Statement: `INSERT INTO songs VALUE {'a': 'x', 'b': '1'}` },
    ],
  })
  expect(Responses).toEqual([
    { TableName: 'songs' },
    {
      TableName: 'songs',
      Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' },
    },
  ])
  const refused = cloud.db.executeTransaction({
    TransactStatements: [
      { Statement: `INSERT INTO songs VALUE {'a': 'z', 'b': '1'}` },
      { Statement: `UPDATE songs SET n = 1 WHERE a = 'x' AND b = '1' AND n = 5` },
    ],
  })
  await expect(refused).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
  })
  expect((await run(`SELECT * FROM songs WHERE a = 'z'`)).Items).toEqual([])
})
