import type { Registry } from '../../../registry/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { accessOperations, ecrSpace } from './access.ts'
import { checkWords, ecrRequests } from './authorise.ts'
import { imageChangeOperations } from './image-changes.ts'
import { imageOperations } from './images.ts'
import { layerOperations } from './layers.ts'
import { ecrMigrations } from './migrations.ts'
import { imageName } from './model.ts'
import type { EcrParts } from './parts.ts'
import { policyOperations } from './policies.ts'
import { repositoryOperations } from './repositories.ts'
import { EcrStore } from './store.ts'
import { type PutBusEvent, tellBus } from './image-events.ts'
import { startSweep } from './sweep.ts'
import { tagOperations } from './tags.ts'

/** Elastic Container Registry, whose images are this program's own registry's; `put` takes events for the default bus. */
export async function createEcr(
  deps: ServiceDeps,
  { images }: Registry,
  put: PutBusEvent,
): Promise<Service> {
  const { database } = deps.kernel
  await database.migrate('cloud-ecr', ecrMigrations)
  const store = new EcrStore(database)
  await store.load()
  const parts: EcrParts = { deps, store, images }
  images.spaces.add(ecrSpace(parts))
  tellBus(deps, put)
  await startSweep(parts)
  deps.onReset(async () => {
    for (const repository of store.every()) {
      await store.remove(repository)
      await images.drop(imageName(repository))
    }
  })
  return service({
    id: 'ecr',
    authorise: (operation, input, ctx) => {
      checkWords(input)
      return ecrRequests(parts, operation, input, ctx)
    },
    operations: {
      ...repositoryOperations(parts),
      ...imageOperations(parts),
      ...imageChangeOperations(parts),
      ...layerOperations(parts),
      ...policyOperations(parts),
      ...accessOperations(parts),
      ...tagOperations(parts),
    },
  })
}
