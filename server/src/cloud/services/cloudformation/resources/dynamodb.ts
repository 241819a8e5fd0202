import type { Structure, Value } from '../model.ts'
import { settings, type TableSetting } from './dynamodb-settings.ts'
import { flag, list, shaped, type ShapeRules, structure, text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'
import { ResourceFailure } from './resource-failure.ts'

type Calls = ResourceContext['aws']['dynamodb']
type CreateInput = Parameters<Calls['createTable']>[0]
type UpdateInput = Parameters<Calls['updateTable']>[0]
type Described = NonNullable<Awaited<ReturnType<Calls['describeTable']>>['Table']>

const GONE = ['ResourceNotFoundException']
const TAKEN = ['ResourceInUseException']
const POLL_MS = 100

const rules: ShapeRules = {
  numbers: [
    'ReadCapacityUnits',
    'WriteCapacityUnits',
    'MaxReadRequestUnits',
    'MaxWriteRequestUnits',
    'ReadUnitsPerSecond',
    'WriteUnitsPerSecond',
  ],
  flags: ['SSEEnabled', 'StreamEnabled'],
  rename: { SSEEnabled: 'Enabled' },
}

/** A stream is on where it is specified at all. */
function streamOf(value: Value | undefined): CreateInput['StreamSpecification'] {
  if (value === undefined) return undefined
  const view = text(structure(value)['StreamViewType'])
  return { StreamEnabled: true, StreamViewType: view as 'NEW_IMAGE' }
}

const tagsOf = (context: ResourceContext, properties: Structure) =>
  context.tags(properties['Tags']).filter(({ Key }) => !Key.startsWith('aws:'))

function createInput(context: ResourceContext, name: string, properties: Structure): CreateInput {
  const member = (key: string) => shaped<never>({ value: properties[key] ?? null }, rules)!['value']
  const given = (key: string) => (properties[key] === undefined ? undefined : member(key))
  const tags = tagsOf(context, properties)
  return {
    TableName: name,
    AttributeDefinitions: given('AttributeDefinitions'),
    KeySchema: given('KeySchema'),
    BillingMode: text(properties['BillingMode']) as 'PROVISIONED',
    ProvisionedThroughput: given('ProvisionedThroughput'),
    LocalSecondaryIndexes: given('LocalSecondaryIndexes'),
    GlobalSecondaryIndexes: given('GlobalSecondaryIndexes'),
    OnDemandThroughput: given('OnDemandThroughput'),
    WarmThroughput: given('WarmThroughput'),
    SSESpecification: given('SSESpecification'),
    StreamSpecification: streamOf(properties['StreamSpecification']),
    TableClass: text(properties['TableClass']) as 'STANDARD',
    DeletionProtectionEnabled: flag(properties['DeletionProtectionEnabled']),
    ...(tags.length > 0 && { Tags: tags }),
  }
}

/** Waits until nothing of the table is in the making. */
export async function ready(
  { aws, sleep, signal }: ResourceContext,
  name: string,
): Promise<Described> {
  for (;;) {
    const { Table: table } = await aws.dynamodb.describeTable({ TableName: name })
    const indexes = table!.GlobalSecondaryIndexes ?? []
    const isReady = [table!.TableStatus, ...indexes.map((index) => index.IndexStatus)].every(
      (status) => status === 'ACTIVE',
    )
    if (isReady) return table!
    signal.throwIfAborted()
    await sleep(POLL_MS)
  }
}

const differs = (a: Value | undefined, b: Value | undefined): boolean =>
  JSON.stringify(a) !== JSON.stringify(b)

async function change(
  context: ResourceContext,
  name: string,
  input: Omit<UpdateInput, 'TableName'>,
): Promise<void> {
  await context.aws.dynamodb.updateTable({ TableName: name, ...input })
  await ready(context, name)
}

/** What one UpdateTable each changes, in an order in which none hinders the next. */
async function changeTable(
  context: ResourceContext,
  name: string,
  next: Structure,
  before: Structure,
): Promise<void> {
  const changed = (key: string) => differs(next[key], before[key])
  const wanted = createInput(context, name, next)
  if (changed('BillingMode') || changed('ProvisionedThroughput')) {
    const { BillingMode = 'PROVISIONED', ProvisionedThroughput } = wanted
    await change(context, name, { BillingMode, ProvisionedThroughput })
  }
  if (changed('StreamSpecification')) await changeStream(context, name, wanted, before)
  if (changed('SSESpecification')) {
    const { SSESpecification = { Enabled: false } } = wanted
    await change(context, name, { SSESpecification })
  }
  if (changed('TableClass')) {
    await change(context, name, { TableClass: wanted.TableClass ?? 'STANDARD' })
  }
  if (changed('DeletionProtectionEnabled')) {
    const isProtected = wanted.DeletionProtectionEnabled ?? false
    await change(context, name, { DeletionProtectionEnabled: isProtected })
  }
  for (const key of ['OnDemandThroughput', 'WarmThroughput'] as const) {
    if (changed(key) && wanted[key]) await change(context, name, { [key]: wanted[key] })
  }
  if (changed('GlobalSecondaryIndexes')) await changeIndexes(context, name, wanted, before)
}

async function changeStream(
  context: ResourceContext,
  name: string,
  { StreamSpecification: wanted }: CreateInput,
  before: Structure,
): Promise<void> {
  // A stream of another view is another stream.
  if (before['StreamSpecification'] !== undefined) {
    await change(context, name, { StreamSpecification: { StreamEnabled: false } })
  }
  if (wanted) await change(context, name, { StreamSpecification: wanted })
}

/** Indexes go and come one by one; one whose shape changed goes and comes again. */
async function changeIndexes(
  context: ResourceContext,
  name: string,
  wanted: CreateInput,
  before: Structure,
): Promise<void> {
  const old = new Map(
    list(before['GlobalSecondaryIndexes']).map((one) => [text(structure(one)['IndexName']), one]),
  )
  const next = wanted.GlobalSecondaryIndexes ?? []
  const shapeOf = (one: unknown) => {
    const { KeySchema, Projection } = one as { KeySchema?: unknown; Projection?: unknown }
    return JSON.stringify([KeySchema, Projection])
  }
  const isSame = (index: string | undefined) => {
    const found = next.find(({ IndexName }) => IndexName === index)
    const known = old.get(index)
    return known !== undefined && found !== undefined && shapeOf(found) === shapeOf(known)
  }
  for (const index of old.keys()) {
    if (isSame(index)) continue
    await change(context, name, {
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: index! } }],
    })
  }
  for (const index of next) {
    const { IndexName, ProvisionedThroughput } = index
    if (!isSame(IndexName)) {
      await change(context, name, {
        AttributeDefinitions: wanted.AttributeDefinitions!.filter((one) =>
          index.KeySchema!.some((key) => key.AttributeName === one.AttributeName),
        ),
        GlobalSecondaryIndexUpdates: [{ Create: index }],
      })
    } else if (ProvisionedThroughput && differs(index as never, old.get(IndexName))) {
      await change(context, name, {
        GlobalSecondaryIndexUpdates: [{ Update: { IndexName: IndexName!, ProvisionedThroughput } }],
      })
    }
  }
}

async function changeTags(
  { aws }: ResourceContext,
  arn: string,
  next: { Key: string; Value: string }[],
  before: { Key: string; Value: string }[],
): Promise<void> {
  const gone = before.filter(({ Key: key }) => !next.some((tag) => tag.Key === key))
  if (gone.length > 0) {
    await aws.dynamodb.untagResource({ ResourceArn: arn, TagKeys: gone.map(({ Key }) => Key) })
  }
  if (next.length > 0) await aws.dynamodb.tagResource({ ResourceArn: arn, Tags: next })
}

async function configure(
  context: ResourceContext,
  table: Described,
  next: Structure,
  before: Structure,
): Promise<void> {
  for (const [property, set] of Object.entries<TableSetting>(settings)) {
    if (!differs(next[property], before[property])) continue
    await set(context.aws.dynamodb, table, next[property], before[property])
  }
}

function outcome({ TableName: name, TableArn: arn, LatestStreamArn: stream }: Described) {
  return {
    physicalId: name!,
    attributes: { Arn: arn!, ...(stream !== undefined && { StreamArn: stream }) },
  }
}

export const dynamodbProviders: Providers = {
  'AWS::DynamoDB::Table': {
    properties: {
      ...changes('replace', 'TableName KeySchema LocalSecondaryIndexes'),
      ...changes('update', 'AttributeDefinitions BillingMode ProvisionedThroughput Tags'),
      ...changes('update', 'GlobalSecondaryIndexes OnDemandThroughput WarmThroughput TableClass'),
      ...changes('update', 'StreamSpecification SSESpecification DeletionProtectionEnabled'),
      ...Object.fromEntries(Object.keys(settings).map((name) => [name, 'update' as const])),
    },
    required: ['KeySchema'],
    attributes: ['Arn', 'StreamArn'],
    tagged: true,
    async create(context, properties) {
      const name = context.physicalId ?? text(properties['TableName']) ?? context.physicalName(255)
      const input = createInput(context, name, properties)
      await makeOnce(context, name, TAKEN, () => context.aws.dynamodb.createTable(input))
      const table = await ready(context, name)
      await configure(context, table, properties, {})
      return outcome(table)
    },
    async update(context, name, next, before) {
      await changeTable(context, name, next, before)
      const table = await ready(context, name)
      await configure(context, table, next, before)
      const tags = [next, before].map((one) => tagsOf(context, one))
      await changeTags(context, table.TableArn!, tags[0]!, tags[1]!)
      return outcome(table)
    },
    async delete(context, name, properties) {
      if (flag(properties['DeletionProtectionEnabled'])) {
        throw new ResourceFailure(
          'Resource cannot be deleted as it is currently protected against deletion. ' +
            'Disable deletion protection first.',
        )
      }
      await unlessGone(GONE, () => context.aws.dynamodb.deleteTable({ TableName: name }))
    },
  },
}
