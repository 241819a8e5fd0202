import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { KMS } from '@aws-sdk/client-kms'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
let kinesis: Kinesis
beforeAll(async () => {
  cloud = await startDynamo()
  kinesis = new Kinesis({ ...cloud.config(), requestHandler: new NodeHttpHandler() })
})
afterAll(async () => {
  kinesis.destroy()
  await cloud.stop()
})

async function recordsOf(StreamName: string): Promise<Record<string, unknown>[]> {
  const { Shards } = await kinesis.listShards({ StreamName })
  const all = await Promise.all(
    Shards!.map(async ({ ShardId }) => {
      const { ShardIterator } = await kinesis.getShardIterator({
        StreamName,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      })
      const { Records } = await kinesis.getRecords({ ShardIterator })
      return Records!.map(({ Data }) => JSON.parse(Buffer.from(Data!).toString()))
    }),
  )
  return all.flat()
}

test('a Kinesis stream is told of every change, in order, and only while it is on', async () => {
  const { db } = cloud
  await cloud.table('told')
  await kinesis.createStream({ StreamName: 'changes', ShardCount: 1 })
  const StreamARN = await vi.waitUntil(
    async () => {
      const { StreamDescriptionSummary: one } = await kinesis.describeStreamSummary({
        StreamName: 'changes',
      })
      return one!.StreamStatus === 'ACTIVE' && one!.StreamARN
    },
    { timeout: 60_000 },
  )
  const StreamArn = StreamARN as string
  const on = { TableName: 'told', StreamArn }
  await expect(db.disableKinesisStreamingDestination(on)).rejects.toThrow(
    'Table is not in a valid state to enable Kinesis Streaming Destination: ' +
      'KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.',
  )
  expect(await db.enableKinesisStreamingDestination(on)).toMatchObject({
    ...on,
    DestinationStatus: 'ENABLING',
    EnableKinesisStreamingConfiguration: {},
  })
  await expect(db.enableKinesisStreamingDestination(on)).rejects.toThrow(
    'EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE',
  )
  for (let i = 0; i < 30; i++) {
    await db.putItem({ TableName: 'told', Item: { a: { S: 'k' }, n: { N: String(i) } } })
  }
  await db.deleteItem({ TableName: 'told', Key: { a: { S: 'k' } } })
  const records = await vi.waitUntil(
    async () => {
      const found = await recordsOf('changes')
      return found.length === 31 && found
    },
    { timeout: 60_000 },
  )
  expect(records.map(({ eventName }) => eventName)).toEqual([
    'INSERT',
    ...Array.from({ length: 29 }, () => 'MODIFY'),
    'REMOVE',
  ])
  expect(records[1]).toMatchObject({
    tableName: 'told',
    eventSource: 'aws:dynamodb',
    recordFormat: 'application/json',
    userIdentity: null,
    dynamodb: {
      Keys: { a: { S: 'k' } },
      OldImage: { n: { N: '0' } },
      NewImage: { n: { N: '1' } },
    },
  })
  await db.disableKinesisStreamingDestination(on)
  await db.putItem({ TableName: 'told', Item: { a: { S: 'untold' } } })
  const { KinesisDataStreamDestinations: all } = await db.describeKinesisStreamingDestination({
    TableName: 'told',
  })
  expect(all).toEqual([{ StreamArn, DestinationStatus: 'DISABLED' }])
  expect(await recordsOf('changes')).toHaveLength(31)
})

test('contributor insights and replica scaling are kept and shown', async () => {
  const { db } = cloud
  await cloud.table('seen')
  expect(await db.describeContributorInsights({ TableName: 'seen' })).toMatchObject({
    ContributorInsightsStatus: 'DISABLED',
  })
  expect(
    await db.updateContributorInsights({
      TableName: 'seen',
      ContributorInsightsAction: 'ENABLE',
    }),
  ).toMatchObject({ ContributorInsightsStatus: 'ENABLING' })
  const { ContributorInsightsRuleList: rules } = await db.describeContributorInsights({
    TableName: 'seen',
  })
  expect(rules).toHaveLength(2)
  await expect(
    db.describeContributorInsights({ TableName: 'seen', IndexName: 'ghost' }),
  ).rejects.toThrow('Requested resource not found: Index: ghost not found for table: seen')
  await expect(db.describeTableReplicaAutoScaling({ TableName: 'seen' })).rejects.toThrow(
    "Global table with name: 'seen' does not exist.",
  )
  await db.updateTable({
    TableName: 'seen',
    ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }],
  })
  await db.updateTableReplicaAutoScaling({
    TableName: 'seen',
    ProvisionedWriteCapacityAutoScalingUpdate: { MinimumUnits: 5, MaximumUnits: 50 },
  })
  const { TableAutoScalingDescription: told } = await db.describeTableReplicaAutoScaling({
    TableName: 'seen',
  })
  expect(told!.Replicas).toHaveLength(2)
  expect(told!.Replicas![0]!.ReplicaProvisionedWriteCapacityAutoScalingSettings).toMatchObject({
    MinimumUnits: 5,
    MaximumUnits: 50,
  })
})

test('a table names a key of KMS that there is', async () => {
  const { db } = cloud
  const kms = new KMS(cloud.config())
  const { KeyMetadata: key } = await kms.createKey({})
  const sealed = (KMSMasterKeyId: string) => ({
    SSESpecification: { Enabled: true, SSEType: 'KMS' as const, KMSMasterKeyId },
  })
  await cloud.table('sealed', sealed(key!.KeyId!))
  const { Table } = await db.describeTable({ TableName: 'sealed' })
  expect(Table!.SSEDescription).toEqual({
    Status: 'ENABLED',
    SSEType: 'KMS',
    KMSMasterKeyArn: key!.Arn,
  })
  await expect(db.updateTable({ TableName: 'sealed', ...sealed(key!.Arn!) })).rejects.toThrow(
    'Table is already encrypted with given KMSMasterKeyId.',
  )
  const off = await db.updateTable({
    TableName: 'sealed',
    SSESpecification: { Enabled: false },
  })
  expect(off.TableDescription!.SSEDescription).toEqual({
    Status: 'UPDATING',
    SSEType: 'KMS',
    KMSMasterKeyArn: key!.Arn,
  })
  expect((await db.describeTable({ TableName: 'sealed' })).Table!.SSEDescription).toBeUndefined()
  const on = await db.updateTable({ TableName: 'sealed', ...sealed(key!.Arn!) })
  expect(on.TableDescription!.SSEDescription).toMatchObject({ Status: 'UPDATING' })
  await kms.disableKey({ KeyId: key!.KeyId })
  await expect(cloud.table('never', sealed(key!.KeyId!))).rejects.toThrow(
    `KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: ${key!.Arn}`,
  )
  await expect(cloud.table('never', sealed('alias/nobodys'))).rejects.toThrow(
    'KMS validation error: com.amazonaws.services.kms.model.NotFoundException: ',
  )
  kms.destroy()
})

test('a policy of a table is changed only by who knows its revision', async () => {
  const { db } = cloud
  await cloud.table('lent')
  const { Table } = await db.describeTable({ TableName: 'lent' })
  const ResourceArn = Table!.TableArn!
  const put = (Action: string, ExpectedRevisionId?: string) => {
    const statement = { Effect: 'Allow', Principal: '*', Action, Resource: ResourceArn }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    return db.putResourcePolicy({ ResourceArn, Policy, ExpectedRevisionId })
  }
  const missing = 'Resource-based policy not found for the provided ResourceArn:'
  await expect(db.getResourcePolicy({ ResourceArn })).rejects.toThrow(`${missing} ${ResourceArn}`)
  const { RevisionId: first } = await put('dynamodb:*', 'NO_POLICY')
  const { RevisionId: second } = await put('dynamodb:GetItem', first)
  await expect(put('dynamodb:Scan', first)).rejects.toThrow(
    `${missing} Requested update for policy with revision id ${first}, but the policy associated ` +
      `to target table lent has revision id ${second}.`,
  )
  await expect(put('dynamodb:Scan', 'NO_POLICY')).rejects.toThrow(
    `${missing} Requested policy update expecting none to be present for table lent, but a ` +
      `policy exists with revision id ${second}.`,
  )
  const { TableDescription } = await db.updateTable({
    TableName: 'lent',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  })
  const ofStream = { ResourceArn: TableDescription!.LatestStreamArn! }
  await expect(db.getResourcePolicy(ofStream)).rejects.toThrow(`${missing} ${ofStream.ResourceArn}`)
  const statement = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await db.putResourcePolicy({ ...ofStream, Policy })
  const streams = new DynamoDBStreams(cloud.config())
  const denied = streams.describeStream({ StreamArn: ofStream.ResourceArn })
  await expect(denied).rejects.toThrow('with an explicit deny in a resource-based policy')
  streams.destroy()
  expect((await db.getResourcePolicy({ ResourceArn })).RevisionId).toBe(second)
  const ghost = { ResourceArn: ResourceArn.replace('lent', 'ghost') }
  await expect(db.deleteResourcePolicy(ghost)).rejects.toThrow(
    'Requested resource not found: Table: ghost not found',
  )
})

test('an UpdateTable makes one change, and is refused in the words of the service', async () => {
  const { db } = cloud
  await cloud.table('one')
  const update = (more: object) => db.updateTable({ TableName: 'one', ...more })
  await expect(update({})).rejects.toThrow(
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, ' +
      'GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ' +
      'ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, ' +
      'OnDemandThroughput, WarmThroughput or TableClass is required',
  )
  await expect(update({ TableClass: 'STANDARD', DeletionProtectionEnabled: true })).rejects.toThrow(
    'TableClass modification must be the only operation in the request',
  )
  await expect(update({ StreamSpecification: { StreamEnabled: true } })).rejects.toThrow(
    'If stream is being enabled then UpdateViewType is required',
  )
  await expect(update({ StreamSpecification: { StreamEnabled: false } })).rejects.toThrow(
    'Table has no stream to disable: TableName: one',
  )
  await expect(
    update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'ghost' } }] }),
  ).rejects.toThrow('Requested resource not found: Index ghost for table one')
  const ResourceArn = `arn:aws:dynamodb:${cloud.cloud.region}:000000000000:table/one`
  await expect(
    db.tagResource({ ResourceArn, Tags: [{ Key: 'aws:x', Value: 'y' }] }),
  ).rejects.toThrow('Tag Key cannot be prefixed with aws:, Key: aws:x')
})
