import type { Bucket, ObjectMeta } from './model.ts'
import type { LifecycleRule } from './sdk-shapes.ts'

export const DAY_MS = 86_400_000

/** What a rule's filter looks at. */
export interface Filtered {
  key: string
  meta: Pick<ObjectMeta, 'tags'>
  sizeBytes: number
}

/** Days count from the moment, and end at the next midnight UTC ("Lifecycle rules: based on an object's age"). */
export const afterDays = (fromMs: number, days: number): number =>
  (Math.floor(fromMs / DAY_MS) + days + 1) * DAY_MS

export function covers(rule: LifecycleRule, object: Filtered): boolean {
  if (rule.Status !== 'Enabled') return false
  const { Filter } = rule
  const { And } = Filter ?? {}
  const prefix = And?.Prefix ?? Filter?.Prefix ?? rule.Prefix ?? ''
  const tags = And?.Tags ?? (Filter?.Tag ? [Filter.Tag] : [])
  const above = And?.ObjectSizeGreaterThan ?? Filter?.ObjectSizeGreaterThan
  const below = And?.ObjectSizeLessThan ?? Filter?.ObjectSizeLessThan
  return (
    object.key.startsWith(prefix) &&
    tags.every(({ Key, Value }) => object.meta.tags?.[Key ?? ''] === Value) &&
    (above === undefined || object.sizeBytes > above) &&
    (below === undefined || object.sizeBytes < below)
  )
}

/** When a current version ends, and by which rule; the earliest of those that cover it. */
export function expiryOf(
  rules: LifecycleRule[],
  object: Filtered & { modifiedAt: number },
): { atMs: number; ruleId: string } | undefined {
  let first: { atMs: number; ruleId: string } | undefined
  for (const rule of rules) {
    const { Days, Date: date } = rule.Expiration ?? {}
    if ((Days === undefined && date === undefined) || !covers(rule, object)) continue
    const atMs = Days === undefined ? new Date(date!).getTime() : afterDays(object.modifiedAt, Days)
    if (!first || atMs < first.atMs) first = { atMs, ruleId: rule.ID ?? '' }
  }
  return first
}

/** `x-amz-expiration`, on what is written and read. */
export function shownExpiration(
  { settings }: Bucket,
  object: Filtered & { modifiedAt: number },
): { Expiration?: string } {
  if (!settings.lifecycle) return {}
  const expiry = expiryOf(settings.lifecycle.rules, object)
  if (!expiry) return {}
  const date = new Date(expiry.atMs).toUTCString()
  return { Expiration: `expiry-date="${date}", rule-id="${encodeURIComponent(expiry.ruleId)}"` }
}
