import { randomBytes } from 'node:crypto'
import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { enqueueErase } from './jobs.ts'
import type { DynamoParts } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import type { Backup } from './store-backups.ts'
import {
  describeTable,
  nameOf,
  type Scope,
  statusOf,
  type Table,
  tableArn,
  type TableDefinition,
} from './table-model.ts'

const PAGE = 100

type Details = NonNullable<Output<DynamoDb, 'CreateBackup'>['BackupDetails']>
type Description = NonNullable<Output<DynamoDb, 'DescribeBackup'>['BackupDescription']>

export const backupOperations = (parts: DynamoParts) =>
  ({
    async CreateBackup(input, ctx) {
      const table = backedTable(parts, ctx, input.TableName)
      const backup = await backUp(parts, table, ctx.now, { name: input.BackupName!, type: 'USER' })
      return { BackupDetails: detailsOf(backup) }
    },

    async DescribeBackup(input) {
      return { BackupDescription: describe(await backupOf(parts, input.BackupArn!)) }
    },

    async DeleteBackup(input) {
      const backup = await backupOf(parts, input.BackupArn!)
      if (backup.type === 'SYSTEM') {
        throw invalid(
          `Invalid Request: User is not allowed to delete the system backup with arn ${backup.arn}. ` +
            `It will automatically expire on ${new Date(backup.expiresAtMs!).toISOString()}`,
        )
      }
      await parts.backups.forget(backup.arn)
      await parts.deps.kernel.database.write((tx) =>
        enqueueErase(parts.deps.kernel.jobs, tx, backup.itemsId),
      )
      const described = describe(backup)
      described.BackupDetails!.BackupStatus = 'DELETED'
      return { BackupDescription: described }
    },

    async ListBackups(input, ctx) {
      const { Limit: limit = PAGE, ExclusiveStartBackupArn: start, BackupType: type } = input
      const [from, to] = [input.TimeRangeLowerBound, input.TimeRangeUpperBound].map(
        (at) => at && +at,
      )
      if (from !== undefined && to !== undefined && from > to) {
        throw badValue('Time range lower bound must be less than or equal to upper bound')
      }
      const name = input.TableName === undefined ? undefined : nameOf(input.TableName)
      const all = (await parts.backups.list(ctx))
        .filter((one) => name === undefined || one.tableName === name)
        .filter((one) => !type || type === 'ALL' || one.type === type)
        .filter((one) => from === undefined || one.createdAtMs >= from)
        .filter((one) => to === undefined || one.createdAtMs < to)
      const first = start === undefined ? 0 : all.findIndex(({ arn }) => arn === start) + 1
      const page = all.slice(first, first + limit)
      return {
        BackupSummaries: page.map(summaryOf),
        ...(first + limit < all.length && { LastEvaluatedBackupArn: page.at(-1)!.arn }),
      }
    },
  }) satisfies Operations<DynamoDb>

/** These operations have their own word for a table that isn't there. */
export function backedTable(
  { tables }: DynamoParts,
  ctx: RequestContext,
  given: string | undefined,
): Table {
  const name = nameOf(given ?? '')
  const table = tables.get(ctx, name, ctx.now)
  if (table && statusOf(table, ctx.now) !== 'CREATING') return table
  throw new AwsError('TableNotFoundException', `Table not found: ${name}`)
}

const arnForm = /^arn:aws:dynamodb:[^:]+:\d{12}:table\/[^/]+\/backup\/[^/]+$/

export async function backupOf({ backups }: DynamoParts, arn: string): Promise<Backup> {
  if (!arnForm.test(arn)) throw invalid('Invalid Backup ARN')
  const backup = await backups.find(arn)
  if (backup) return backup
  throw new AwsError('BackupNotFoundException', `Backup not found: ${arn}`)
}

/** Keeps the items as they are at this moment, with all that makes the table. */
export async function backUp(
  { tables, items, changes, backups }: DynamoParts,
  table: Table,
  now: number,
  { name, type }: Pick<Backup, 'name' | 'type'>,
): Promise<Backup> {
  const itemsId = tables.newId()
  const { id: _id, account, region, name: tableName, ...definition } = table
  const stamp = `${String(now).padStart(14, '0')}-${randomBytes(4).toString('hex')}`
  await items.apply([changes.copy(table.id, itemsId)])
  const counted = await items.count(itemsId)
  const backup: Backup = {
    arn: `${tableArn(table)}/backup/${stamp}`,
    account,
    region,
    tableName,
    createdAtMs: now,
    itemsId,
    name,
    type,
    ...(type === 'SYSTEM' && { expiresAtMs: now + 35 * 86_400_000 }),
    ...counted,
    definition: definition satisfies TableDefinition,
  }
  await items.apply([backups.add(backup)])
  return backup
}

const detailsOf = (backup: Backup): Details => ({
  BackupArn: backup.arn,
  BackupName: backup.name,
  BackupSizeBytes: backup.sizeBytes,
  BackupStatus: 'AVAILABLE',
  BackupType: backup.type,
  BackupCreationDateTime: new Date(backup.createdAtMs),
  ...(backup.expiresAtMs !== undefined && { BackupExpiryDateTime: new Date(backup.expiresAtMs) }),
})

const summaryOf = (backup: Backup) => ({
  TableName: backup.tableName,
  TableId: backup.definition.uuid,
  TableArn: tableArn(sourceOf(backup)),
  ...detailsOf(backup),
})

const sourceOf = ({ account, region, tableName }: Backup): Scope & { name: string } => ({
  account,
  region,
  name: tableName,
})

/** The table as it was, for those who describe or restore it. */
export const tableIn = (backup: Backup): Table => ({
  ...backup.definition,
  id: backup.itemsId,
  ...sourceOf(backup),
})

function describe(backup: Backup): Description {
  const table = tableIn(backup)
  const whole = describeTable(table, 'ACTIVE', backup)
  const locals = whole.LocalSecondaryIndexes?.map((index) => ({
    IndexName: index.IndexName,
    KeySchema: index.KeySchema,
    Projection: index.Projection,
  }))
  const globals = whole.GlobalSecondaryIndexes?.map((index) => ({
    IndexName: index.IndexName,
    KeySchema: index.KeySchema,
    Projection: index.Projection,
    ProvisionedThroughput: unitsOf(index.ProvisionedThroughput!),
  }))
  const features = {
    ...(locals && { LocalSecondaryIndexes: locals }),
    ...(globals && { GlobalSecondaryIndexes: globals }),
    ...(whole.StreamSpecification && { StreamDescription: whole.StreamSpecification }),
    ...(table.ttl && {
      TimeToLiveDescription: {
        TimeToLiveStatus: 'ENABLED' as const,
        AttributeName: table.ttl.attribute,
      },
    }),
    ...(whole.SSEDescription && { SSEDescription: whole.SSEDescription }),
  }
  return {
    BackupDetails: detailsOf(backup),
    SourceTableDetails: {
      TableName: backup.tableName,
      TableId: table.uuid,
      TableArn: tableArn(table),
      TableSizeBytes: backup.sizeBytes,
      KeySchema: whole.KeySchema,
      TableCreationDateTime: whole.CreationDateTime,
      ProvisionedThroughput: unitsOf(whole.ProvisionedThroughput!),
      ItemCount: backup.items,
      BillingMode: table.onDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED',
      ...(table.onDemandLimits && { OnDemandThroughput: table.onDemandLimits }),
    },
    SourceTableFeatureDetails: features,
  }
}

const unitsOf = (given: {
  ReadCapacityUnits?: number | undefined
  WriteCapacityUnits?: number | undefined
}) => ({
  ReadCapacityUnits: given.ReadCapacityUnits,
  WriteCapacityUnits: given.WriteCapacityUnits,
})
