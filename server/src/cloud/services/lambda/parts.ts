import type { Kernel } from '../../../kernel/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import type { AsyncQueue } from './async-queue.ts'
import type { Engine } from './engine.ts'
import type { Invoker } from './invoker.ts'
import type { Packages } from './packages.ts'
import type { Pool } from './pool.ts'

/** What the operations of this service share. */
export interface LambdaParts {
  deps: ServiceDeps
  kernel: Kernel
  engine: Engine
  packages: Packages
  pool: Pool
  invoker: Invoker
  queue: AsyncQueue
}
