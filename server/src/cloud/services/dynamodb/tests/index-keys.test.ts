import type { AttributeValue, KeySchemaElement } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

// Indexes whose keys have several attributes; the words are those of the real service.

let cloud: DynamoUnderTest
const TableName = 'trips'
const IndexName = 'by-line'

const schema = (hash: string[], range: string[]): KeySchemaElement[] => [
  ...hash.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' as const })),
  ...range.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' as const })),
]
const definitions = [
  { AttributeName: 'a', AttributeType: 'S' as const },
  { AttributeName: 'city', AttributeType: 'S' as const },
  { AttributeName: 'track', AttributeType: 'N' as const },
  { AttributeName: 'stop', AttributeType: 'S' as const },
  { AttributeName: 'leaves', AttributeType: 'N' as const },
  { AttributeName: 'seat', AttributeType: 'S' as const },
]

/** Stops that are each other's beginnings, and one with a zero in it. */
const stops = ['', '\0', 'a', 'ab'].map((end) => `harbour${end}`)
const minutes = [-5, 0, 7, 12]
const seats = ['x', 'y']
const trips = stops.flatMap((stop) =>
  minutes.flatMap((leaves) => seats.map((seat) => ({ stop, leaves, seat }))),
)
type Trip = (typeof trips)[number]
const itemOf = ({ stop, leaves, seat }: Trip, city = 'busan'): Record<string, AttributeValue> => ({
  a: { S: `${city} ${stop} ${leaves} ${seat}` },
  city: { S: city },
  track: { N: '2' },
  stop: { S: stop },
  leaves: { N: String(leaves) },
  seat: { S: seat },
})

beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table(TableName, {
    AttributeDefinitions: definitions,
    GlobalSecondaryIndexes: [
      {
        IndexName,
        KeySchema: schema(['city', 'track'], ['stop', 'leaves', 'seat']),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  })
  const mixed = trips.toSorted((one, other) => (one.seat + one.leaves < other.seat ? 1 : -1))
  for (const trip of mixed) {
    await cloud.db.putItem({ TableName, Item: { ...itemOf(trip), fare: { N: '1' } } })
  }
  // Neither another partition's item nor one that lacks part of the key is found.
  await cloud.db.putItem({ TableName, Item: itemOf(trips[0]!, 'seoul') })
  const { seat: _seat, ...unseated } = itemOf(trips[0]!)
  await cloud.db.putItem({ TableName, Item: { ...unseated, a: { S: 'unseated' } } })
})
afterAll(() => cloud.stop())

const values: Record<string, AttributeValue> = {
  ':city': { S: 'busan' },
  ':track': { N: '2.0' },
  ':stop': { S: 'harboura' },
  ':prefix': { S: 'harbour' },
  ':leaves': { N: '0' },
  ':late': { N: '7' },
  ':seat': { S: 'x' },
}
const used = (text: string) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => text.includes(name)))

async function found(more: string, asked: object = {}) {
  const condition = `track = :track AND city = :city${more && ` AND ${more}`}`
  const { Items, LastEvaluatedKey } = await cloud.db.query({
    TableName,
    IndexName,
    KeyConditionExpression: condition,
    ExpressionAttributeValues: used(condition),
    ...asked,
  })
  return { items: Items!, last: LastEvaluatedKey }
}
const placesOf = (items: Record<string, AttributeValue>[]) =>
  items.map(({ stop, leaves, seat }) => `${stop!.S} ${leaves!.N} ${seat!.S}`)
const expected = (holds: (trip: Trip) => boolean) =>
  trips.filter(holds).map(({ stop, leaves, seat }) => `${stop} ${leaves} ${seat}`)

test.each<[string, (trip: Trip) => boolean]>([
  ['', () => true],
  ['stop = :stop', ({ stop }) => stop === 'harboura'],
  ['stop < :stop', ({ stop }) => stop < 'harboura'],
  ['stop <= :stop', ({ stop }) => stop <= 'harboura'],
  ['stop > :prefix', ({ stop }) => stop > 'harbour'],
  ['stop >= :stop', ({ stop }) => stop >= 'harboura'],
  ['stop BETWEEN :prefix AND :stop', ({ stop }) => stop <= 'harboura'],
  ['begins_with(stop, :stop)', ({ stop }) => stop.startsWith('harboura')],
  ['stop = :prefix AND leaves > :leaves', (one) => one.stop === 'harbour' && one.leaves > 0],
  ['leaves <= :leaves AND stop = :prefix', (one) => one.stop === 'harbour' && one.leaves <= 0],
  [
    'stop = :stop AND leaves BETWEEN :leaves AND :late',
    (one) => one.stop === 'harboura' && one.leaves >= 0 && one.leaves <= 7,
  ],
  [
    'stop = :stop AND leaves = :leaves AND seat > :seat',
    (one) => one.stop === 'harboura' && one.leaves === 0 && one.seat > 'x',
  ],
])('what is found by “%s”, both ways', async (condition, holds) => {
  const [forward, backward] = await Promise.all([
    found(condition),
    found(condition, { ScanIndexForward: false }),
  ])
  expect(placesOf(forward.items)).toEqual(expected(holds))
  expect(placesOf(backward.items)).toEqual(expected(holds).toReversed())
  expect(forward.items.every((item) => item['fare'] === undefined)).toBe(true)
})

test('pages go on behind a key that has all the attributes', async () => {
  const seen: string[] = []
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined
  do {
    const { items, last } = await found('stop >= :stop', { Limit: 5, ExclusiveStartKey })
    seen.push(...placesOf(items))
    ExclusiveStartKey = last
    if (last) {
      const names = ['a', 'city', 'leaves', 'seat', 'stop', 'track']
      expect(Object.keys(last).toSorted()).toEqual(names)
    }
  } while (ExclusiveStartKey)
  expect(seen).toEqual(expected(({ stop }) => stop >= 'harboura'))
  await expect(
    found('', { ExclusiveStartKey: { a: { S: 'x' }, city: { S: 'busan' }, track: { N: '2' } } }),
  ).rejects.toThrow('The provided starting key is invalid')
})

test.each([
  ['leaves = :leaves', 'stop', 'leaves'],
  ['stop = :stop AND seat = :seat', 'leaves', 'seat'],
  ['stop > :stop AND leaves = :leaves', 'stop', 'leaves'],
])('“%s” lacks an equality', async (condition, lacking, present) => {
  await expect(found(condition)).rejects.toThrow(
    `RANGE key attributes ${lacking} must have equality conditions specified in the query ` +
      `because a condition is present on key attribute ${present}`,
  )
})

test('each attribute that partitions is tested for equality, in either language', async () => {
  const query = (KeyConditionExpression: string) =>
    cloud.db.query({
      TableName,
      IndexName,
      KeyConditionExpression,
      ExpressionAttributeValues: used(KeyConditionExpression),
    })
  await expect(query('city = :city')).rejects.toThrow(
    'Query condition missed key schema element: track',
  )
  await expect(query('city = :city AND track > :track')).rejects.toThrow(
    'Query key condition not supported',
  )
  const is = (name: string) => ({
    ComparisonOperator: 'EQ' as const,
    AttributeValueList: [values[`:${name}`]!],
  })
  const { Count } = await cloud.db.query({
    TableName,
    IndexName,
    KeyConditions: { city: is('city'), track: is('track'), stop: is('stop') },
  })
  expect(Count).toBe(minutes.length * seats.length)
})

test('an item enters with its last attribute and leaves with the first that goes', async () => {
  const Key = { a: { S: 'unseated' } }
  const count = async () => (await found('stop = :prefix')).items.length
  const before = await count()
  const update = (UpdateExpression: string) =>
    cloud.db.updateItem({
      TableName,
      Key,
      UpdateExpression,
      ...(UpdateExpression.includes(':') && {
        ExpressionAttributeValues: { ':v': { S: 'z' } },
      }),
    })
  await update('SET seat = :v')
  expect(await count()).toBe(before + 1)
  await update('REMOVE city')
  expect(await count()).toBe(before)
  await expect(
    cloud.db.putItem({ TableName, Item: { ...Key, track: { S: 'two' } } }),
  ).rejects.toThrow('Type mismatch for Index Key track Expected: N Actual: S IndexName: by-line')
})

test('an index is described as it was given, also when it comes later; statements refuse it', async () => {
  await cloud.table('later', {
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
  })
  await cloud.db.putItem({ TableName: 'later', Item: itemOf(trips[0]!) })
  const KeySchema = schema(['city', 'track'], ['stop', 'leaves'])
  await cloud.db.updateTable({
    TableName: 'later',
    AttributeDefinitions: definitions.filter(({ AttributeName: name }) => name !== 'seat'),
    GlobalSecondaryIndexUpdates: [
      { Create: { IndexName, KeySchema, Projection: { ProjectionType: 'ALL' } } },
    ],
  })
  const { Table } = await cloud.db.describeTable({ TableName: 'later' })
  expect(Table!.GlobalSecondaryIndexes![0]!.KeySchema).toEqual(KeySchema)
  await expect
    .poll(async () => (await cloud.db.scan({ TableName: 'later', IndexName })).Count)
    .toBe(1)
  await expect(
    cloud.db.executeStatement({ Statement: `SELECT * FROM "later"."${IndexName}"` }),
  ).rejects.toThrow(
    'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or ' +
      'multi-attribute RANGE keys.',
  )
})

const invalidValues = 'One or more parameter values were invalid: '
test.each<[string, string[], string[], string]>([
  [
    'five that partition',
    ['p', 'q', 'r', 's', 't'],
    [],
    `${invalidValues}The KeySchema exceeds the maximum allowed number of HASH key attributes`,
  ],
  [
    'five to sort by',
    ['p'],
    ['q', 'r', 's', 't', 'u'],
    `${invalidValues}The KeySchema exceeds the maximum allowed number of RANGE key attributes`,
  ],
  [
    'one twice',
    ['p', 'q'],
    ['p'],
    'The KeySchema contains multiple key attributes with the same name',
  ],
  [
    'none that partitions',
    [],
    ['p', 'q'],
    'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  ],
])('a key of %s is refused', async (_, hash, range, message) => {
  const names = [...new Set(['a', ...hash, ...range])]
  const KeySchema = schema(hash, range)
  const make = (given: KeySchemaElement[]) =>
    cloud.table('refused', {
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        { IndexName, KeySchema: given, Projection: { ProjectionType: 'ALL' } },
      ],
    })
  await expect(make(KeySchema)).rejects.toMatchObject({ name: 'ValidationException', message })
  if (hash.length !== 1) return
  await expect(make([...KeySchema.slice(0, 3), ...schema(['u'], [])])).rejects.toThrow(
    'All HASH key attributes must precede RANGE key attributes in the KeySchema',
  )
})
