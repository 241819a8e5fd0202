import { AwsError, type CloudWatch, type Operations } from '../../gateway/index.ts'
import { bodyFaults } from './dashboard-body.ts'
import type { CloudWatchTables } from './migrations.ts'
import { dashboardArn, type Scope } from './model.ts'
import type { CloudWatchParts } from './parts.ts'

/** Dashboards are kept and given back; drawing them is the console's work. */
export const dashboardOperations = (parts: CloudWatchParts) =>
  ({
    async PutDashboard(input, ctx) {
      const name = input.DashboardName ?? ''
      if (!/^[\w-]{1,255}$/.test(name)) throw invalidInput('The dashboard name is not valid.')
      checkBody(input.DashboardBody ?? '')
      const row = { body: input.DashboardBody!, modified_at: ctx.now }
      await parts.database.write(async (tx) => {
        await tx
          .tables<CloudWatchTables>()
          .insertInto('cloudwatch_dashboard')
          .values({ account: ctx.account, region: ctx.region, name, ...row })
          .onConflict((conflict) =>
            conflict.columns(['account', 'region', 'name']).doUpdateSet(row),
          )
          .execute()
      })
      return { DashboardValidationMessages: [] }
    },

    async GetDashboard(input, ctx) {
      const rows = await dashboards(parts, ctx)
      const row = rows.find(({ name }) => name === input.DashboardName)
      if (!row) throw dashboardNotFound(input.DashboardName)
      return {
        DashboardArn: dashboardArn(ctx, row.name),
        DashboardBody: row.body,
        DashboardName: row.name,
      }
    },

    async ListDashboards(input, ctx) {
      const rows = (await dashboards(parts, ctx)).sort((a, b) => (a.name < b.name ? -1 : 1))
      const prefix = input.DashboardNamePrefix ?? ''
      return {
        DashboardEntries: rows
          .filter(({ name }) => name.startsWith(prefix))
          .map(({ name, body, modified_at: at }) => ({
            DashboardName: name,
            DashboardArn: dashboardArn(ctx, name),
            LastModified: new Date(at),
            Size: Buffer.byteLength(body),
          })),
      }
    },

    async DeleteDashboards(input, ctx) {
      const names = input.DashboardNames ?? []
      const rows = await dashboards(parts, ctx)
      const absent = names.find((name) => !rows.some((row) => row.name === name))
      if (absent) throw dashboardNotFound(absent)
      await parts.database.write(async (tx) => {
        await tx
          .tables<CloudWatchTables>()
          .deleteFrom('cloudwatch_dashboard')
          .where('account', '=', ctx.account)
          .where('region', '=', ctx.region)
          .where('name', 'in', names)
          .execute()
      })
      return {}
    },
  }) satisfies Operations<CloudWatch>

const dashboards = (parts: CloudWatchParts, { account, region }: Scope) =>
  parts.database
    .tables<CloudWatchTables>()
    .selectFrom('cloudwatch_dashboard')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .execute()

const invalidInput = (message: string) => new AwsError('DashboardInvalidInputError', message)
const dashboardNotFound = (name: string | undefined) =>
  new AwsError('DashboardNotFoundError', `Dashboard ${name} does not exist`)

function checkBody(text: string): void {
  const body = parsed(text)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidInput('The field DashboardBody must be a valid JSON object')
  }
  const faults = bodyFaults(body as Record<string, unknown>)
  if (faults.length === 0) return
  const told = JSON.stringify(faults, null, 2)
  throw new AwsError(
    'DashboardInvalidInputError',
    `The dashboard body is invalid, there are ${faults.length} validation errors:\n${told}`,
    {
      members: {
        dashboardValidationMessages: faults.map(({ dataPath, message }) => ({
          DataPath: dataPath,
          Message: message,
        })),
      },
    },
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
