import { randomBytes } from 'node:crypto'
import { AwsError, type Principal } from '../../../gateway/index.ts'
import type { DynamoDb, Operations, RequestContext } from '../../../gateway/index.ts'
import { encryptionOf } from '../encryption.ts'
import { enqueuePurge } from '../jobs.ts'
import { checkIndexKeys, checkItemKeys, placeOf } from '../item-key.ts'
import { checkedItem, newStored } from '../item-parts.ts'
import type { DynamoParts } from '../parts.ts'
import { inUse } from '../refusals.ts'
import { newTable } from '../table-create.ts'
import { type Table, tableArn } from '../table-model.ts'
import type { Item } from '../item-types.ts'
import { failureOf, isOfSource } from './failure.ts'
import {
  describeImport,
  type Import,
  type ImportFacts,
  type ImportInput,
  readingOf,
} from './import-model.ts'
import { ErrorLog } from './error-log.ts'
import { type Line, linesOf, sourceKeys } from './import-source.ts'
import { checkTransferArn, isTokenKnown, pageAfter, tokenConflict } from './transfer-list.ts'

const KIND = 'import'
const JOB = 'cloud-dynamodb.import'
const PIECE = 200

export const importOperations = (parts: DynamoParts) =>
  ({
    async ImportTable(input, ctx) {
      return { ImportTableDescription: describeImport(await startImport(parts, input, ctx)) }
    },

    async DescribeImport(input) {
      checkTransferArn(input.ImportArn!, KIND)
      const found = await parts.backups.transfer<ImportFacts>(KIND, input.ImportArn!)
      if (found) return { ImportTableDescription: describeImport(found) }
      throw new AwsError('ImportNotFoundException', `Import not found: ${input.ImportArn}`)
    },

    async ListImports(input, ctx) {
      const { PageSize: limit, NextToken: token, TableArn: arn } = input
      const all = (await parts.backups.transfers<ImportFacts>(KIND, ctx)).filter(
        ({ facts }) => arn === undefined || facts.tableArn === arn,
      )
      const { page, next } = pageAfter(all, token, limit)
      return { ImportSummaryList: page.map(summaryOf), ...next }
    },
  }) satisfies Operations<DynamoDb>

function summaryOf(given: Import) {
  const described = describeImport(given)
  return {
    ImportArn: described.ImportArn,
    ImportStatus: described.ImportStatus,
    TableArn: described.TableArn,
    S3BucketSource: described.S3BucketSource,
    CloudWatchLogGroupArn: described.CloudWatchLogGroupArn,
    InputFormat: described.InputFormat,
    StartTime: described.StartTime,
    ...(given.facts.endedAtMs !== undefined && { EndTime: new Date(given.facts.endedAtMs) }),
  }
}

async function startImport(
  parts: DynamoParts,
  input: ImportInput,
  ctx: RequestContext,
): Promise<Import> {
  const { ClientToken: token, TableCreationParameters: creation } = input
  const reading = readingOf(input)
  const table: Table = { ...newTable(creation!, ctx, parts.tables.newId), importing: true }
  const known = await knownImport(parts, token!, ctx)
  if (known && known.facts.tableArn !== tableArn(table)) {
    throw tokenConflict('ImportConflictException')
  }
  if (known?.facts.state === 'IN_PROGRESS') return known
  if (parts.tables.get(ctx, table.name, ctx.now)) {
    throw inUse(`Table already exists: ${table.name}`)
  }
  table.sse = await encryptionOf(creation!.SSESpecification, ctx)
  const source = input.S3BucketSource!
  const id = `${String(ctx.now).padStart(14, '0')}-${randomBytes(4).toString('hex')}`
  const made: Import = {
    arn: `${tableArn(table)}/import/${id}`,
    account: ctx.account,
    region: ctx.region,
    createdAtMs: ctx.now,
    facts: {
      ...reading,
      tableArn: tableArn(table),
      tableUuid: table.uuid,
      tableId: table.id,
      token: token!,
      bucket: source.S3Bucket!,
      ...(source.S3BucketOwner !== undefined && { bucketOwner: source.S3BucketOwner }),
      ...(source.S3KeyPrefix !== undefined && { prefix: source.S3KeyPrefix }),
      creation: creation!,
      types: table.attributes,
      state: 'IN_PROGRESS',
      ...nothing,
    },
  }
  await parts.items.apply([parts.backups.keep(KIND, made)])
  await parts.tables.save(table, (tx) =>
    parts.deps.kernel.jobs.enqueue(tx, {
      kind: JOB,
      payload: { arn: made.arn, principal: ctx.principal },
      key: made.arn,
    }),
  )
  return made
}

/** By its token; all but the table may differ, of which the first request is kept. */
async function knownImport(
  { backups }: DynamoParts,
  token: string,
  ctx: RequestContext,
): Promise<Import | undefined> {
  const all = await backups.transfers<ImportFacts>(KIND, ctx)
  return all.find((one) => one.facts.token === token && isTokenKnown(one, ctx.now))
}

const nothing = { errors: 0, processed: 0, processedBytes: 0, imported: 0 }

export function handleImports(parts: DynamoParts): void {
  const { jobs, clock } = parts.deps.kernel
  jobs.handle(JOB, {
    async run({ payload }) {
      const { arn, principal } = payload as { arn: string; principal: Principal }
      const found = await parts.backups.transfer<ImportFacts>(KIND, arn)
      if (!found || found.facts.state !== 'IN_PROGRESS') return
      const outcome = await readImport(parts, found, principal).then(
        (told) => outcomeOf(told),
        (error: unknown) => ({ state: 'FAILED' as const, failure: failureOf(error) }),
      )
      const facts = { ...found.facts, ...outcome, endedAtMs: clock.now() }
      await parts.items.apply([parts.backups.keep(KIND, { ...found, facts })])
      const table = parts.tables.byId(facts.tableId)
      if (table) await endImport(parts, table, facts)
    },
  })
}

/** Items that could not be taken fail the import; the others stay (seen of the real service). */
const outcomeOf = (told: typeof nothing) => ({
  ...told,
  ...(told.errors === 0
    ? { state: 'COMPLETED' as const }
    : { state: 'FAILED' as const, failure: itemFailure }),
})

const itemFailure = {
  FailureCode: 'ItemValidationError',
  FailureMessage:
    'Some of the items failed validation checks. Please check CloudWatch error logs for more details.',
}

/** The table is whole; or it goes, where its source could not be reached. */
async function endImport(parts: DynamoParts, table: Table, { failure }: ImportFacts) {
  const { jobs, clock } = parts.deps.kernel
  const ended: Table = { ...table, importing: undefined }
  if (!failure || !isOfSource(failure)) return parts.tables.save(ended)
  const gone = { ...ended, goneAtMs: clock.now() }
  return parts.tables.save(gone, (tx) => enqueuePurge(jobs, tx, gone))
}

/**
 * Puts every good line. A line that is no item of the table counts as an error; one that is no item
 * at all is the last that is read of its object (seen of the real service).
 */
async function readImport(parts: DynamoParts, given: Import, principal: Principal) {
  const { facts } = given
  const log = new ErrorLog()
  const aws = parts.deps.as({ principal, region: given.region, account: given.account })
  const told = { ...nothing }
  let waiting: Item[] = []
  const flush = async () => {
    const table = parts.tables.byId(facts.tableId)
    const items = waiting
    waiting = []
    if (table) await putAll(parts, table, items)
    told.imported += items.length
  }
  const table = parts.tables.byId(facts.tableId)
  for await (const key of sourceKeys(aws, facts)) {
    let itemIndex = 0
    for await (const line of linesOf(aws, key, facts, (size) => (told.processedBytes += size))) {
      told.processed++
      const read = table && 'item' in line ? fitting(table, line.item) : line
      if ('item' in read) waiting.push(read.item)
      else {
        told.errors++
        log.add({ key, itemIndex, message: read.wrong })
      }
      if ('wrong' in line) break
      itemIndex++
      if (waiting.length >= PIECE) await flush()
    }
  }
  await flush()
  await log.write(aws, given, parts.deps.kernel.clock.now())
  return told
}

function fitting(table: Table, given: Item): Line {
  try {
    const { item } = checkedItem(given)
    checkItemKeys(table, item)
    checkIndexKeys(table, item)
    return { item }
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ValidationException') throw error
    return { wrong: error.message }
  }
}

/** Of items with one key, the last stays. */
async function putAll({ writer }: DynamoParts, table: Table, items: Item[]): Promise<void> {
  await Promise.all(
    items.map((item) => {
      const target = { table, place: placeOf(table.id, table.key, item) }
      return writer.change([target], ([before]) => ({
        changes: [{ ...target, before, after: newStored(item) }],
        result: undefined,
      }))
    }),
  )
}
