import type { Operations, S3 } from '../../gateway/index.ts'
import { createInventory } from './inventory.ts'
import type { KeptSettings } from './kept-settings.ts'
import { continuationToken, readToken } from './listing-form.ts'
import type { S3Parts } from './parts.ts'
import { invalidArgument, malformedXml, refusal } from './refusals.ts'
import type {
  AnalyticsConfiguration,
  IntelligentTieringConfiguration,
  InventoryConfiguration,
  MetricsConfiguration,
} from './sdk-shapes.ts'
import { type BucketInput, settingsOf } from './setting-access.ts'

// Four kinds of configuration a bucket has many of, each by its id.

type Kind = 'analytics' | 'inventory' | 'intelligentTiering' | 'metrics'
type Item<K extends Kind> = NonNullable<KeptSettings[K]>[number]

const PAGE = 100
const MOST = 1000

function listOf<K extends Kind>(parts: S3Parts, kind: K) {
  const settings = settingsOf(parts)
  const all = (input: BucketInput) => (settings.bucket(input).settings[kind] ?? []) as Item<K>[]
  return {
    get(input: BucketInput & { Id?: string | undefined }): Item<K> {
      const found = all(input).find(({ Id }) => Id === input.Id)
      if (found) return found
      throw refusal('NoSuchConfiguration', 404, 'The specified configuration does not exist.')
    },
    put(input: BucketInput, item: Item<K>) {
      const others = all(input).filter(({ Id }) => Id !== item.Id)
      if (others.length >= MOST) {
        const message =
          'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.'
        throw refusal('TooManyConfigurations', 400, message)
      }
      const sorted = [...others, item].sort((a, b) => (a.Id! < b.Id! ? -1 : 1))
      return settings.put(input, { [kind]: sorted })
    },
    remove(input: BucketInput & { Id?: string | undefined }) {
      const found = this.get(input)
      return settings.put(input, { [kind]: all(input).filter((each) => each !== found) })
    },
    page(input: BucketInput & { ContinuationToken?: string | undefined }) {
      const { ContinuationToken } = input
      const after = ContinuationToken ? readToken(ContinuationToken) : ''
      const rest = all(input).filter(({ Id }) => Id! > after)
      const items = rest.slice(0, PAGE)
      const IsTruncated = rest.length > PAGE
      const NextContinuationToken = IsTruncated ? continuationToken(items.at(-1)!.Id!) : undefined
      return { items, rest: { IsTruncated, ContinuationToken, NextContinuationToken } }
    },
  }
}

export function configurationOperations(parts: S3Parts) {
  return {
    ...analyticsOperations(parts),
    ...inventoryOperations(parts),
    ...tieringOperations(parts),
    ...metricsOperations(parts),
  } satisfies Operations<S3>
}

function analyticsOperations(parts: S3Parts) {
  const list = listOf(parts, 'analytics')
  return {
    GetBucketAnalyticsConfiguration: (input) => ({ AnalyticsConfiguration: list.get(input) }),
    PutBucketAnalyticsConfiguration(input) {
      const item = input.AnalyticsConfiguration
      if (!item?.Id || item.Id !== input.Id || !item.StorageClassAnalysis) throw malformedXml()
      checkAnalytics(item)
      return list.put(input, item)
    },
    DeleteBucketAnalyticsConfiguration: (input) => list.remove(input),
    ListBucketAnalyticsConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, AnalyticsConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}

function checkAnalytics({ StorageClassAnalysis }: AnalyticsConfiguration): void {
  const { DataExport } = StorageClassAnalysis ?? {}
  if (!DataExport) return
  const to = DataExport.Destination?.S3BucketDestination
  if (DataExport.OutputSchemaVersion !== 'V_1' || !to?.Bucket || to.Format !== 'CSV') {
    throw malformedXml()
  }
  checkDestination(to.Bucket)
}

function checkDestination(arn: string): void {
  if (/^arn:aws[\w-]*:s3:::[a-z0-9][a-z0-9.-]+$/.test(arn)) return
  throw refusal('InvalidS3DestinationBucket', 400, 'Invalid bucket ARN.')
}

function inventoryOperations(parts: S3Parts) {
  const list = listOf(parts, 'inventory')
  const reports = createInventory(parts)
  return {
    GetBucketInventoryConfiguration: (input) => ({ InventoryConfiguration: list.get(input) }),
    async PutBucketInventoryConfiguration(input, ctx) {
      const item = input.InventoryConfiguration
      if (!item) throw malformedXml()
      checkInventory(item, input.Id)
      const done = await list.put(input, item)
      if (item.IsEnabled) await reports.expect(input.Bucket!, item, ctx.now)
      return done
    },
    DeleteBucketInventoryConfiguration: (input) => list.remove(input),
    ListBucketInventoryConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, InventoryConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}

const inventoryFields = new Set([
  'Size',
  'LastModifiedDate',
  'StorageClass',
  'ETag',
  'IsMultipartUploaded',
  'ReplicationStatus',
  'EncryptionStatus',
  'ObjectLockRetainUntilDate',
  'ObjectLockMode',
  'ObjectLockLegalHoldStatus',
  'IntelligentTieringAccessTier',
  'BucketKeyStatus',
  'ChecksumAlgorithm',
  'ObjectAccessControlList',
  'ObjectOwner',
  'LifecycleExpirationDate',
])

function checkInventory(item: InventoryConfiguration, id: string | undefined): void {
  const to = item.Destination?.S3BucketDestination
  const isWhole =
    item.Id && item.IsEnabled !== undefined && to?.Bucket && to.Format && item.Schedule?.Frequency
  if (!isWhole) throw malformedXml()
  if (item.Id !== id) {
    const message = 'Document ID does not match the specified configuration ID.'
    throw refusal('IdMismatch', 400, message)
  }
  checkDestination(to.Bucket!)
  const isKnown =
    ['Daily', 'Weekly'].includes(item.Schedule!.Frequency!) &&
    ['All', 'Current'].includes(item.IncludedObjectVersions ?? '') &&
    ['CSV', 'ORC', 'Parquet'].includes(to.Format!) &&
    (item.OptionalFields ?? []).every((field) => inventoryFields.has(field))
  if (!isKnown) throw malformedXml()
}

function tieringOperations(parts: S3Parts) {
  const list = listOf(parts, 'intelligentTiering')
  return {
    GetBucketIntelligentTieringConfiguration: (input) => ({
      IntelligentTieringConfiguration: list.get(input),
    }),
    PutBucketIntelligentTieringConfiguration(input) {
      const item = input.IntelligentTieringConfiguration
      if (!item?.Id || item.Id !== input.Id) throw malformedXml()
      checkTiering(item)
      return list.put(input, item)
    },
    DeleteBucketIntelligentTieringConfiguration: (input) => list.remove(input),
    ListBucketIntelligentTieringConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, IntelligentTieringConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}

const fewestDays: Record<string, number> = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 }

function checkTiering({ Status, Tierings = [] }: IntelligentTieringConfiguration): void {
  if (Tierings.length === 0 || !['Enabled', 'Disabled'].includes(Status ?? '')) throw malformedXml()
  for (const { AccessTier, Days } of Tierings) {
    const fewest = fewestDays[AccessTier ?? '']
    if (fewest === undefined || Days === undefined) throw malformedXml()
    if (Days < fewest || Days > 730) {
      const message = `'Days' for ${AccessTier} access tier must be between ${fewest} and 730.`
      throw invalidArgument('Days', String(Days), message)
    }
  }
}

function metricsOperations(parts: S3Parts) {
  const list = listOf(parts, 'metrics')
  return {
    GetBucketMetricsConfiguration: (input) => ({ MetricsConfiguration: list.get(input) }),
    PutBucketMetricsConfiguration(input) {
      const item: MetricsConfiguration | undefined = input.MetricsConfiguration
      if (!item?.Id || item.Id !== input.Id) throw malformedXml()
      return list.put(input, item)
    },
    DeleteBucketMetricsConfiguration: (input) => list.remove(input),
    ListBucketMetricsConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, MetricsConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}
