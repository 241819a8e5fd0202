import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
const TableName = 'shelf'
const invalidIs = (asked: Promise<unknown>, message: string) =>
  expect(asked).rejects.toMatchObject({ name: 'ValidationException', message })

beforeAll(async () => {
  cloud = await startDynamo({ dynamodbThrottling: true })
  await cloud.table(TableName, {
    range: true,
    AttributeDefinitions: ['a', 'b', 'author'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    GlobalSecondaryIndexes: ['zebra', 'alpha'].map((IndexName) => ({
      IndexName,
      KeySchema: [{ AttributeName: 'author', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    })),
  })
})
afterAll(() => cloud.stop())

test('a query is refused for its conditions in the order in which they stand', async () => {
  const query = (KeyConditionExpression: string, values: object, more: object = {}) =>
    cloud.db.query({
      TableName,
      KeyConditionExpression,
      ExpressionAttributeValues: values as never,
      ...more,
    })
  const a = { ':a': { S: 'x' } }
  await invalidIs(
    query('begins_with(b, :n) AND a = :missing', { ':n': { N: '1' } }),
    'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator ' +
      'or function: begins_with, operand type: N',
  )
  await invalidIs(
    query('a = :a AND b = :a AND author = :a', a),
    'The number of query conditions (3) exceeds the number of key attributes defined in the ' +
      'schema (2)',
  )
  await invalidIs(
    query('author = :a', a, { IndexName: 'zebra', FilterExpression: 'pages = :a' }),
    'One or more parameter values were invalid: Secondary index zebra does not project one or ' +
      'more filter attributes: [pages]',
  )
  await invalidIs(
    query('a = :a', a, { ExclusiveStartKey: { a: { S: 'x' }, b: { S: '' } } }),
    'The provided starting key is invalid: One or more parameter values are not valid. The ' +
      'AttributeValue for a key attribute cannot contain an empty string value. Key: b',
  )
})

test('a transaction is refused as a whole for an empty key, for one item for a wrong one', async () => {
  const update = (value: object) =>
    cloud.db.transactWriteItems({
      TransactItems: [
        {
          Update: {
            TableName,
            Key: { a: { S: 'x' }, b: { S: 'y' } },
            UpdateExpression: 'SET author = :v',
            ExpressionAttributeValues: { ':v': value as never },
          },
        },
      ],
    })
  await invalidIs(
    update({ S: '' }),
    'One or more parameter values are not valid. The update expression attempted to update a ' +
      'secondary index key to a value that is not supported. The AttributeValue for a key ' +
      'attribute cannot contain an empty string value.',
  )
  await expect(update({ N: '1' })).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [
      {
        Code: 'ValidationError',
        Message:
          'One or more parameter values were invalid: Type mismatch for Index Key author ' +
          'Expected: S Actual: N IndexName: alpha',
      },
    ],
  })
  const put = (b: string, pad: string) => ({
    Put: { TableName, Item: { a: { S: 'big' }, b: { S: b }, pad: { S: pad } } },
  })
  const many = Array.from({ length: 12 }, (_, i) => put(`${i}`, 'x'.repeat(360_000)))
  await expect(cloud.db.transactWriteItems({ TransactItems: many })).rejects.toThrow(
    'Transaction payload size cannot exceed 4MB',
  )
})

test('an update is refused for an index’s key, before its condition where no item is needed', async () => {
  const Key = { a: { S: 'keys' }, b: { S: '1' } }
  const blurb = { S: 'x'.repeat(2049) }
  const Item = { ...Key, pages: { N: '3' }, blurb, shelves: { L: [] }, marks: { M: {} } }
  await cloud.db.putItem({ TableName, Item })
  const values = { ':n': { N: '1' }, ':s': { SS: ['x'] }, ':l': { L: [] } }
  const refused = async (ConditionExpression: string, UpdateExpression: string) => {
    const ExpressionAttributeValues = Object.fromEntries(
      Object.entries(values).filter(([name]) => UpdateExpression.includes(name)),
    )
    const { message } = await cloud.refusal('updateItem', {
      TableName,
      Key,
      UpdateExpression,
      ConditionExpression,
      ...(UpdateExpression.includes(':') && { ExpressionAttributeValues }),
    })
    return [UpdateExpression, message]
  }
  const told = (rows: string[][], condition: string) =>
    Promise.all(rows.map(([asked]) => refused(condition, asked!)))
  const mismatch = (actual: string) =>
    'One or more parameter values were invalid: Type mismatch for Index Key author Expected: S ' +
    `Actual: ${actual} IndexName: alpha`
  const attempted = 'The update expression attempted to update the secondary index key'
  const path = 'The document path provided in the update expression is invalid for update'
  const atOnce = [
    ['SET author = :n', mismatch('N')],
    ['ADD author :n', mismatch('N')],
    ['DELETE author :s', mismatch('SS')],
    ['SET author = gone + :n', mismatch('N')],
    ['SET author = list_append(gone, :l)', mismatch('L')],
    ['SET author = if_not_exists(pages, :n)', mismatch('N')],
    ['SET pages = author[1], author = :n', mismatch('N')],
  ]
  expect(await told(atOnce, 'attribute_not_exists(a)')).toEqual(atOnce)
  const ofItem = [
    ['SET author = pages', `${attempted} to unsupported type`],
    ['SET author = blurb', `${attempted} beyond allowed size limits`],
    ['DELETE gone.x :s', path],
    ['DELETE gone[0] :s', path],
    ['DELETE pages.x :s', path],
    ['DELETE marks[0] :s', path],
    ['DELETE shelves.x :s', path],
  ]
  expect(await told(ofItem, 'attribute_exists(a)')).toEqual(ofItem)
  await cloud.db.updateItem({
    TableName,
    Key,
    UpdateExpression: 'DELETE marks.x :s, shelves[7] :s',
    ExpressionAttributeValues: { ':s': { SS: ['x'] } },
  })
})

test('UpdateItem measures what it writes, other writes the item', async () => {
  const most = 400 * 1024
  const pad = 'p'.repeat(most - 'a1b1fill'.length)
  const Key = { a: { S: '1' }, b: { S: '1' } }
  await invalidIs(
    cloud.db.updateItem({
      TableName,
      Key,
      UpdateExpression: 'SET fill = :pad',
      ExpressionAttributeValues: { ':pad': { S: pad } },
    }),
    'Item size to update has exceeded the maximum allowed size',
  )
  await cloud.db.putItem({ TableName, Item: { ...Key, fill: { S: pad } } })
})

test('an index that shows the same as before is not charged, in whatever order it came', async () => {
  const [a, b, author] = [{ S: 'charged' }, { S: '1' }, { S: 'kim' }]
  const put = async (Item: Record<string, { S: string }>) => {
    const asked = { TableName, Item, ReturnConsumedCapacity: 'INDEXES' as const }
    return (await cloud.db.putItem(asked)).ConsumedCapacity!
  }
  expect((await put({ a, b, author })).CapacityUnits).toBe(3)
  const again = await put({ author, b, a, title: { S: 'x' } })
  expect(again).toEqual({ TableName, CapacityUnits: 1, Table: { CapacityUnits: 1 } })
  const moved = await put({ a, b, author: { S: 'lee' } })
  expect(moved.GlobalSecondaryIndexes).toEqual({
    alpha: { CapacityUnits: 2 },
    zebra: { CapacityUnits: 2 },
  })
})

test('what opens without end is refused, and an attribute keeps the type a key gave it', async () => {
  await cloud.table('nests')
  const update = { TableName: 'nests', Key: { a: { S: 'k' } }, UpdateExpression: 'REMOVE b' }
  const open = { ...update, ConditionExpression: '('.repeat(4096) }
  const name = 'n'.repeat(65536)
  const named = {
    ...update,
    UpdateExpression: 'REMOVE #n',
    ExpressionAttributeNames: { '#n': name },
  }
  const Create = {
    IndexName: 'other',
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  }
  const redefined = {
    TableName: 'nests',
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'N' }],
    GlobalSecondaryIndexUpdates: [{ Create }],
  }
  const statement = { Statement: `SELECT * FROM nests WHERE ${'('.repeat(4000)}` }
  const refusals = [
    await cloud.refusal('updateItem', open),
    await cloud.refusal('updateItem', named),
    await cloud.refusal('executeStatement', statement),
    await cloud.refusal('updateTable', redefined),
  ]
  expect(refusals.map(({ message }) => message)).toEqual([
    '1 validation error detected: Invalid ConditionExpression: Syntax error; ' +
      'token: "<EOF>", near: "("',
    '1 validation error detected: ExpressionAttributeNames contains invalid value: ' +
      'Attribute name is too large, must be less than 65536 bytes for key #n',
    "Statement wasn't well formed, can't be processed: ",
    'One or more parameter values were invalid: Attributes cannot be redefined. Please check ' +
      'that your attribute has the same type as previously defined. Existing schema: ' +
      'Schema:[SchemaElement: key{a:S:HASH}] New schema: Schema:[SchemaElement: key{a:N:HASH}]',
  ])
})

test('statements are throttled as other requests are', async () => {
  await cloud.db.createTable({
    TableName: 'narrow',
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  })
  await cloud.db.executeStatement({
    Statement: `INSERT INTO narrow VALUE {'a': '1', 'pad': ?}`,
    Parameters: [{ S: 'x'.repeat(390_000) }],
  })
  const { Responses } = await cloud.db.batchExecuteStatement({
    Statements: [
      { Statement: `DELETE FROM narrow WHERE a = '1'` },
      { Statement: `INSERT INTO shelf VALUE {'a': 'wide', 'b': '1'}` },
    ],
  })
  expect(Responses).toMatchObject([
    { Error: { Code: 'ProvisionedThroughputExceeded' } },
    { TableName: 'shelf' },
  ])
  await expect(
    cloud.db.executeTransaction({
      TransactStatements: [{ Statement: `DELETE FROM narrow WHERE a = '1'` }],
    }),
  ).rejects.toMatchObject({
    CancellationReasons: [{ Code: 'ProvisionedThroughputExceeded' }],
  })
  const { Items } = await cloud.db.executeStatement({
    Statement: `SELECT a FROM narrow WHERE a = '1'`,
  })
  expect(Items).toEqual([{ a: { S: '1' } }])
})

test('provisioned units must change, the table’s and an index’s', async () => {
  const ProvisionedThroughput = { ReadCapacityUnits: 2, WriteCapacityUnits: 2 }
  await cloud.table('units', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput,
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byA',
        KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
        ProvisionedThroughput,
      },
    ],
  })
  const update = (more: object) => cloud.db.updateTable({ TableName: 'units', ...more })
  const same = (what: string, of: string) =>
    `The provisioned throughput for ${what} will not change. The requested value equals the ` +
    `current value. Current ReadCapacityUnits provisioned for ${of}: 2.`
  const BillingMode = 'PROVISIONED'
  await expect(update({ BillingMode, ProvisionedThroughput })).rejects.toThrow(
    same('the table', 'the table'),
  )
  const Update = { IndexName: 'byA', ProvisionedThroughput }
  await expect(update({ GlobalSecondaryIndexUpdates: [{ Update }] })).rejects.toThrow(
    same('the index byA', 'index byA'),
  )
  await expect(update({ BillingMode })).rejects.toThrow(
    'ProvisionedThroughput must be specified when BillingMode is PROVISIONED',
  )
  await update({ ProvisionedThroughput: { ...ProvisionedThroughput, WriteCapacityUnits: 3 } })
})

test('a key schema that is too long is told by the names of its parts', async () => {
  const KeySchema = [
    { AttributeName: 'a', KeyType: 'HASH' as const },
    { AttributeName: 'b', KeyType: 'RANGE' as const },
    { AttributeName: 'c', KeyType: 'RANGE' as const },
  ]
  await expect(cloud.table('long', { KeySchema })).rejects.toThrow(
    "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), " +
      'KeySchemaElement(attributeName=b, keyType=RANGE), ' +
      "KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema' failed to satisfy " +
      'constraint: Member must have length less than or equal to 2',
  )
})
