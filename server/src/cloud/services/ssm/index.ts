import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { ssmRequests } from './authorise.ts'
import type { PutBusEvent } from './change-event.ts'
import { deleteOperations } from './delete.ts'
import { describeOperations } from './describe.ts'
import { handleDue } from './due.ts'
import { getOperations } from './get.ts'
import { checkInput } from './input-rules.ts'
import { labelOperations } from './labels.ts'
import { ssmMigrations } from './migrations.ts'
import type { SsmParts } from './parts.ts'
import { putOperations } from './put.ts'
import { SsmStore } from './store.ts'
import { tagOperations } from './tags.ts'

/** Parameter Store of Systems Manager; `put` takes events for the default bus. */
export async function createSsm(deps: ServiceDeps, put: PutBusEvent): Promise<Service> {
  const { database, jobs } = deps.kernel
  await database.migrate('cloud-ssm', ssmMigrations)
  const store = new SsmStore(database, jobs)
  await store.load()
  deps.onReset(() => store.empty())
  const parts: SsmParts = { deps, store, put }
  handleDue(parts)
  return service({
    id: 'ssm',
    authorise: (operation, input, ctx) => {
      // The form of a request is looked at before who may make it.
      checkInput(operation, input)
      return ssmRequests(parts, operation, input, ctx)
    },
    // Done by then.
    validate: () => undefined,
    operations: {
      ...putOperations(parts),
      ...getOperations(parts),
      ...describeOperations(parts),
      ...labelOperations(parts),
      ...deleteOperations(parts),
      ...tagOperations(parts),
    },
  })
}
