import type { Operations, S3 } from '../../gateway/index.ts'
import {
  checkAnalytics,
  checkInventory,
  checkMetrics,
  checkTiering,
} from './configuration-checks.ts'
import { createInventory } from './inventory.ts'
import type { KeptSettings } from './kept-settings.ts'
import { continuationToken, readToken } from './listing-form.ts'
import type { S3Parts } from './parts.ts'
import { refusal } from './refusals.ts'
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
        const message = `You have attempted to create more configurations than the ${MOST} allowed.`
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
      checkAnalytics(item, input.Id)
      return list.put(input, item)
    },
    DeleteBucketAnalyticsConfiguration: (input) => list.remove(input),
    ListBucketAnalyticsConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, AnalyticsConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}

function inventoryOperations(parts: S3Parts) {
  const list = listOf(parts, 'inventory')
  const reports = createInventory(parts)
  return {
    GetBucketInventoryConfiguration: (input) => ({ InventoryConfiguration: list.get(input) }),
    async PutBucketInventoryConfiguration(input, ctx) {
      const item = input.InventoryConfiguration
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

function tieringOperations(parts: S3Parts) {
  const list = listOf(parts, 'intelligentTiering')
  return {
    GetBucketIntelligentTieringConfiguration: (input) => ({
      IntelligentTieringConfiguration: list.get(input),
    }),
    PutBucketIntelligentTieringConfiguration(input) {
      const item = input.IntelligentTieringConfiguration
      checkTiering(item, input.Id)
      return list.put(input, item)
    },
    DeleteBucketIntelligentTieringConfiguration: (input) => list.remove(input),
    ListBucketIntelligentTieringConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, IntelligentTieringConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}

function metricsOperations(parts: S3Parts) {
  const list = listOf(parts, 'metrics')
  return {
    GetBucketMetricsConfiguration: (input) => ({ MetricsConfiguration: list.get(input) }),
    PutBucketMetricsConfiguration(input) {
      const item = input.MetricsConfiguration
      checkMetrics(item, input.Id)
      return list.put(input, item)
    },
    DeleteBucketMetricsConfiguration: (input) => list.remove(input),
    ListBucketMetricsConfigurations(input) {
      const { items, rest } = list.page(input)
      return { ...rest, MetricsConfigurationList: items.length > 0 ? items : undefined }
    },
  } satisfies Operations<S3>
}
