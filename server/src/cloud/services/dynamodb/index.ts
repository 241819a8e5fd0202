import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { checkInput } from './input-rules.ts'
import { itemOperations } from './items.ts'
import { handleJobs } from './jobs.ts'
import { dynamoMigrations } from './migrations.ts'
import type { DynamoParts } from './parts.ts'
import { openItemStore } from './store-items.ts'
import { openTableStore } from './store-tables.ts'
import { tableOperations } from './tables.ts'
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
  handleJobs(kernel, parts)
  deps.onReset(tables.clear)
  return service({
    id: 'dynamodb',
    validate: checkInput,
    operations: {
      ...tableOperations(parts),
      ...itemOperations(parts),
      ...updateOperations(parts),
    },
  })
}
