import type { Database } from '../../../kernel/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import type { AlarmStates } from './alarm-states.ts'
import type { AlarmWatch } from './alarm-watch.ts'
import type { MetricWriter } from './store-metrics.ts'

/** What the operations of this service share. */
export interface CloudWatchParts {
  deps: ServiceDeps
  database: Database
  writer: MetricWriter
  states: AlarmStates
  watch: AlarmWatch
}
