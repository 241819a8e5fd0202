import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

// The messages are the real service's own, where the comments don't say otherwise.
let cloud: DynamoUnderTest
const run = (Statement: string, more: object = {}) =>
  cloud.db.executeStatement({ Statement, ...more })
const refused = (Statement: string, message: string, more: object = {}) =>
  expect(run(Statement, more), Statement).rejects.toMatchObject({
    name: 'ValidationException',
    message,
  })
const unreadable = (Statement: string, why: string) =>
  refused(Statement, `Statement wasn't well formed, can't be processed: ${why}`)

beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('trips', {
    range: true,
    AttributeDefinitions: ['a', 'b', 'line', 'stop'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-line',
        KeySchema: [{ AttributeName: 'line', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['seats'] },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'by-stop',
        KeySchema: [
          { AttributeName: 'a', KeyType: 'HASH' },
          { AttributeName: 'stop', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  })
  for (const b of ['1', '2', '3']) {
    const rest = `'stop': 'S${b}', 'seats': ${b}0, 'crew': {'lead': 'L${b}', 'all': ['x', 'y']}`
    const line = b === '3' ? '' : `'line': 'red', `
    await run(`INSERT INTO trips VALUE {'a': 'day', 'b': '${b}', ${line}${rest}}`)
  }
})
afterAll(() => cloud.stop())

test('comments, semicolons, exponents and clauses in another order are read', async () => {
  const select = await run(
    "-- which\nSELECT b FROM trips /* all of them */ WHERE a = 'day' AND seats = .2e2;",
  )
  expect(select.Items).toEqual([{ b: { S: '2' } }])
  await run("FROM trips WHERE a = 'day' AND b = '1' AND attribute_exists(stop) SET late = true")
  const { Items } = await run(
    "SELECT late, crew.lead, crew['all'][1] FROM trips WHERE a = 'day' AND late IS BOOL",
  )
  expect(Items).toEqual([{ late: { BOOL: true }, lead: { S: 'L1' }, 'all[1]': { S: 'y' } }])
  const others = await run("SELECT b FROM trips WHERE a = 'day' AND seats NOT IN [10, 30]")
  expect(others.Items).toEqual([{ b: { S: '2' } }])
})

test('a statement that cannot be read says why', async () => {
  await unreadable('SLECT * FROM trips', 'Expected data manipulation')
  await unreadable("UPDATE trips WHERE a = 'day'", 'Expected data manipulation')
  await unreadable("SELECT * FROM trips WHERE a = 'day' then", 'Unexpected token after expression')
  await unreadable('SELECT * FROM trips WHERE', 'Unexpected term')
  await unreadable(
    "SELECT * FROM trips WHERE a = 'day' AND",
    'Missing right-hand side expression of infix operator',
  )
  await unreadable("SELECT * FROM trips WHERE user = 'me'", 'Unexpected keyword')
  await unreadable('SELECT * FROM trips WHERE a = LIKE', 'Unexpected operator')
  await unreadable("SELECT * FROM trips WHERE a = 'day' # why", '')
  await unreadable('DELETE FROM', 'Expected identifier for simple path')
  await refused("SELECT * FROM trips t WHERE a = 'day'", 'Aliasing is not supported')
  await refused(
    "INSERT INTO trips VALUE {'a': 'x', 'b': 'y', 'm': {'n': [1e126]}}",
    'Number overflow. Attempting to store a number with magnitude larger than supported range ' +
      'under root.n[0]',
  )
  await refused(
    "UPDATE trips SET tags = set_add(labels, <<'x'>>) WHERE a = 'day' AND b = '1'",
    'The first argument to SET_ADD must equal the assignment value at 1:25:7',
  )
})

test('parentheses may stand around operands, and hold lists', async () => {
  const one = await run("SELECT (b) FROM trips WHERE (a) = ('day') AND (seats) IN (+20)")
  expect(one.Items).toEqual([{ b: { S: '2' } }])
  await run("UPDATE trips SET seats = (seats + 1) - 1, log = (1, 'x') WHERE a = 'day' AND b = '2'")
  const { Items } = await run("SELECT seats, log FROM trips WHERE a = 'day' AND log = (1, 'x')")
  expect(Items).toEqual([{ seats: { N: '20' }, log: { L: [{ N: '1' }, { S: 'x' }] } }])
  await run("UPDATE trips REMOVE log WHERE a = 'day' AND b = '2'")
})

test.each([
  ["SELECT 'b' FROM trips", 'Unexpected path component at 1:8:3'],
  ['SELECT b, seats + 1 FROM trips', 'Unexpected path component at 1:17:1'],
  ['SELECT crew.* FROM trips', "Changing item's hierarchy while reading isn't supported"],
  ['SELECT b FROM trips WHERE late = MISSING', 'MISSING must be compared using IS operator'],
  ["SELECT b FROM trips WHERE a = 'day' AND late", 'The arguments to AND/OR must be Expressions'],
  [
    "SELECT b FROM trips WHERE a = 'day' ORDER BY 'b'",
    'Argument to ORDER BY must be of type VariableReference. Type: "b"',
  ],
  [
    "UPDATE trips SET crew.lead = 'x' SET crew = 1 WHERE a = 'day' AND b = '1'",
    'Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
      'path one: [crew], path two: [crew, lead]',
  ],
])('%s is refused', (statement, message) => refused(statement, message))

test('operands are judged before the table is looked for', async () => {
  await refused(
    "SELECT * FROM nowhere WHERE a = 'x' AND seats < ?",
    'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    { Parameters: [{ BOOL: true }] },
  )
  await refused(
    'SELECT * FROM trips WHERE a = 7',
    "Key attribute's data type should match its data type in table's schema: Key a",
  )
  await refused(
    "DELETE FROM trips WHERE a = 'day' AND b = '9' RETURNING ALL NEW *",
    'Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in ' +
      'DELETE statements.',
  )
})

test('an index shows and filters by what it holds', async () => {
  const keys = await run(`SELECT * FROM "trips"."by-stop" WHERE a = 'day'`)
  expect(Object.keys(keys.Items![0]!).sort()).toEqual(['a', 'b', 'stop'])
  const fetched = await run(`SELECT seats FROM "trips"."by-stop" WHERE a = 'day'`)
  expect(fetched.Items).toHaveLength(3)
  const scanned = await run(`SELECT b FROM "trips"."by-line" WHERE NOT crew = 'none'`)
  expect(scanned.Items).toHaveLength(2)
  await refused(
    `SELECT b FROM "trips"."by-line" WHERE line = 'red' AND crew = 'none'`,
    'One or more parameter values were invalid: Secondary index by-line does not project one or ' +
      'more filter attributes: [crew]',
  )
  await refused(
    `SELECT crew FROM "trips"."by-line" WHERE line = 'red'`,
    'One or more parameter values were invalid: Global secondary index by-line does not project ' +
      '[crew]',
  )
  await refused(
    `SELECT * FROM "trips"."by-night" WHERE a = 'day'`,
    'The table does not have the specified index',
  )
  await refused(
    `SELECT * FROM "trips"."by-line" WHERE line = 'red'`,
    'Strongly consistent read is not supported on Global Secondary Indexes',
    { ConsistentRead: true },
  )
  await refused(
    `DELETE FROM "trips"."by-line" WHERE a = 'day' AND b = '1'`,
    'This operation is not supported on an index',
  )
  const page = await run(`SELECT b FROM "trips"."by-line" WHERE line = 'red'`, { Limit: 1 })
  await expect(run('SELECT b FROM trips', { NextToken: page.NextToken })).rejects.toMatchObject({
    name: 'ValidationException',
  })
})

test('a batch refuses each statement on its own, and names the table of those that ran', async () => {
  const { Responses } = await cloud.db.batchExecuteStatement({
    Statements: [
      { Statement: `INSERT INTO trips VALUE {'a': 'day', 'b': '1'}` },
      { Statement: `UPDATE trips SET seats = 1 WHERE a = 'day'` },
      { Statement: `DELETE FROM trips WHERE a = 'night' AND b = '1' RETURNING ALL OLD *` },
    ],
  })
  expect(Responses).toMatchObject([
    { TableName: 'trips', Error: { Code: 'DuplicateItem' } },
    { Error: { Code: 'ValidationError' } },
    { TableName: 'trips' },
  ])
  expect(Responses![1]!.TableName).toBeUndefined()
  const reads = await cloud.db.batchExecuteStatement({
    Statements: [
      { Statement: `SELECT b FROM trips WHERE a = 'day'` },
      { Statement: `SELECT b FROM trips WHERE a = 'day' AND b = '2'`, ConsistentRead: true },
    ],
    ReturnConsumedCapacity: 'TOTAL',
  })
  expect(reads.Responses![0]!.Error!.Message).toBe(
    'Select statements within BatchExecuteStatement must specify the primary key in the where ' +
      'clause.',
  )
  expect(reads.Responses![1]!.Item).toEqual({ b: { S: '2' } })
  expect(reads.ConsumedCapacity).toMatchObject([{ CapacityUnits: 1 }])
})

test('a transaction of statements writes as one, checks what exists and is done once', async () => {
  const go = (statements: string[], more: object = {}) =>
    cloud.db.executeTransaction({
      TransactStatements: statements.map((Statement) => ({ Statement })),
      ...more,
    })
  const one = [
    `EXISTS(SELECT * FROM trips WHERE a = 'day' AND b = '2' AND seats = 20)`,
    `UPDATE trips SET seats = seats + 1 WHERE a = 'day' AND b = '3'`,
  ]
  const asked = { ClientRequestToken: 'once', ReturnConsumedCapacity: 'TOTAL' }
  const first = await go(one, asked)
  expect(first.Responses).toEqual([])
  expect(first.ConsumedCapacity).toMatchObject([{ WriteCapacityUnits: 4 }])
  const again = await go(one, asked)
  expect(again.ConsumedCapacity).toMatchObject([{ ReadCapacityUnits: 4 }])
  const { Items } = await run(`SELECT seats FROM trips WHERE a = 'day' AND b = '3'`)
  expect(Items).toEqual([{ seats: { N: '31' } }])
  await expect(
    go([`EXISTS(SELECT * FROM trips WHERE a = 'day' AND b = '2' AND seats = 0)`]),
  ).rejects.toMatchObject({ CancellationReasons: [{ Code: 'ConditionalCheckFailed' }] })
  await expect(
    go([`UPDATE trips SET x = 1 WHERE a = 'day' AND b = '1' RETURNING ALL NEW *`]),
  ).rejects.toThrow(
    'Validation failed in TransactStatements[0]: RETURNING clause is not supported in ' +
      'ExecuteTransaction.',
  )
  await expect(go([`SELECT * FROM "trips"."by-line" WHERE line = 'red'`])).rejects.toThrow(
    'Validation failed in TransactStatements[0]: Reads on indices are not supported within ' +
      'transactions.',
  )
})

test.each([
  ["a = 'day' AND x = '1' OR a = 'day' AND b = '2'"],
  ["a = 'day' AND x <> '1' OR a = 'day' AND b = '2'"],
  ["a = 'day' OR a = 'day'"],
  ["a IN ['day', 'day']"],
  ["a = 'day' AND (b > '0' OR b < '5')"],
  ["a = 'day' AND (b = '1' OR seats = 20)"],
  ["(a = 'day' AND seats = 10) OR (a = 'day' AND seats = 20)"],
  ["a IN ['day', 'night'] AND b >= '1' AND b < '3' OR a = 'day' AND begins_with(b, '2')"],
])('ways that read an item twice are refused: %s', async (where) => {
  await refused(
    `SELECT b FROM trips WHERE ${where}`,
    'Overlapping conditions with range keys are not supported in where clause',
  )
})

test.each([
  ["a = 'day' AND NOT b = '1' OR a = 'day' AND b = '2'", '23'],
  ["a = 'day' AND b <> '1' OR a = 'day' AND b = '2'", '23'],
  ["a = 'day' AND NOT b IN ['1', '3'] OR a = 'day' AND b = '2'", '2'],
  ["a = 'day' OR a = 'day' AND NOT b = '1'", '123'],
  ["a = 'day' AND (b = '1' OR b = '2')", '12'],
  ["a = 'day' AND (b < '2' OR b > '2' OR b = '2')", '123'],
  ["a = 'day' AND (stop = 'S1' OR stop = 'S3')", '13'],
  ["a = 'day' AND b = '1' OR a = 'night'", '1'],
  ["a = 'day' OR b = '1'", '123'],
  ["a = 'day' AND b > '5' AND b < '4' OR a = 'day' AND b >= '2'", '23'],
])('ways that lie apart are read: %s', async (where, expected) => {
  const { Items } = await run(`SELECT b FROM trips WHERE ${where}`)
  expect(
    Items!
      .map(({ b }) => b!.S)
      .sort()
      .join(''),
  ).toBe(expected)
})

test('each way has keys of their types', async () => {
  const what = "Key attribute's data type should match its data type in table's schema: Key"
  await refused("SELECT b FROM trips WHERE a = 1 OR a = 'day'", `${what} a`)
  await refused("SELECT b FROM trips WHERE a = 'day' AND b IN ['1', 2]", `${what} b`)
})

describe('several partitions', () => {
  const inTwo = "a IN ['night', 'day']"
  beforeAll(async () => {
    for (const b of ['7', '8']) await run(`INSERT INTO trips VALUE {'a': 'night', 'b': '${b}'}`)
    await cloud.table('plain')
    for (const a of ['1', '2', '3']) await run(`INSERT INTO plain VALUE {'a': '${a}'}`)
  })

  /** Its items page by page, as `day1`. */
  async function pages(Statement: string, Limit?: number) {
    const all: string[] = []
    let NextToken: string | undefined
    do {
      const page = await run(Statement, { Limit, NextToken })
      all.push(page.Items!.map(({ a, b }) => `${a?.S ?? ''}${b?.S ?? ''}`).join(' '))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return all
  }

  // Without a term of its own the partition goes up and the sort key down.
  test.each([
    ['', 'day1 day2 day3 night7 night8'],
    ['ORDER BY a', 'day3 day2 day1 night8 night7'],
    ['ORDER BY a DESC', 'night8 night7 day3 day2 day1'],
    ['ORDER BY a DESC, b ASC', 'night7 night8 day1 day2 day3'],
    ['ORDER BY b, a', 'day1 day2 day3 night7 night8'],
  ])('are read in the order of their keys: %s', async (order, expected) => {
    const statement = `SELECT a, b FROM trips WHERE ${inTwo} ${order}`
    expect(await pages(statement)).toEqual([expected])
    const inPages = await pages(statement, 2)
    expect(inPages.filter((page) => page !== '').join(' ')).toBe(expected)
  })

  test('alternatives are read one after the other', async () => {
    const where = "a = 'night' AND b = '8' OR a = 'day' AND b IN ['3', '1']"
    expect(await pages(`SELECT a, b FROM trips WHERE ${where}`)).toEqual(['day1 day3 night8'])
    expect(await pages(`SELECT a, b FROM trips WHERE ${where}`, 1)).toEqual([
      'day1',
      'day3',
      'night8',
      '',
    ])
    expect(await pages("SELECT a FROM plain WHERE a IN ['3', '1'] ORDER BY a DESC")).toEqual([
      '3 1',
    ])
  })

  test('are ordered by what they are called, too', async () => {
    const what = 'when more than one hash key condition specified in WHERE clause.'
    await refused(
      `SELECT b FROM trips WHERE ${inTwo} ORDER BY b`,
      `Must have hash key in ORDER BY clause ${what}`,
    )
    await refused(
      "SELECT b FROM trips WHERE a = 'day' OR b = '1' ORDER BY b",
      'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
    )
  })
})
