import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { aliasOperations } from './aliases.ts'
import { kmsAccess, kmsRequests } from './authorise.ts'
import { customStoreOperations } from './custom-stores.ts'
import { dataKeyOperations } from './data-keys.ts'
import { deletionOperations } from './deletion.ts'
import { encryptOperations } from './encrypt.ts'
import { grantOperations } from './grants.ts'
import { importOperations } from './imports.ts'
import { checkInput } from './input-rules.ts'
import { handleDue } from './jobs.ts'
import { keyOperations } from './keys.ts'
import { macOperations } from './macs.ts'
import { kmsMigrations } from './migrations.ts'
import type { KmsParts } from './parts.ts'
import { policyOperations } from './policies.ts'
import { publicKeyOperations } from './public-keys.ts'
import { regionOperations } from './regions.ts'
import { rotationOperations } from './rotation.ts'
import { signingOperations } from './signing.ts'
import { ImportStore } from './store-imports.ts'
import { KmsStore } from './store.ts'
import { tagOperations } from './tags.ts'

/** KMS. */
export async function createKms(deps: ServiceDeps): Promise<Service> {
  const { database, jobs, secrets } = deps.kernel
  await database.migrate('cloud-kms', kmsMigrations)
  const store = new KmsStore(database, jobs)
  await store.load()
  const parts: KmsParts = { deps, store, uses: new Map(), startedAtMs: deps.kernel.clock.now() }
  handleDue(parts)
  deps.onReset(() => store.empty())
  return service({
    id: 'kms',
    access: kmsAccess,
    authorise: (operation, input, ctx) => {
      // KMS looks at the form of a request before it asks who may make it.
      checkInput(operation, input)
      return kmsRequests(parts, operation, input, ctx)
    },
    // Done by then.
    validate: () => undefined,
    operations: {
      ...keyOperations(parts),
      ...aliasOperations(parts),
      ...encryptOperations(parts),
      ...dataKeyOperations(parts),
      ...signingOperations(parts),
      ...macOperations(parts),
      ...publicKeyOperations(parts),
      ...grantOperations(parts),
      ...policyOperations(parts),
      ...deletionOperations(parts),
      ...rotationOperations(parts),
      ...importOperations(parts, new ImportStore(database, secrets)),
      ...regionOperations(parts),
      ...tagOperations(parts),
      ...customStoreOperations(),
    },
  })
}
