import type { Structure, Value } from '../model.ts'
import { dynamodbProviders, ready } from './dynamodb.ts'
import { settings } from './dynamodb-settings.ts'
import { list, structure, text } from './property.ts'
import { changes, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const table = dynamodbProviders['AWS::DynamoDB::Table']!
const POLL_MS = 100

/** Settings each replica has for itself. */
const ownSettings = [
  'ContributorInsightsSpecification',
  'KinesisStreamSpecification',
  'PointInTimeRecoverySpecification',
  'ResourcePolicy',
] as const

const replicasOf = (properties: Structure): Structure[] =>
  list(properties['Replicas']).map((one) => structure(one))

const regionOf = (replica: Structure): string => text(replica['Region']) ?? ''

const replicaIn = (properties: Structure, region: string): Structure =>
  replicasOf(properties).find((one) => regionOf(one) === region) ?? {}

/** Capacity that would scale by itself stays where it is seeded: nothing here scales it. */
function unitsOf(given: Value | undefined, kind: 'Read' | 'Write'): Value | undefined {
  const { [`${kind}CapacityUnits`]: fixed, [`${kind}CapacityAutoScalingSettings`]: scaled } =
    structure(given)
  const { SeedCapacity: seed, MinCapacity: least } = structure(scaled)
  return fixed ?? seed ?? least
}

const defined = (members: Record<string, Value | undefined>): Structure =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Structure

/** Throughput of the table or of an index: what is written counts everywhere, reads in each region. */
function throughput(shared: Structure, own: Structure, billing: string | undefined): Structure {
  const { WriteOnDemandThroughputSettings: writes, ReadOnDemandThroughputSettings: reads } = {
    ...shared,
    ...own,
  }
  const onDemand = { ...structure(writes), ...structure(reads) }
  const provisioned = defined({
    ReadCapacityUnits: unitsOf(own['ReadProvisionedThroughputSettings'], 'Read'),
    WriteCapacityUnits: unitsOf(shared['WriteProvisionedThroughputSettings'], 'Write'),
  })
  return defined({
    WarmThroughput: shared['WarmThroughput'],
    OnDemandThroughput: Object.keys(onDemand).length > 0 ? onDemand : undefined,
    ProvisionedThroughput: billing === 'PAY_PER_REQUEST' ? undefined : provisioned,
  })
}

function indexesOf(properties: Structure, replica: Structure): Value | undefined {
  const indexes = properties['GlobalSecondaryIndexes']
  if (indexes === undefined) return undefined
  const own = list(replica['GlobalSecondaryIndexes']).map((one) => structure(one))
  return list(indexes).map((one) => {
    const { IndexName, KeySchema, Projection, ...shared } = structure(one)
    const found = own.find((other) => other['IndexName'] === IndexName) ?? {}
    const billing = text(properties['BillingMode'])
    return defined({ IndexName, KeySchema, Projection, ...throughput(shared, found, billing) })
  })
}

/** The table of one region as `AWS::DynamoDB::Table` would describe it. */
function tableIn(properties: Structure, region: string): Structure {
  const replica = replicaIn(properties, region)
  const encryption = properties['SSESpecification']
  return defined({
    ...Object.fromEntries(
      'TableName KeySchema AttributeDefinitions BillingMode LocalSecondaryIndexes StreamSpecification TimeToLiveSpecification'
        .split(' ')
        .map((name) => [name, properties[name]]),
    ),
    ...throughput(properties, replica, text(properties['BillingMode'])),
    GlobalSecondaryIndexes: indexesOf(properties, replica),
    SSESpecification:
      encryption === undefined
        ? undefined
        : { ...structure(encryption), ...structure(replica['SSESpecification']) },
    ...Object.fromEntries(
      [...ownSettings, 'DeletionProtectionEnabled', 'TableClass', 'Tags'].map((name) => [
        name,
        replica[name],
      ]),
    ),
  })
}

async function settledReplicas({ aws, sleep, signal }: ResourceContext, TableName: string) {
  for (;;) {
    const { Table: found } = await aws.dynamodb.describeTable({ TableName })
    const replicas = found!.Replicas ?? []
    if (replicas.every(({ ReplicaStatus: status }) => status === 'ACTIVE')) {
      return new Set(replicas.map(({ RegionName: region }) => region!))
    }
    signal.throwIfAborted()
    await sleep(POLL_MS)
  }
}

/** Brings the other regions to what the template says, one at a time as DynamoDB demands it. */
async function settleReplicas(
  context: ResourceContext,
  name: string,
  next: Structure,
  before: Structure,
): Promise<void> {
  const present = await settledReplicas(context, name)
  const others = replicasOf(next).filter((one) => regionOf(one) !== context.region)
  const wanted = new Set(others.map(regionOf))
  for (const region of present) {
    if (region !== context.region && !wanted.has(region)) await leave(context, name, region)
  }
  for (const replica of others) {
    const region = regionOf(replica)
    if (!present.has(region)) await joinRegion(context, name, replica)
    await configureReplica(context, name, replica, replicaIn(before, region))
  }
}

async function joinRegion(context: ResourceContext, TableName: string, replica: Structure) {
  const key = text(structure(replica['SSESpecification'])['KMSMasterKeyId'])
  const TableClass = text(replica['TableClass']) as 'STANDARD' | undefined
  const Create = {
    RegionName: regionOf(replica),
    KMSMasterKeyId: key,
    TableClassOverride: TableClass,
  }
  await context.aws.dynamodb.updateTable({ TableName, ReplicaUpdates: [{ Create }] })
  await settledReplicas(context, TableName)
}

async function leave(context: ResourceContext, TableName: string, region: string): Promise<void> {
  const Delete = { RegionName: region }
  await context.aws.dynamodb.updateTable({ TableName, ReplicaUpdates: [{ Delete }] })
  await settledReplicas(context, TableName)
  await ready(context, TableName)
}

async function configureReplica(
  context: ResourceContext,
  name: string,
  next: Structure,
  before: Structure,
): Promise<void> {
  const { dynamodb } = context.awsIn(regionOf(next))
  const { Table: there } = await dynamodb.describeTable({ TableName: name })
  for (const setting of ownSettings) {
    if (JSON.stringify(next[setting]) === JSON.stringify(before[setting])) continue
    await settings[setting]!(dynamodb, there!, next[setting], before[setting])
  }
  const Tags = context.tags(next['Tags']).filter(({ Key }) => !Key.startsWith('aws:'))
  if (Tags.length > 0) await dynamodb.tagResource({ ResourceArn: there!.TableArn, Tags })
}

async function outcome({ aws }: ResourceContext, TableName: string) {
  const { Table: found } = await aws.dynamodb.describeTable({ TableName })
  const attributes = defined({
    Arn: found!.TableArn,
    StreamArn: found!.LatestStreamArn,
    TableId: found!.TableId,
  })
  return { physicalId: TableName, attributes }
}

export const globalTableProviders: Providers = {
  'AWS::DynamoDB::GlobalTable': {
    properties: {
      ...changes('replace', 'TableName KeySchema LocalSecondaryIndexes'),
      ...changes(
        'update',
        'AttributeDefinitions BillingMode GlobalSecondaryIndexes Replicas SSESpecification ' +
          'StreamSpecification TimeToLiveSpecification WarmThroughput ' +
          'WriteOnDemandThroughputSettings WriteProvisionedThroughputSettings',
      ),
    },
    required: ['AttributeDefinitions', 'KeySchema', 'Replicas'],
    attributes: ['Arn', 'StreamArn', 'TableId'],
    tagged: true,
    async create(context, properties) {
      const here = tableIn(properties, context.region)
      const { physicalId: name } = await table.create(context, here)
      await settleReplicas(context, name, properties, {})
      return outcome(context, name)
    },
    async update(context, name, next, before) {
      const [wanted, had] = [next, before].map((one) => tableIn(one, context.region))
      await table.update!(context, name, wanted!, had!)
      await settleReplicas(context, name, next, before)
      return outcome(context, name)
    },
    async delete(context, name, properties, attributes) {
      await unlessGone(['ResourceNotFoundException'], () =>
        settleReplicas(context, name, { Replicas: [] }, properties),
      )
      await table.delete(context, name, tableIn(properties, context.region), attributes)
    },
  },
}
