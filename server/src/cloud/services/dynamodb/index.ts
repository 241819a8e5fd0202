import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { dynamoAccess, itemRequests, streamAccess, streamRequests } from './access.ts'
import { batchOperations } from './batches.ts'
import { withCapacityText } from './capacity-text.ts'
import { checkInput } from './input-rules.ts'
import { backupOperations } from './backups.ts'
import { globalTableOperations } from './global-tables.ts'
import { healthRoute } from './health.ts'
import { insightOperations } from './insights.ts'
import { itemOperations } from './items.ts'
import { handleJobs } from './jobs.ts'
import { handleDelivery } from './kinesis-delivery.ts'
import { kinesisOperations } from './kinesis-destinations.ts'
import { dynamoMigrations } from './migrations.ts'
import type { DynamoParts } from './parts.ts'
import { partiqlOperations } from './partiql/index.ts'
import { queryOperations } from './queries.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { replicaScalingOperations } from './replica-scaling.ts'
import { restoreOperations } from './restores.ts'
import { openBackupStore } from './store-backups.ts'
import { openChangeStore } from './store-changes.ts'
import { openItemStore } from './store-items.ts'
import { streamOperations } from './stream-operations.ts'
import { openStreamStore } from './store-streams.ts'
import { openTableStore } from './store-tables.ts'
import { openTokenStore } from './store-tokens.ts'
import { tableSettingOperations } from './table-settings.ts'
import { tableUpdateOperations } from './table-update.ts'
import { tableOperations } from './tables.ts'
import { transactionOperations } from './transactions.ts'
import { withThrottling } from './throttled-operations.ts'
import {
  exportOperations,
  handleExports,
  handleImports,
  importOperations,
} from './transfers/index.ts'
import { updateOperations } from './updates.ts'
import { createWriter } from './writer.ts'

/** DynamoDB and, over the same tables, DynamoDB Streams. */
export async function createDynamoDb(deps: ServiceDeps): Promise<Service[]> {
  const { kernel } = deps
  const { database } = kernel
  await database.migrate('cloud-dynamodb', dynamoMigrations)
  const tables = await openTableStore(database)
  const items = openItemStore(database)
  const streams = openStreamStore(database, kernel.clock.now)
  const changes = openChangeStore(database, kernel.clock.now)
  const backups = openBackupStore(database)
  const writer = createWriter(database, items, [streams, changes], tables)
  const parts: DynamoParts = { deps, tables, items, streams, changes, backups, writer }
  const tokens = openTokenStore(database)
  handleJobs(kernel, parts)
  handleDelivery(kernel, parts)
  handleExports(parts)
  handleImports(parts)
  deps.onReset(() => tables.clear().finally(items.forget))
  const operations = {
    ...tableOperations(parts),
    ...itemOperations(parts),
    ...tableUpdateOperations(parts),
    ...tableSettingOperations(parts),
    ...resourcePolicyOperations(parts),
    ...backupOperations(parts),
    ...restoreOperations(parts),
    ...globalTableOperations(parts),
    ...kinesisOperations(parts),
    ...insightOperations(parts),
    ...replicaScalingOperations(parts),
    ...exportOperations(parts),
    ...importOperations(parts),
    ...updateOperations(parts),
    ...queryOperations(parts),
    ...batchOperations(parts),
    ...transactionOperations(parts, tokens),
    ...partiqlOperations(parts, tokens),
  }
  const dynamodb = service({
    id: 'dynamodb',
    access: dynamoAccess,
    authorise: (operation, input, ctx) => itemRequests(parts, operation, input, ctx),
    validate: checkInput,
    operations: withCapacityText(withThrottling(parts, operations)),
    routes: [healthRoute],
  })
  const streamService = service({
    id: 'dynamodb-streams',
    access: streamAccess,
    authorise: (operation, input, ctx) => streamRequests(parts, operation, input, ctx),
    validate: checkInput,
    operations: streamOperations(parts),
  })
  return [dynamodb, streamService]
}
