import type { ServiceDeps } from '../../deps.ts'
import { accessTable, service, type Service } from '../../gateway/index.ts'
import { eventOperations } from './events.ts'
import { groupOperations, tagOperations } from './groups.ts'
import { metricFilterOperations } from './metric-filters.ts'
import { groupArn, groupNameOf, type Scope } from './model.ts'
import { logsMigrations } from './migrations.ts'
import type { LogsParts } from './parts.ts'
import { queryOperations } from './queries.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { createRetention } from './retention.ts'
import { emptyLogs, LogsStore } from './store.ts'
import { streamOperations } from './streams.ts'
import { subscriptionFilterOperations } from './subscription-filters.ts'

/** CloudWatch Logs. */
export async function createLogs(deps: ServiceDeps): Promise<Service> {
  const { database, ids } = deps.kernel
  await database.migrate('cloud-logs', logsMigrations)
  deps.onReset(() => emptyLogs(database))
  const parts: LogsParts = {
    deps,
    retention: createRetention(deps.kernel),
    store: ({ account, region }) => new LogsStore(database, ids, { account, region }),
  }
  return service({
    id: 'logs',
    access: logsAccess,
    authorise: (operation, input, ctx) =>
      // Queries are listed for who may list them all, also by group (service authorization reference).
      (operation === 'DescribeQueries' ? ['*'] : resourcesOf(input, ctx)).map((resource) => ({
        action: logsAccess.actionOf(operation),
        resource,
      })),
    operations: {
      ...groupOperations(parts),
      ...tagOperations(parts),
      ...streamOperations(parts),
      ...eventOperations(parts),
      ...metricFilterOperations(parts),
      ...subscriptionFilterOperations(parts),
      ...queryOperations(parts),
      ...resourcePolicyOperations(parts),
    },
  })
}

const logsAccess = accessTable({
  prefix: 'logs',
  besides: { PutSubscriptionFilter: { 'iam:PassRole': 'roleArn' } },
})

/** A query may read several groups. */
function resourcesOf(input: Record<string, unknown>, scope: Scope): string[] {
  const groups = input['logGroupNames'] ?? input['logGroupIdentifiers']
  if (!Array.isArray(groups) || groups.length === 0) return [resourceOf(input, scope)]
  return groups.map((name) => `${groupArn(scope, groupNameOf(String(name)))}:*`)
}

/** The group's ARN, with the stream where one is named (service authorization reference). */
function resourceOf(input: Record<string, unknown>, scope: Scope): string {
  const given = input['logGroupName'] ?? input['logGroupIdentifier'] ?? input['resourceArn']
  if (typeof given !== 'string') return '*'
  const stream = input['logStreamName']
  const group = groupArn(scope, groupNameOf(given))
  return typeof stream === 'string' ? `${group}:log-stream:${stream}` : `${group}:*`
}
