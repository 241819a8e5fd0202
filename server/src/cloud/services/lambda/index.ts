import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { asyncConfigOperations } from './async-config.ts'
import { AsyncQueue } from './async-queue.ts'
import { lambdaAccess, rightsOf } from './authorise.ts'
import { provisionedOperations } from './provisioned.ts'
import { codeRoute } from './code-route.ts'
import { codeSigningOperations } from './code-signing.ts'
import { Engine } from './engine.ts'
import { settingOperations } from './function-settings.ts'
import { functionOperations } from './functions.ts'
import { invocationOperations } from './invocations.ts'
import { Invoker } from './invoker.ts'
import { layerPermissionOperations } from './layer-permissions.ts'
import { layerOperations } from './layers.ts'
import { concurrencyOperations } from './limits.ts'
import { mappingOperations, MappingReaders } from './mappings/index.ts'
import { MetricsBuffer } from './metrics-buffer.ts'
import { lambdaMigrations } from './migrations.ts'
import { Packages } from './packages.ts'
import type { LambdaParts } from './parts.ts'
import { permissionOperations } from './permissions.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { Pool } from './pool.ts'
import { aliasOperations, versionOperations } from './published.ts'
import { emptyLambda } from './store.ts'
import { tagOperations } from './tags.ts'
import { urlRoute } from './url-route.ts'
import { urlOperations } from './urls.ts'

/** Lambda: functions as processes behind the Runtime API, their URLs and their schedules of retries. */
export async function createLambda(deps: ServiceDeps): Promise<Service> {
  const { kernel } = deps
  await kernel.database.migrate('cloud-lambda', lambdaMigrations)
  const parts = await build(deps)
  const readers = new MappingReaders(parts)
  deps.onReset(async () => readers.stopAll())
  return service({
    id: 'lambda',
    operations: {
      ...functionOperations(parts),
      ...versionOperations(parts),
      ...aliasOperations(parts),
      ...invocationOperations(parts),
      ...permissionOperations(parts),
      ...resourcePolicyOperations(parts),
      ...urlOperations(parts),
      ...concurrencyOperations(parts),
      ...provisionedOperations(parts),
      ...asyncConfigOperations(parts),
      ...tagOperations(parts),
      ...layerOperations(parts),
      ...layerPermissionOperations(parts),
      ...codeSigningOperations(parts),
      ...settingOperations(parts),
      ...mappingOperations(parts, readers),
    },
    routes: [urlRoute(parts), codeRoute(kernel)],
    access: lambdaAccess,
    authorise: (operation, input, ctx) => rightsOf(kernel, operation, input, ctx),
  })
}

async function build(deps: ServiceDeps): Promise<LambdaParts> {
  const { kernel } = deps
  const folder = kernel.folder('lambda')
  const engine = new Engine(kernel, folder)
  kernel.log.info('lambda.engine', { engine: engine.expected })
  const reaped = await engine.reap()
  if (reaped > 0) kernel.log.info('lambda.reaped', { environments: reaped })
  // What the environments of an earlier server left in their temporary folders is nobody's.
  rmSync(join(folder, 'tmp'), { recursive: true, force: true })
  const packages = new Packages(kernel, join(folder, 'code'))
  const pool = new Pool(kernel, engine, join(folder, 'tmp'))
  const metrics = new MetricsBuffer(deps)
  const invoker = new Invoker(deps, pool, packages, metrics)
  const queue = new AsyncQueue(deps, invoker, metrics)
  kernel.onStop(async () => {
    queue.close()
    await pool.stopAll()
    await engine.stopAll()
    await metrics.flush()
  })
  deps.onReset(async () => {
    await pool.stopAll()
    await metrics.flush()
    await packages.remove(await emptyLambda(kernel.database))
  })
  return { deps, kernel, engine, packages, pool, invoker, queue }
}
