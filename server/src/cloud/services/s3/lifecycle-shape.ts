import { malformedXml } from './refusals.ts'
import type { LifecycleRule, LifecycleRuleFilter } from './sdk-shapes.ts'

// What the schema of a lifecycle configuration asks, before any rule is looked at for its sense.

const GREATEST_INT = 2_147_483_647

const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
])

const given = (values: unknown[]) => values.filter((value) => value !== undefined).length

export function checkShape(rule: LifecycleRule): void {
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule
  const { Transitions = [], NoncurrentVersionTransitions = [] } = rule
  const isWhole =
    (rule.Status === 'Enabled' || rule.Status === 'Disabled') &&
    given([rule.Filter, rule.Prefix]) === 1 &&
    (!rule.Filter || isFilter(rule.Filter)) &&
    (!Expiration || isExpiration(Expiration)) &&
    (!NoncurrentVersionExpiration || isCount(NoncurrentVersionExpiration.NoncurrentDays)) &&
    (!AbortIncompleteMultipartUpload ||
      isCount(AbortIncompleteMultipartUpload.DaysAfterInitiation)) &&
    Transitions.every(isTransition) &&
    NoncurrentVersionTransitions.every(
      ({ NoncurrentDays, StorageClass }) =>
        isCount(NoncurrentDays) && storageClasses.has(StorageClass ?? ''),
    )
  if (!isWhole) throw malformedXml()
}

const isCount = (days: number | undefined) => days !== undefined && days <= GREATEST_INT

const isTag = ({ Key, Value }: { Key?: string | undefined; Value?: string | undefined }) =>
  Key !== undefined && Value !== undefined

function isFilter(filter: LifecycleRuleFilter): boolean {
  const { And, Tag } = filter
  if (given(Object.values(filter)) > 1 || (Tag && !isTag(Tag))) return false
  if (!And) return true
  const { Tags = [], Prefix, ObjectSizeGreaterThan, ObjectSizeLessThan } = And
  const members = Tags.length + given([Prefix, ObjectSizeGreaterThan, ObjectSizeLessThan])
  return members >= 2 && Tags.every(isTag)
}

function isExpiration(expiration: NonNullable<LifecycleRule['Expiration']>): boolean {
  const { Days, Date: date, ExpiredObjectDeleteMarker } = expiration
  return given([Days, date, ExpiredObjectDeleteMarker]) === 1 && (Days ?? 0) <= GREATEST_INT
}

function isTransition(transition: NonNullable<LifecycleRule['Transitions']>[number]): boolean {
  const { Days, Date: date, StorageClass } = transition
  return (
    given([Days, date]) === 1 &&
    (Days ?? 0) <= GREATEST_INT &&
    storageClasses.has(StorageClass ?? '')
  )
}
