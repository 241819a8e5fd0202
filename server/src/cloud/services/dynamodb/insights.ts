import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Operations } from '../../gateway/index.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { type Insight, keyParts, type Table } from './table-model.ts'

const PAGE = 100

export const insightOperations = (parts: DynamoParts) =>
  ({
    DescribeContributorInsights(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      checkIndex(table, input.IndexName)
      const insight = table.insights?.[input.IndexName ?? '']
      return {
        TableName: table.name,
        ...(input.IndexName !== undefined && { IndexName: input.IndexName }),
        ...(insight?.isEnabled && {
          ContributorInsightsRuleList: rulesOf(table, input.IndexName, insight),
        }),
        ContributorInsightsStatus: insight?.isEnabled ? 'ENABLED' : 'DISABLED',
        ...(insight && { LastUpdateDateTime: new Date(insight.changedAtMs) }),
        ...(insight && { ContributorInsightsMode: insight.mode }),
      }
    },

    async UpdateContributorInsights(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      checkIndex(table, input.IndexName)
      const name = input.IndexName ?? ''
      const isEnabled = input.ContributorInsightsAction === 'ENABLE'
      const before = table.insights?.[name]
      // Enabling without a mode goes back to the widest.
      const widest = 'ACCESSED_AND_THROTTLED_KEYS' as const
      const mode = isEnabled ? (input.ContributorInsightsMode ?? widest) : (before?.mode ?? widest)
      const named = {
        TableName: table.name,
        ...(input.IndexName !== undefined && { IndexName: input.IndexName }),
        ContributorInsightsMode: mode,
      }
      if ((before?.isEnabled ?? false) === isEnabled && (!before || before.mode === mode)) {
        return { ...named, ContributorInsightsStatus: isEnabled ? 'ENABLED' : 'DISABLED' }
      }
      const insight: Insight = { isEnabled, changedAtMs: ctx.now, mode }
      await parts.tables.save({ ...table, insights: { ...table.insights, [name]: insight } })
      return { ...named, ContributorInsightsStatus: isEnabled ? 'ENABLING' : 'DISABLING' }
    },

    ListContributorInsights(input, ctx) {
      const { MaxResults: limit = PAGE, NextToken: token } = input
      const tables =
        input.TableName === undefined
          ? parts.tables.list(ctx, ctx.now)
          : [describedTable(parts, ctx, input.TableName)]
      const all = tables.flatMap(summariesOf)
      const from = Number(token ?? 0)
      const next = from + limit
      return {
        ContributorInsightsSummaries: all.slice(from, next),
        ...(next < all.length && { NextToken: String(next) }),
      }
    },
  }) satisfies Operations<DynamoDb>

const summariesOf = ({ name, insights = {} }: Table) =>
  Object.entries(insights)
    .filter(([, { isEnabled }]) => isEnabled)
    .map(([index, { mode }]) => ({
      TableName: name,
      ...(index !== '' && { IndexName: index }),
      ContributorInsightsStatus: 'ENABLED' as const,
      ContributorInsightsMode: mode,
    }))

/** Only global indexes have insights of their own. */
function checkIndex(table: Table, name: string | undefined): void {
  if (name === undefined) return
  if (table.indexes.some((index) => index.isGlobal && index.name === name)) return
  throw new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: Index: ${name} not found for table: ${table.name}`,
  )
}

/** Rules count partition keys (PK) and whole keys (SK), read or written (C) and throttled (T). */
function rulesOf(table: Table, indexName: string | undefined, insight: Insight): string[] {
  const index = table.indexes.find(({ name }) => name === indexName)
  const keys = keyParts(index?.key ?? table.key).range.length === 0 ? ['PK'] : ['PK', 'SK']
  const counted = insight.mode === 'THROTTLED_KEYS' ? ['T'] : ['C', 'T']
  const of = indexName === undefined ? table.name : `${table.name}-${indexName}`
  return keys.flatMap((key) =>
    counted.map((what) => `DynamoDBContributorInsights-${key}${what}-${of}-${insight.changedAtMs}`),
  )
}
