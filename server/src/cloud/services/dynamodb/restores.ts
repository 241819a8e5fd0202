import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { backedTable, backupOf, tableIn } from './backups.ts'
import { encryptionOf } from './encryption.ts'
import { enqueueFill, enqueueTrimChanges } from './jobs.ts'
import type { DynamoParts } from './parts.ts'
import { invalid } from './refusals.ts'
import { overridden, type Overrides } from './restore-rules.ts'
import { describeTable, nameOf, type Table, tableArn } from './table-model.ts'

const DAY_MS = 86_400_000
const LONGEST_DAYS = 35

type Description = NonNullable<
  Output<DynamoDb, 'DescribeContinuousBackups'>['ContinuousBackupsDescription']
>

export const restoreOperations = (parts: DynamoParts) =>
  ({
    DescribeContinuousBackups(input, ctx) {
      const table = backedTable(parts, ctx, input.TableName)
      return { ContinuousBackupsDescription: describeRecovery(table, ctx.now) }
    },

    async UpdateContinuousBackups(input, ctx) {
      const table = backedTable(parts, ctx, input.TableName)
      const next = recovering(table, input.PointInTimeRecoverySpecification!, ctx.now)
      await parts.tables.save(next, async (tx) => {
        await enqueueTrimChanges(parts.deps.kernel.jobs, tx, next.id, ctx.now)
      })
      return { ContinuousBackupsDescription: describeRecovery(next, ctx.now) }
    },

    async RestoreTableFromBackup(input, ctx) {
      const backup = await backupOf(parts, input.BackupArn!)
      const from = { backupArn: backup.arn, atMs: backup.createdAtMs }
      const table = await restored(parts, tableIn(backup), input, ctx, from)
      return { TableDescription: await fillFrom(parts, table, backup.itemsId) }
    },

    async RestoreTableToPointInTime(input, ctx) {
      const source = sourceTable(parts, ctx, input)
      const atMs = momentOf(source, input, ctx.now)
      const table = await restored(parts, source, input, ctx, { atMs: atMs ?? ctx.now })
      return { TableDescription: await fillFrom(parts, table, source.id, atMs) }
    },
  }) satisfies Operations<DynamoDb>

function recovering(
  table: Table,
  spec: NonNullable<Input<DynamoDb, 'UpdateContinuousBackups'>['PointInTimeRecoverySpecification']>,
  now: number,
): Table {
  const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days = LONGEST_DAYS } = spec
  if (!enabled) {
    if (spec.RecoveryPeriodInDays === undefined) return { ...table, recovery: undefined }
    throw invalid(
      'Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.',
    )
  }
  return { ...table, recovery: { sinceMs: table.recovery?.sinceMs ?? now, days } }
}

/** The first moment a table can be brought back to. */
const earliestOf = ({ sinceMs, days }: NonNullable<Table['recovery']>, now: number) =>
  Math.max(sinceMs, now - days * DAY_MS)

function describeRecovery({ recovery }: Table, now: number): Description {
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: recovery
      ? {
          PointInTimeRecoveryStatus: 'ENABLED',
          RecoveryPeriodInDays: recovery.days,
          EarliestRestorableDateTime: new Date(earliestOf(recovery, now)),
          LatestRestorableDateTime: new Date(now),
        }
      : { PointInTimeRecoveryStatus: 'DISABLED' },
  }
}

type PointInput = Input<DynamoDb, 'RestoreTableToPointInTime'>

function sourceTable(parts: DynamoParts, ctx: RequestContext, input: PointInput): Table {
  const given = input.SourceTableArn ?? input.SourceTableName
  if (given === undefined || (input.SourceTableArn && input.SourceTableName)) {
    throw invalid('Must provide exactly one of: sourceTableArn, sourceTableName')
  }
  const region = /^arn:[^:]+:dynamodb:([^:]+):/.exec(given)?.[1] ?? ctx.region
  const table = parts.tables.get({ account: ctx.account, region }, nameOf(given), ctx.now)
  if (table) return table
  throw new AwsError('TableNotFoundException', `Table not found: ${nameOf(given)}`)
}

/** The moment asked for; undefined is the latest. */
export function momentOf(
  table: Table,
  given: { RestoreDateTime?: Date | undefined; UseLatestRestorableTime?: boolean | undefined },
  now: number,
): number | undefined {
  if (!table.recovery) throw notRecovering(table)
  if (!given.RestoreDateTime) {
    if (given.UseLatestRestorableTime) return undefined
    throw eitherTime()
  }
  if (given.UseLatestRestorableTime) throw eitherTime()
  const atMs = given.RestoreDateTime.getTime()
  const earliest = earliestOf(table.recovery, now)
  // Moments are told in seconds as often as not.
  if (atMs >= Math.floor(earliest / 1000) * 1000 && atMs <= now) return atMs
  throw new AwsError(
    'InvalidRestoreTimeException',
    `An invalid restore time was specified. RestoreDateTime must be between ` +
      `${new Date(earliest).toISOString()} and ${new Date(now).toISOString()}.`,
  )
}

const eitherTime = () =>
  invalid(
    'Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, ' +
      'but not both',
  )

export const notRecovering = ({ name }: Table) =>
  new AwsError(
    'PointInTimeRecoveryUnavailableException',
    `Point in time recovery is not enabled for table '${name}'`,
  )

/** A new table of the old one's shape. Tags, policies, streams and settings of time aren't restored. */
async function restored(
  { tables }: DynamoParts,
  source: Table,
  given: Overrides,
  ctx: RequestContext,
  from: { backupArn?: string; atMs: number },
): Promise<Table> {
  const { TargetTableName: name, SSESpecificationOverride: encryption } = given
  if (tables.get(ctx, name!, ctx.now)) {
    throw new AwsError('TableAlreadyExistsException', `Table already exists: ${name}`)
  }
  const { indexes, onDemandLimits, ...charged } = overridden(source, given)
  const { attributes, key } = source
  const sse = encryption ? await encryptionOf(encryption, ctx) : source.sse
  return {
    id: tables.newId(),
    account: ctx.account,
    region: ctx.region,
    name: name!,
    uuid: crypto.randomUUID(),
    attributes,
    key,
    indexes: indexes.map((index) => ({ ...index, id: tables.newId(), isFilled: false })),
    ...charged,
    ...(charged.onDemand && { onDemandSinceMs: ctx.now }),
    createdAtMs: ctx.now,
    readyAtMs: ctx.now,
    deletionProtected: false,
    tableClass: source.tableClass,
    sse,
    ...(onDemandLimits && { onDemandLimits }),
    tags: {},
    restored: { ...from, tableArn: tableArn(source) },
  }
}

/** The table with its items, in one go; its indexes are filled behind it. */
async function fillFrom(
  { tables, items, changes, deps }: DynamoParts,
  table: Table,
  from: number,
  atMs?: number,
) {
  await items.apply([changes.copy(from, table.id, atMs)])
  await tables.save(table, async (tx) => {
    for (const { id } of table.indexes) await enqueueFill(deps.kernel.jobs, tx, table.id, id)
  })
  return describeTable(table, 'CREATING', { items: 0, sizeBytes: 0 })
}
