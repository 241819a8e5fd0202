import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('abc')
})
afterAll(() => cloud.stop())

const refused = async (operation: string, input: object) =>
  (await cloud.refusal(operation, input)).message
const detected = (message: string) => `1 validation error detected: ${message}`
const key = { TableName: 'abc', Key: { a: { S: 'k' } } }
const item = (value: object) => ({ TableName: 'abc', Item: { a: { S: 'k' }, x: value } })
const values = (value: object) => ({ ExpressionAttributeValues: { ':v': value } })

// Seen in us-east-1 and eu-west-2 in October 2026: two readers of values, by operation.
describe('values are refused by the reader of the operation', () => {
  const N = (text: string) => ({ N: text })
  const overflow =
    'Number overflow. Attempting to store a number with magnitude larger than supported range'
  const underflow = overflow.replace('overflow', 'underflow').replace('larger', 'smaller')
  const unreadable = 'The parameter cannot be converted to a numeric value'
  const wrong = 'One or more parameter values were invalid: Input collection'
  const condition = (value: object) => ({ ConditionExpression: 'x = :v', ...values(value) })
  const bytes = [Buffer.from([200]), Buffer.from([7]), Buffer.from([7])]
  test.each([
    ['putItem', item(N('')), detected(`${unreadable}: `)],
    ['putItem', item(N('1e2147483647')), detected(overflow)],
    ['putItem', item(N('1e9223372036854775808')), detected(`${unreadable}: 1e9223372036854775808`)],
    ['putItem', item(N('0e126')), detected(overflow)],
    ['putItem', { ...item({ S: '' }), ...condition(N('no')) }, detected(`${unreadable}: no`)],
    ['getItem', { TableName: 'abc', Key: { a: N('no') } }, `${unreadable}: no`],
    [
      'deleteItem',
      { ...key, Key: { a: { SS: ['y', 'x', 'y', 'w'] } } },
      detected(`${wrong} ["x", "y", "y", "w"] contains duplicates.`),
    ],
    [
      'getItem',
      { ...key, Key: { a: { BS: bytes } } },
      `${wrong} ["Bw==","yA==","Bw=="]of type BS contains duplicates.`,
    ],
    [
      'updateItem',
      { ...key, AttributeUpdates: { x: { Value: { NS: ['1', '1'] } } } },
      detected(`${wrong} contains duplicates.`),
    ],
    [
      'batchWriteItem',
      { RequestItems: { abc: [{ DeleteRequest: { Key: { a: N('') } } }] } },
      unreadable,
    ],
    [
      'scan',
      { TableName: 'abc', FilterExpression: 'x = :v', ...values(N('1e2147483647')) },
      `ExpressionAttributeValues contains invalid value: ${underflow} for key :v`,
    ],
    [
      'transactGetItems',
      { TransactItems: [{ Get: { ...key, Key: { a: { NS: ['1', '1'] } } } }] },
      'Input collection contains duplicates',
    ],
  ])('%s %j', async (operation, input, message) => {
    expect(await refused(operation, input)).toBe(message)
  })

  const nested = (levels: number): object =>
    levels === 0 ? { BOOL: true } : { L: [nested(levels - 1)] }
  const tooDeep =
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels ' +
    'beyond supported limit'

  test('31 levels below an attribute are kept, 32 are too many', async () => {
    await cloud.db.putItem(item(nested(31)) as never)
    expect(await refused('putItem', item(nested(32)))).toBe(detected(tooDeep))
    const put = { Put: { ...item(nested(32)), TableName: 'nowhere' } }
    const named = { Put: { TableName: 'nowhere', Item: { '': { S: '' }, x: nested(32) } } }
    const transact = (action: object) => refused('transactWriteItems', { TransactItems: [action] })
    expect([await transact(put), await transact(named)]).toEqual([tooDeep, 'Empty attribute name'])
  })

  test('past 62 levels single items are refused in the older form', async () => {
    const enumOf = (member: string, given: string, list: string) =>
      detected(
        `Value '${given}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${list}]`,
      )
    const operator = { ConditionalOperator: 'XOR' }
    const expected = (levels: number) => ({ Expected: { a: { Value: nested(levels) } } })
    const deep = { Key: { a: nested(100) } }
    const condition = { ConditionExpression: 'x = :v', ...values(nested(100)) }
    expect([
      await refused('putItem', item(nested(100))),
      await refused('putItem', { ...item({ S: 'x' }), ...expected(63), ...operator }),
      await refused('updateItem', { ...key, ...expected(100), ...operator }),
      await refused('deleteItem', { ...key, ...deep, ReturnValues: 'x' }),
      await refused('deleteItem', { ...key, ...condition, ReturnValues: 'UPDATED_NEW' }),
    ]).toEqual([
      tooDeep,
      enumOf('conditionalOperator', 'XOR', 'OR, AND'),
      enumOf('conditionalOperator', 'XOR', 'OR, AND'),
      enumOf('returnValues', 'x', 'ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW'),
      'ReturnValues can only be ALL_OLD or NONE',
    ])
  })
})

describe('members of a request, in the form of 2026', () => {
  const constraint = 'failed to satisfy constraint: Member must'
  const enumOf = (list: string) => `satisfy enum value set: [${list}]`
  const capacity = `Value 'x' at 'returnConsumedCapacity' ${constraint} ${enumOf('INDEXES, TOTAL, NONE')}`
  const metrics = `Value 'x' at 'returnItemCollectionMetrics' ${constraint} ${enumOf('SIZE, NONE')}`
  const returned = `Failed to satisfy constraint: Member must ${enumOf('ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE')}`
  const enums = { ReturnConsumedCapacity: 'x', ReturnValues: 'x' }
  const least = 'have length greater than or equal to 1'
  const keys = (count: number) => ({
    Keys: Array.from({ length: count }, (_, i) => ({ a: { S: `${i}` } })),
  })
  const token = 't'.repeat(37)
  test.each([
    [
      'putItem',
      { TableName: '', Item: {}, ...enums },
      detected(`Value at 'TableName' ${constraint} ${least}`),
    ],
    [
      'putItem',
      { ...item({ S: 'v' }), ...enums, ReturnItemCollectionMetrics: 'x' },
      `3 validation errors detected: ${capacity}; ${returned}; ${metrics}`,
    ],
    ['updateItem', { ...key, ...enums }, detected(returned)],
    [
      'updateItem',
      { TableName: '' },
      `2 validation errors detected: Value '' at 'tableName' ${constraint} ${least}; ` +
        `Value null at 'key' ${constraint} not be null`,
    ],
    [
      'query',
      { TableName: 'abc', KeyConditionExpression: 'a = :v', ...values({ S: 'k' }), Limit: 0 },
      detected(`Value at 'Limit' ${constraint} have value greater than or equal to 1`),
    ],
    [
      'query',
      { TableName: 'abc', ConditionalOperator: 'NOR', Select: 'x' },
      `Failed to satisfy constraint: Member must ${enumOf('ALL, OR')}`,
    ],
    [
      'batchGetItem',
      { RequestItems: {} },
      detected(`Value at 'RequestItems' ${constraint} ${least}`),
    ],
    [
      'batchGetItem',
      { RequestItems: { abc: keys(0) } },
      detected(`Value at 'RequestItems.abc.member.Keys' ${constraint} ${least}`),
    ],
    [
      'batchGetItem',
      { RequestItems: { abc: keys(101) } },
      detected(
        `Value at 'RequestItems.abc.member.Keys' ${constraint} have length less than or equal to 100`,
      ),
    ],
    [
      'batchWriteItem',
      { RequestItems: {} },
      'The requestItems parameter is required for BatchWriteItem',
    ],
    [
      'batchWriteItem',
      { RequestItems: { 'a b': [] }, ReturnConsumedCapacity: 'x' },
      detected(capacity),
    ],
    [
      'transactWriteItems',
      { TransactItems: [{ Delete: key }], ClientRequestToken: token, ReturnConsumedCapacity: 'x' },
      `2 validation errors detected: Value '${token}' at 'clientRequestToken' ${constraint} have length less than or equal to 36; ${capacity}`,
    ],
  ])('%s %j', async (operation, input, message) => {
    expect(await refused(operation, input)).toBe(message)
  })

  test('a transaction knows an item by its table’s name and ARN', async () => {
    const { Table } = await cloud.db.describeTable({ TableName: 'abc' })
    const byArn = { ...key, TableName: Table!.TableArn }
    const TransactItems = [{ Put: item({ S: 'x' }) }, { Delete: byArn }]
    expect(await refused('transactWriteItems', { TransactItems })).toBe(
      'Transaction request cannot include multiple operations on one item',
    )
    const Get = { TransactItems: [{ Get: byArn }] }
    expect((await cloud.db.transactGetItems(Get)).Responses).toHaveLength(1)
  })

  test.each([
    ['describeContributorInsights', { TableName: 'abc', IndexName: '' }, 'IndexName'],
    ['describeGlobalTable', { GlobalTableName: 'ab' }, 'TableName'],
    ['restoreTableFromBackup', { TargetTableName: '', BackupArn: 'arn:x' }, 'TableName'],
  ])('%s %j', async (operation, input, shown) => {
    expect(await refused(operation, input)).toBe(
      `${shown} must be at least 3 characters long and at most 255 characters long`,
    )
  })

  test('a batch of writes is echoed as the service prints it', async () => {
    const RequestItems = { 'a b': [{ DeleteRequest: { Key: { a: { S: 'k' } } } }] }
    expect(await refused('batchWriteItem', { RequestItems })).toMatch(
      /^1 validation error detected: Value '\{a b=\[WriteRequest\(putRequest=null, deleteRequest=DeleteRequest\(key=\{a=AttributeValue\(s=k, n=null, .*bOOL=null\)\}\)\)\]\}' at 'requestItems' failed to satisfy constraint: Map keys must/,
    )
  })
})
