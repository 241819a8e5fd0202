import { randomBytes } from 'node:crypto'
import { AwsError, type Principal } from '../../../gateway/index.ts'
import type { DynamoDb, Operations, RequestContext } from '../../../gateway/index.ts'
import type { DynamoParts } from '../parts.ts'
import { invalid } from '../refusals.ts'
import { notRecovering } from '../restores.ts'
import { nameOf, type Table, tableArn } from '../table-model.ts'
import { writeExport } from './export-files.ts'
import { describeExport, type Export, type ExportFacts, type ExportInput } from './export-model.ts'
import { stretchOf } from './export-model.ts'
import { failureOf } from './failure.ts'

const KIND = 'export'
const JOB = 'cloud-dynamodb.export'
const PAGE = 25

export const exportOperations = (parts: DynamoParts) =>
  ({
    async ExportTableToPointInTime(input, ctx) {
      return { ExportDescription: describeExport(await startExport(parts, input, ctx)) }
    },

    async DescribeExport(input) {
      const found = await parts.backups.transfer<ExportFacts>(KIND, input.ExportArn!)
      if (found) return { ExportDescription: describeExport(found) }
      throw new AwsError('ExportNotFoundException', `Export not found: ${input.ExportArn}`)
    },

    async ListExports(input, ctx) {
      const { MaxResults: limit = PAGE, NextToken: token, TableArn: arn } = input
      const all = (await parts.backups.transfers<ExportFacts>(KIND, ctx)).filter(
        ({ facts }) => arn === undefined || facts.tableArn === arn,
      )
      const from = token === undefined ? 0 : all.findIndex((one) => one.arn === token) + 1
      const page = all.slice(from, from + limit)
      return {
        ExportSummaries: page.map((one) => {
          const { ExportArn, ExportStatus, ExportType } = describeExport(one)
          return { ExportArn, ExportStatus, ExportType }
        }),
        ...(from + limit < all.length && { NextToken: page.at(-1)!.arn }),
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

/** The same token within the table's exports is the same export. */
async function knownExport(
  { backups }: DynamoParts,
  { ClientToken: token, S3Bucket: bucket, TableArn: arn }: ExportInput,
  ctx: RequestContext,
): Promise<Export | undefined> {
  if (token === undefined) return undefined
  const all = await backups.transfers<ExportFacts>(KIND, ctx)
  const known = all.find(({ facts }) => facts.token === token)
  if (!known || (known.facts.bucket === bucket && known.facts.tableArn === arn)) return known
  throw new AwsError(
    'ExportConflictException',
    'There was a conflict when writing to the specified S3 bucket: the client token was used ' +
      'for another export.',
  )
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
