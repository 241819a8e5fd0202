import type { UpdateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

// Texts and figures are those of the real service, October 2026.
let cloud: DynamoUnderTest
const wrong = (message: string) => `One or more parameter values were invalid: ${message}`
const index = (IndexName: string, more: object = {}) => ({
  IndexName,
  KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'ALL' as const },
  ...more,
})
const units = (count: number) => ({ ReadCapacityUnits: count, WriteCapacityUnits: count })
const update = (TableName: string, more: Partial<UpdateTableCommandInput>) =>
  cloud.db.updateTable({ TableName, ...more })
const refused = async (operation: string, input: object) =>
  (await cloud.refusal(operation, input)).message
const describeOf = async (TableName: string) => (await cloud.db.describeTable({ TableName })).Table!

beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table('lent', { GlobalSecondaryIndexes: [index('plain')] })
  await cloud.table('owned', { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(5) })
})
afterAll(() => cloud.stop())

describe('CreateTable', () => {
  const base = {
    TableName: 'never',
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
  }
  const lent = { ...base, BillingMode: 'PAY_PER_REQUEST' }
  const owned = { ...base, ProvisionedThroughput: units(5) }
  const initial =
    'is lower than initial throughput for OnDemand. See: ' +
    'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/' +
    'on-demand-capacity-mode.html#on-demand-capacity-mode-initial'
  test.each([
    [
      { ...owned, GlobalSecondaryIndexes: [index('bare')] },
      wrong('ProvisionedThroughput is not specified for index: bare'),
    ],
    [
      { ...owned, OnDemandThroughput: { MaxReadRequestUnits: 1 } },
      wrong(
        'MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode ' +
          'is PROVISIONED.',
      ),
    ],
    [
      { ...lent, OnDemandThroughput: { MaxWriteRequestUnits: 0 } },
      wrong(
        'Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range',
      ),
    ],
    [
      {
        ...lent,
        GlobalSecondaryIndexes: [
          index('capped', { OnDemandThroughput: { MaxReadRequestUnits: -1 } }),
        ],
      },
      wrong(
        'Requested MaxReadRequestUnits for OnDemandThroughput for index : capped is outside of valid range',
      ),
    ],
    [
      { ...lent, WarmThroughput: { ReadUnitsPerSecond: 11_999 } },
      wrong(`Requested ReadUnitsPerSecond for WarmThroughput for table ${initial}`),
    ],
    [
      {
        ...lent,
        GlobalSecondaryIndexes: [index('cool', { WarmThroughput: { WriteUnitsPerSecond: 1 } })],
      },
      wrong(`Requested WriteUnitsPerSecond for WarmThroughput for index cool ${initial}`),
    ],
    [
      { ...owned, WarmThroughput: { WriteUnitsPerSecond: 4 } },
      wrong(
        'Requested WriteUnitsPerSecond for WarmThroughput for table is lower than ' +
          'WriteCapacityUnits of ProvisionedThroughput',
      ),
    ],
    [
      { ...lent, TableClass: 'GLACIER' },
      'Invalid table-class parameter provided. Please try again with a valid table-class value: ' +
        '[STANDARD, STANDARD_INFREQUENT_ACCESS].',
    ],
    [{ ...lent, Tags: [{}] }, 'The Tag Key provided is invalid, Key: null'],
    [{ ...lent, Tags: [{ Key: 'a!', Value: '' }] }, 'The Tag Key provided is invalid, Key: a!'],
    [
      { ...lent, Tags: [{ Key: '한글', Value: '?' }] },
      'The Tag Value provided is invalid, Value: ?',
    ],
    [
      { ...lent, Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `${i}`, Value: '' })) },
      'Number of Tags exceed the current limit for the provided ResourceArn',
    ],
    [
      { ...lent, ResourcePolicy: '{}' },
      wrong('Invalid policy document: Syntax error at position (1,3)'),
    ],
  ])('%j', async (input, message) => {
    expect(await refused('createTable', input)).toBe(message)
  })
})

describe('UpdateTable', () => {
  const onIndex = (more: object) => ({
    GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'plain', ...more } }],
  })
  const provisioned = { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(1) }
  const added = { GlobalSecondaryIndexUpdates: [{ Create: index('new') }] }
  const AttributeDefinitions = [{ AttributeName: 'a', AttributeType: 'S' }]
  const decrease =
    'is lower than current WarmThroughput, decreasing WarmThroughput is not supported'
  test.each([
    ['lent', provisioned, wrong('ProvisionedThroughput must be specified for index: plain')],
    ['lent', added, wrong('AttributeDefinitions is not specified for index: new')],
    [
      'owned',
      { ...added, AttributeDefinitions },
      wrong('Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: new'),
    ],
    [
      'lent',
      { ...added, WarmThroughput: { ReadUnitsPerSecond: 20_000 } },
      wrong('Create global secondary index cannot be specified when updating WarmThroughput'),
    ],
    [
      'lent',
      { GlobalSecondaryIndexUpdates: [], DeletionProtectionEnabled: true },
      wrong('List of GlobalSecondaryIndexUpdates is empty'),
    ],
    [
      'nowhere',
      onIndex({ WarmThroughput: {} }),
      wrong(
        'WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond ' +
          'specified for index: plain',
      ),
    ],
    [
      'lent',
      onIndex({ WarmThroughput: { ReadUnitsPerSecond: 6000 } }),
      wrong(`Requested ReadUnitsPerSecond for WarmThroughput for index plain ${decrease}`),
    ],
    [
      'owned',
      { WarmThroughput: { ReadUnitsPerSecond: 1, WriteUnitsPerSecond: 1 } },
      wrong(`Requested ReadUnitsPerSecond for WarmThroughput for table ${decrease}`),
    ],
    [
      'owned',
      { OnDemandThroughput: { MaxReadRequestUnits: 10 } },
      wrong(
        'MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode ' +
          'is PROVISIONED',
      ),
    ],
  ])('%s %j', async (TableName, input, message) => {
    expect(await refused('updateTable', { TableName, ...input })).toBe(message)
  })

  test('limits are changed one by one, and -1 takes one away', async () => {
    const both = { MaxReadRequestUnits: 1000, MaxWriteRequestUnits: 500 }
    const { TableDescription } = await update('lent', { OnDemandThroughput: both })
    expect(TableDescription).toMatchObject({ TableStatus: 'ACTIVE', OnDemandThroughput: both })
    const gone = await update('lent', { OnDemandThroughput: { MaxWriteRequestUnits: -1 } })
    expect(gone.TableDescription!.OnDemandThroughput).toEqual({
      ...both,
      MaxWriteRequestUnits: -1,
    })
    expect((await describeOf('lent')).OnDemandThroughput).toEqual({ MaxReadRequestUnits: 1000 })
    await update('lent', onIndex({ OnDemandThroughput: { MaxReadRequestUnits: 7 } }))
    const [plain] = (await describeOf('lent')).GlobalSecondaryIndexes!
    expect(plain).toMatchObject({
      OnDemandThroughput: { MaxReadRequestUnits: 7 },
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000, Status: 'ACTIVE' },
    })
  })

  test('what was warm once stays warm', async () => {
    const warmOf = async () => (await describeOf('owned')).WarmThroughput
    await update('owned', { ProvisionedThroughput: units(9) })
    await update('owned', { ProvisionedThroughput: units(2) })
    expect(await warmOf()).toMatchObject({ ReadUnitsPerSecond: 9, WriteUnitsPerSecond: 9 })
    const { TableDescription } = await update('owned', {
      WarmThroughput: { ReadUnitsPerSecond: 50 },
    })
    expect(TableDescription).toMatchObject({
      TableStatus: 'ACTIVE',
      WarmThroughput: { ReadUnitsPerSecond: 50, WriteUnitsPerSecond: 9, Status: 'UPDATING' },
    })
    await update('owned', { BillingMode: 'PAY_PER_REQUEST' })
    await update('owned', { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(1) })
    expect((await describeOf('owned')).BillingModeSummary).toEqual({
      BillingMode: 'PROVISIONED',
      LastUpdateToPayPerRequestDateTime: expect.any(Date),
    })
    expect(await warmOf()).toMatchObject({
      ReadUnitsPerSecond: 12_000,
      WriteUnitsPerSecond: 4000,
    })
  })
})
