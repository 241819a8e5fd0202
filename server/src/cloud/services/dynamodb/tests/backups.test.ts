import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

const index = {
  AttributeDefinitions: [
    { AttributeName: 'a', AttributeType: 'S' as const },
    { AttributeName: 'g', AttributeType: 'S' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byG',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
}

describe.each(testDatabases())('over $name', ({ config }) => {
  let cloud: DynamoUnderTest
  beforeAll(async () => {
    cloud = await startDynamo(await config())
  })
  afterAll(() => cloud.stop())

  const put = (TableName: string, a: string, n: number) =>
    cloud.db.putItem({ TableName, Item: { a: { S: a }, g: { S: 'x' }, n: { N: String(n) } } })
  const active = (TableName: string) =>
    vi.waitUntil(
      async () => {
        const { Table } = await cloud.db.describeTable({ TableName })
        return Table!.TableStatus === 'ACTIVE'
      },
      { timeout: 60_000 },
    )
  const contents = async (TableName: string) => {
    const { Items } = await cloud.db.scan({ TableName })
    return Object.fromEntries(Items!.map((item) => [item['a']!.S!, Number(item['n']!.N)]))
  }

  test('a backup keeps items as they were, with indexes, and outlives its table', async () => {
    const { db } = cloud
    await cloud.table('orders', index)
    for (let i = 0; i < 5; i++) await put('orders', `k${i}`, i)
    const { BackupDetails: made } = await db.createBackup({
      TableName: 'orders',
      BackupName: 'nightly',
    })
    expect(made).toMatchObject({
      BackupName: 'nightly',
      BackupStatus: 'AVAILABLE',
      BackupType: 'USER',
    })
    expect(made!.BackupArn).toMatch(/:table\/orders\/backup\/\d{14}-[0-9a-f]{8}$/)
    await put('orders', 'k0', 100)
    await db.deleteItem({ TableName: 'orders', Key: { a: { S: 'k1' } } })
    await db.deleteTable({ TableName: 'orders' })

    const { BackupDescription } = await db.describeBackup({ BackupArn: made!.BackupArn })
    expect(BackupDescription!.SourceTableDetails).toMatchObject({
      TableName: 'orders',
      ItemCount: 5,
    })
    expect(BackupDescription!.SourceTableFeatureDetails!.GlobalSecondaryIndexes).toHaveLength(1)
    const { TableDescription } = await db.restoreTableFromBackup({
      TargetTableName: 'again',
      BackupArn: made!.BackupArn,
    })
    expect(TableDescription).toMatchObject({
      TableStatus: 'CREATING',
      RestoreSummary: { SourceBackupArn: made!.BackupArn, RestoreInProgress: true },
    })
    await active('again')
    expect(await contents('again')).toEqual({ k0: 0, k1: 1, k2: 2, k3: 3, k4: 4 })
    const found = await db.query({
      TableName: 'again',
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } },
    })
    expect(found.Count).toBe(5)
    const { BackupSummaries } = await db.listBackups({ TableName: 'orders' })
    expect(BackupSummaries).toHaveLength(1)
    await db.deleteBackup({ BackupArn: made!.BackupArn })
    await expect(db.describeBackup({ BackupArn: made!.BackupArn })).rejects.toMatchObject({
      name: 'BackupNotFoundException',
      message: `Backup not found: ${made!.BackupArn}`,
    })
  })

  test('a table comes back as it was at any moment of its recovery', async () => {
    const { db } = cloud
    await cloud.table('ledger')
    await put('ledger', 'before', 0)
    await expect(
      db.restoreTableToPointInTime({
        SourceTableName: 'ledger',
        TargetTableName: 'never',
        UseLatestRestorableTime: true,
      }),
    ).rejects.toMatchObject({ name: 'PointInTimeRecoveryUnavailableException' })
    const on = await db.updateContinuousBackups({
      TableName: 'ledger',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    })
    expect(on.ContinuousBackupsDescription!.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
      RecoveryPeriodInDays: 35,
    })
    const moments: { at: Date; was: Record<string, number> }[] = []
    for (let i = 0; i < 12; i++) {
      if (i % 4 === 3) await db.deleteItem({ TableName: 'ledger', Key: { a: { S: `k${i % 3}` } } })
      else await put('ledger', `k${i % 3}`, i)
      moments.push({ at: new Date(), was: await contents('ledger') })
      const next = Date.now() + 1
      await vi.waitUntil(() => Date.now() > next, { interval: 1, timeout: 60_000 })
    }
    for (const [i, { at, was }] of moments.entries()) {
      const TargetTableName = `ledger-${i}`
      await db.restoreTableToPointInTime({
        SourceTableName: 'ledger',
        TargetTableName,
        RestoreDateTime: at,
      })
      await active(TargetTableName)
      expect(await contents(TargetTableName)).toEqual(was)
    }
    await expect(
      db.restoreTableToPointInTime({
        SourceTableName: 'ledger',
        TargetTableName: 'never',
        RestoreDateTime: new Date(Date.now() - 86_400_000),
      }),
    ).rejects.toMatchObject({ name: 'InvalidRestoreTimeException' })
    await db.deleteTable({ TableName: 'ledger' })
    const { BackupSummaries } = await db.listBackups({ TableName: 'ledger', BackupType: 'SYSTEM' })
    expect(BackupSummaries).toMatchObject([{ BackupName: 'ledger$DeletedTableBackup' }])
  })
})
