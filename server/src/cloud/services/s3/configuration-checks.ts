import { malformedXml, refusal } from './refusals.ts'
import type {
  AnalyticsConfiguration,
  IntelligentTieringConfiguration,
  InventoryConfiguration,
  MetricsConfiguration,
} from './sdk-shapes.ts'

// S3's checks of analytics, inventories, tiering and metrics, with its codes and words (as observed).

const LONGEST_ID = 64
const MOST_TAGS = 10

const configId = (message: string) => refusal('InvalidConfigId', 400, message)

/** The texts of two of the faults differ between the kinds. */
function checkId(id: string | undefined, texts: { none: string; long: string }): void {
  if (!id) throw configId(texts.none)
  if (id.length > LONGEST_ID) throw configId(texts.long)
  if (/^[\w.-]+$/.test(id)) return
  throw configId(String.raw`Config Id does not match the pattern ^[a-zA-Z0-9\-_.]+$`)
}

interface Tag {
  Key?: string | undefined
  Value?: string | undefined
}
interface Filter {
  Prefix?: string | undefined
  Tag?: Tag | undefined
  And?: { Prefix?: string | undefined; Tags?: Tag[] | undefined } | undefined
}

const count = (values: unknown[]) => values.filter((value) => value !== undefined).length

function checkFilter({ Prefix, Tag: tag, And }: Filter): Tag[] {
  if (count([Prefix, tag, And]) !== 1) throw malformedXml()
  const tags = And ? (And.Tags ?? []) : tag ? [tag] : []
  if (And && tags.length + count([And.Prefix]) < 2) {
    throw refusal(
      'InvalidAnd',
      400,
      'Number of Prefixes and Tags combined cannot be less than 2. And cannot contain less than 2 elements.',
    )
  }
  if (Prefix === '' || And?.Prefix === '') {
    const message = 'Filter Prefix should be set to a valid non-empty value or not set at all.'
    throw refusal('InvalidPrefix', 400, message)
  }
  return tags
}

export function checkAnalytics(
  item: AnalyticsConfiguration | undefined,
  id: string | undefined,
): asserts item is AnalyticsConfiguration {
  if (!item) throw malformedXml()
  if (!item.StorageClassAnalysis) {
    const message = 'Storage Class Analysis cannot be null.'
    throw refusal('MissingStorageClassAnalysis', 400, message)
  }
  checkId(item.Id, {
    none: 'Config Id is null or empty',
    long: 'Config Id should not be more than 1 char and less than 64 chars in length',
  })
  if (item.Id !== id) throw malformedXml()
  if (item.Filter) checkAnalyticsFilter(item.Filter)
  checkExport(item.StorageClassAnalysis.DataExport)
}

function checkAnalyticsFilter(filter: Filter): void {
  const tagCount = filter.And?.Tags?.length ?? 0
  if (filter.And && (tagCount === 0 || tagCount > MOST_TAGS)) {
    throw refusal(
      'InvalidAnd',
      400,
      'Number of tags should not be less than 1 and more than 10 within And. And cannot contain less than 2 elements.',
    )
  }
  const invalid = (message: string) => refusal('InvalidTag', 400, message)
  for (const { Key = '', Value } of checkFilter(filter)) {
    if (Key === '' || Key.length > 128) {
      throw invalid('Tag Key cannot be empty or longer than 128 chars.')
    }
    if (Value === undefined) throw invalid('Tag Value must be specified.')
    if (Value === '' || Value.length > 256) {
      throw invalid('Tag Value cannot be empty or longer than 256 chars.')
    }
  }
}

function checkExport(
  given: NonNullable<AnalyticsConfiguration['StorageClassAnalysis']>['DataExport'],
): void {
  if (!given) return
  const to = given.Destination?.S3BucketDestination
  if (given.OutputSchemaVersion !== 'V_1' || !to?.Bucket || to.Format !== 'CSV') {
    throw malformedXml()
  }
  checkBucketArn('InvalidDestination', to.Bucket)
  if (to.Prefix !== '') return
  throw refusal(
    'InvalidDestination',
    400,
    'S3BucketDestination Prefix should be set with a valid non-empty value or not set at all.',
  )
}

function checkBucketArn(code: string, arn: string): void {
  if (/^arn:aws[\w-]*:s3:::[a-z0-9][a-z0-9.-]+$/.test(arn)) return
  throw refusal(code, 400, 'Invalid bucket ARN.')
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

export function checkInventory(
  item: InventoryConfiguration | undefined,
  id: string | undefined,
): asserts item is InventoryConfiguration {
  const to = item?.Destination?.S3BucketDestination
  const isWhole =
    item?.Id &&
    item.IsEnabled !== undefined &&
    to?.Bucket &&
    to.Format &&
    item.Schedule?.Frequency &&
    item.Filter?.Prefix !== ''
  if (!isWhole) throw malformedXml()
  if (item.Id !== id) {
    const message = 'Document ID does not match the specified configuration ID.'
    throw refusal('IdMismatch', 400, message)
  }
  checkBucketArn('InvalidS3DestinationBucket', to.Bucket!)
  const isKnown =
    ['Daily', 'Weekly'].includes(item.Schedule!.Frequency!) &&
    ['All', 'Current'].includes(item.IncludedObjectVersions ?? '') &&
    ['CSV', 'ORC', 'Parquet'].includes(to.Format!) &&
    (item.OptionalFields ?? []).every((field) => inventoryFields.has(field))
  if (!isKnown) throw malformedXml()
}

const fewestDays: Record<string, number> = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 }
const MOST_DAYS = 730

export function checkTiering(
  item: IntelligentTieringConfiguration | undefined,
  id: string | undefined,
): asserts item is IntelligentTieringConfiguration {
  const { Status, Tierings = [] } = item ?? {}
  const isWhole =
    (Status === 'Enabled' || Status === 'Disabled') &&
    Tierings.length > 0 &&
    Tierings.every(
      ({ AccessTier, Days }) => fewestDays[AccessTier ?? ''] !== undefined && Days !== undefined,
    )
  if (!item || !isWhole) throw malformedXml()
  checkId(item.Id, {
    none: 'Config Id cannot be null or empty.',
    long: 'Config Id should be more than 1 character and less than 64 characters in length.',
  })
  if (item.Id !== id) throw malformedXml()
  const keys = new Set<string>()
  for (const { Key = '' } of item.Filter ? checkFilter(item.Filter) : []) {
    if (keys.has(Key)) {
      const message = `All Tag Keys in an And must be unique. Found duplicate entry for ${Key}.`
      throw refusal('InvalidAnd', 400, message)
    }
    keys.add(Key)
  }
  checkTiers(Tierings)
}

function checkTiers(tierings: NonNullable<IntelligentTieringConfiguration['Tierings']>): void {
  const days = new Map<string, number>()
  const invalid = (message: string) => refusal('InvalidAccessTier', 400, message)
  for (const { AccessTier, Days } of tierings) {
    const [tier, given] = [AccessTier!, Days!]
    if (days.has(tier)) {
      throw invalid(
        `All Access Tiers in a configuration must be unique. Found duplicate entry for ${tier}.`,
      )
    }
    const fewest = fewestDays[tier]!
    if (given < fewest) {
      throw invalid(`Days specified in ${tier} tier should not be less than ${fewest}.`)
    }
    if (given > MOST_DAYS) {
      throw invalid(`Days specified in ${tier} tier should not be more than ${MOST_DAYS}.`)
    }
    days.set(tier, given)
  }
  const [archive, deep] = [days.get('ARCHIVE_ACCESS'), days.get('DEEP_ARCHIVE_ACCESS')]
  if (archive === undefined || deep === undefined || deep > archive) return
  throw invalid(
    'Days specified in DEEP_ARCHIVE_ACCESS should be greater than days specified in ARCHIVE_ACCESS',
  )
}

/** Of metrics every fault is one of the document. */
export function checkMetrics(
  item: MetricsConfiguration | undefined,
  id: string | undefined,
): asserts item is MetricsConfiguration {
  const { Id = '', Filter: filter } = item ?? {}
  const isId = Id !== '' && Id.length <= LONGEST_ID && /^[\w.-]+$/.test(Id) && Id === id
  if (!isId || (filter && !isMetricsFilter(filter))) throw malformedXml()
}

function isMetricsFilter(filter: NonNullable<MetricsConfiguration['Filter']>): boolean {
  const { Prefix, Tag: tag, And, AccessPointArn } = filter as Filter & { AccessPointArn?: string }
  if (count([Prefix, tag, And, AccessPointArn]) !== 1) return false
  if (Prefix === '' || And?.Prefix === '') return false
  if (!And) return true
  const point = (And as { AccessPointArn?: string }).AccessPointArn
  return (And.Tags ?? []).length + count([And.Prefix, point]) >= 2
}
