import type { ServiceDeps } from '../../deps.ts'
import type { Scope } from './model.ts'
import type { Retention } from './retention.ts'
import type { LogsStore } from './store.ts'

/** What the operations of this service share. */
export interface LogsParts {
  deps: ServiceDeps
  retention: Retention
  store(scope: Scope): LogsStore
}
