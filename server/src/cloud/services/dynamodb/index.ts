import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { itemRequests } from './access.ts'
import { batchOperations } from './batches.ts'
import { checkInput } from './input-rules.ts'
import { itemOperations } from './items.ts'
import { handleJobs } from './jobs.ts'
import { dynamoMigrations } from './migrations.ts'
import type { DynamoParts } from './parts.ts'
import { partiqlOperations } from './partiql/index.ts'
import { queryOperations } from './queries.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { openItemStore } from './store-items.ts'
import { openTableStore } from './store-tables.ts'
import { openTokenStore } from './store-tokens.ts'
import { tableSettingOperations } from './table-settings.ts'
import { tableUpdateOperations } from './table-update.ts'
import { tableOperations } from './tables.ts'
import { transactionOperations } from './transactions.ts'
import { updateOperations } from './updates.ts'
import { createWriter } from './writer.ts'

/** DynamoDB. */
export async function createDynamoDb(deps: ServiceDeps): Promise<Service> {
  const { kernel } = deps
  const { database } = kernel
  await database.migrate('cloud-dynamodb', dynamoMigrations)
  const tables = await openTableStore(database)
  const items = openItemStore(database)
  const parts: DynamoParts = { deps, tables, items, writer: createWriter(database, items) }
  const tokens = openTokenStore(database)
  handleJobs(kernel, parts)
  deps.onReset(tables.clear)
  return service({
    id: 'dynamodb',
    authorise: (operation, input, ctx) => itemRequests(parts, operation, input, ctx),
    validate: checkInput,
    operations: {
      ...tableOperations(parts),
      ...itemOperations(parts),
      ...tableUpdateOperations(parts),
      ...tableSettingOperations(parts),
      ...resourcePolicyOperations(parts),
      ...updateOperations(parts),
      ...queryOperations(parts),
      ...batchOperations(parts),
      ...transactionOperations(parts, tokens),
      ...partiqlOperations(parts, tokens),
    },
  })
}
