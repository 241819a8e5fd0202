import type { Logs, Operations } from '../../gateway/index.ts'
import { parsePolicy, PolicyFault } from '../../policy/index.ts'
import type { LogsTables } from './migrations.ts'
import { invalid, pageSize } from './model.ts'
import type { LogsParts } from './parts.ts'
import { notFound } from './store.ts'
import { limitExceeded } from './subscription-filters.ts'

type PolicyRow = LogsTables['logs_resource_policy']

const MOST_POLICIES = 10

/** Policies by which AWS services may write here; kept, and asked of by nobody in this cloud. */
export const resourcePolicyOperations = ({ deps }: LogsParts) =>
  ({
    async PutResourcePolicy(input, { account, region, now }) {
      const document = input.policyDocument ?? ''
      checkDocument(document)
      const row: PolicyRow = { account, region, name: input.policyName ?? '', document, at: now }
      const isSaved = await deps.kernel.database.write(async (tx) => {
        const tables = tx.tables<LogsTables>()
        const others = await tables
          .selectFrom('logs_resource_policy')
          .select('name')
          .where('account', '=', account)
          .where('region', '=', region)
          .where('name', '!=', row.name)
          .execute()
        if (others.length >= MOST_POLICIES) return false
        await tables
          .insertInto('logs_resource_policy')
          .values(row)
          .onConflict((it) => it.columns(['account', 'region', 'name']).doUpdateSet(row))
          .execute()
        return true
      })
      if (!isSaved) throw limitExceeded()
      return { resourcePolicy: shown(row) }
    },

    async DescribeResourcePolicies(input, { account, region }) {
      const limit = pageSize(input.limit, 50, 1000)
      const rows = await deps.kernel.database
        .tables<LogsTables>()
        .selectFrom('logs_resource_policy')
        .selectAll()
        .where('account', '=', account)
        .where('region', '=', region)
        .where('name', '>', input.nextToken ?? '')
        .orderBy('name')
        .execute()
      const page = rows.slice(0, limit)
      return {
        resourcePolicies: page.map(shown),
        ...(page.length < rows.length && { nextToken: page.at(-1)!.name }),
      }
    },

    async DeleteResourcePolicy(input, { account, region }) {
      const removed = await deps.kernel.database.write((tx) =>
        tx
          .tables<LogsTables>()
          .deleteFrom('logs_resource_policy')
          .where('account', '=', account)
          .where('region', '=', region)
          .where('name', '=', input.policyName ?? '')
          .executeTakeFirst(),
      )
      if (!removed.numDeletedRows) {
        throw notFound(`Policy with name [${input.policyName}] does not exist.`)
      }
      return {}
    },
  }) satisfies Operations<Logs>

function checkDocument(text: string): void {
  try {
    parsePolicy(text)
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw invalid(error.message)
  }
}

const shown = (row: PolicyRow) => ({
  policyName: row.name,
  policyDocument: row.document,
  lastUpdatedTime: row.at,
  policyScope: 'ACCOUNT' as const,
})
