import { randomBytes } from 'node:crypto'
import { AwsError, type Principal } from '../../../gateway/index.ts'
import type { DynamoDb, Operations, RequestContext } from '../../../gateway/index.ts'
import type { DynamoParts } from '../parts.ts'
import { invalid } from '../refusals.ts'
import { notRecovering } from '../restores.ts'
import { nameOf, type Table, tableArn } from '../table-model.ts'
import { writeExport } from './export-files.ts'
import {
  askedText,
  describeExport,
  type Export,
  type ExportFacts,
  type ExportInput,
  stretchOf,
  typeOf,
} from './export-model.ts'
import { failureOf } from './failure.ts'
import { checkTransferArn, isTokenKnown, pageAfter, tokenConflict } from './transfer-list.ts'

const KIND = 'export'
const JOB = 'cloud-dynamodb.export'

export const exportOperations = (parts: DynamoParts) =>
  ({
    async ExportTableToPointInTime(input, ctx) {
      return { ExportDescription: describeExport(await startExport(parts, input, ctx)) }
    },

    async DescribeExport(input) {
      checkTransferArn(input.ExportArn!, KIND)
      const found = await parts.backups.transfer<ExportFacts>(KIND, input.ExportArn!)
      if (found) return { ExportDescription: describeExport(found) }
      throw new AwsError('ExportNotFoundException', `Export not found: ${input.ExportArn}`)
    },

    async ListExports(input, ctx) {
      const { MaxResults: limit, NextToken: token, TableArn: arn } = input
      const tableIds = new Set(parts.tables.list(ctx, ctx.now).map(({ id }) => id))
      // Those of a deleted table can be described only.
      const all = (await parts.backups.transfers<ExportFacts>(KIND, ctx)).filter(
        ({ facts }) => tableIds.has(facts.tableId) && (arn === undefined || facts.tableArn === arn),
      )
      const { page, next } = pageAfter(all, token, limit)
      return {
        ExportSummaries: page.map((one) => ({
          ExportArn: one.arn,
          ExportStatus: one.facts.state,
          ExportType: typeOf(one.facts),
        })),
        ...next,
      }
    },
  }) satisfies Operations<DynamoDb>

function exportedTable({ tables }: DynamoParts, arn: string, ctx: RequestContext): Table {
  const region = /^arn:aws:dynamodb:([^:]+):\d{12}:table\/[^/]+$/.exec(arn)?.[1]
  if (arn === '') throw invalid('Invalid TableArn: Invalid Table ARN')
  if (!region) throw invalid('tableArn is not a valid ARN')
  const table = tables.get({ account: ctx.account, region }, nameOf(arn), ctx.now)
  if (!table) throw new AwsError('TableNotFoundException', `Table not found: ${arn}`)
  if (!table.recovery) throw notRecovering(table)
  return table
}

async function startExport(
  parts: DynamoParts,
  input: ExportInput,
  ctx: RequestContext,
): Promise<Export> {
  const table = exportedTable(parts, input.TableArn!, ctx)
  const asked = await knownExport(parts, input, ctx)
  if (asked) return asked
  const { sinceMs, days } = table.recovery!
  const earliest = Math.max(sinceMs, ctx.now - days * 86_400_000)
  const stretch = stretchOf(input, earliest, ctx.now)
  const itemsId = parts.tables.newId()
  await parts.items.apply([parts.changes.copy(table.id, itemsId, stretch.atMs)])
  const id = `${String(ctx.now).padStart(14, '0')}-${randomBytes(4).toString('hex')}`
  const made: Export = {
    arn: `${tableArn(table)}/export/${id}`,
    account: ctx.account,
    region: ctx.region,
    createdAtMs: ctx.now,
    facts: {
      ...stretch,
      ...(input.ExportType && { type: input.ExportType }),
      asked: askedText(input),
      tableArn: tableArn(table),
      tableUuid: table.uuid,
      tableId: table.id,
      token: input.ClientToken ?? crypto.randomUUID(),
      bucket: input.S3Bucket!,
      ...(input.S3BucketOwner !== undefined && { bucketOwner: input.S3BucketOwner }),
      ...(input.S3Prefix !== undefined && { prefix: input.S3Prefix }),
      sse: input.S3SseAlgorithm ?? 'AES256',
      ...(input.S3SseKmsKeyId !== undefined && { sseKey: input.S3SseKmsKeyId }),
      format: input.ExportFormat ?? 'DYNAMODB_JSON',
      itemsId,
      state: 'IN_PROGRESS',
    },
  }
  await parts.items.apply([parts.backups.keep(KIND, made)])
  const { database, jobs } = parts.deps.kernel
  await database.write((tx) =>
    jobs.enqueue(tx, {
      kind: JOB,
      payload: { arn: made.arn, principal: ctx.principal },
      key: made.arn,
    }),
  )
  return made
}

/** The same token for the same request is the same export. */
async function knownExport(
  { backups }: DynamoParts,
  input: ExportInput,
  ctx: RequestContext,
): Promise<Export | undefined> {
  const { ClientToken: token } = input
  if (token === undefined) return undefined
  const all = await backups.transfers<ExportFacts>(KIND, ctx)
  const known = all.find((one) => one.facts.token === token && isTokenKnown(one, ctx.now))
  if (!known || known.facts.asked === askedText(input)) return known
  throw tokenConflict('ExportConflictException')
}

export function handleExports(parts: DynamoParts): void {
  const { jobs, clock } = parts.deps.kernel
  jobs.handle(JOB, {
    async run({ payload }) {
      const { arn, principal } = payload as { arn: string; principal: Principal }
      const found = await parts.backups.transfer<ExportFacts>(KIND, arn)
      if (!found || found.facts.state !== 'IN_PROGRESS') return
      const outcome = await writeExport(parts, found, principal).then(
        (done) => ({ state: 'COMPLETED' as const, ...done }),
        (error: unknown) => ({ state: 'FAILED' as const, failure: failureOf(error) }),
      )
      const facts = { ...found.facts, ...outcome, endedAtMs: clock.now() }
      await parts.items.apply([parts.backups.keep(KIND, { ...found, facts })])
      while ((await parts.items.purge({ tableId: facts.itemsId }, 500)) > 0);
    },
  })
}
