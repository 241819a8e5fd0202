import type {
  AnalyticsConfiguration,
  IntelligentTieringConfiguration,
  InventoryConfiguration,
  LoggingEnabled,
  MetricsConfiguration,
} from './sdk-shapes.ts'

/** Settings kept as they came; each list is in the order of its ids. */
export interface KeptSettings {
  requestPayment?: 'Requester'
  /** Tags of the bucket are asked about by conditions; off is told like never. */
  abac?: 'Enabled'
  accelerate?: 'Enabled' | 'Suspended'
  logging?: LoggingEnabled
  analytics?: AnalyticsConfiguration[]
  inventory?: InventoryConfiguration[]
  intelligentTiering?: IntelligentTieringConfiguration[]
  metrics?: MetricsConfiguration[]
}
