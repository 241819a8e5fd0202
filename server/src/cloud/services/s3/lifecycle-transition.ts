import { afterDays, covers } from './lifecycle-expiry.ts'
import type { BucketSettings, ObjectVersion } from './model.ts'

/** From the dearest to the cheapest to keep: objects only ever go down. */
const order = [
  'STANDARD',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]

const SMALL_BYTES = 128 * 1024
const archives = new Set(['GLACIER', 'DEEP_ARCHIVE'])

type Lifecycle = NonNullable<BucketSettings['lifecycle']>

/** The storage class a version is due to go to: the lowest of those whose time has come. */
export function dueTransition(
  { rules, minimumSize }: Lifecycle,
  version: ObjectVersion,
  noncurrentSince: number | undefined,
  nowMs: number,
): string | undefined {
  const isSmall = version.sizeBytes < SMALL_BYTES
  let lowest = order.indexOf(version.meta.storageClass ?? 'STANDARD')
  let due: string | undefined
  for (const rule of rules) {
    if (!covers(rule, version)) continue
    const steps =
      noncurrentSince === undefined
        ? (rule.Transitions ?? []).map(({ Days, Date: date, StorageClass }) => ({
            StorageClass,
            atMs: date ? new Date(date).getTime() : afterDays(version.modifiedAt, Days ?? 0),
          }))
        : (rule.NoncurrentVersionTransitions ?? []).map(({ NoncurrentDays, StorageClass }) => ({
            StorageClass,
            atMs: afterDays(noncurrentSince, NoncurrentDays ?? 0),
          }))
    for (const { StorageClass, atMs } of steps) {
      const place = order.indexOf(StorageClass ?? '')
      if (atMs > nowMs || place <= lowest) continue
      if (isSmall && !takesSmall(minimumSize, StorageClass!, rule.Filter)) continue
      lowest = place
      due = StorageClass
    }
  }
  return due
}

/** Objects under 128 KiB stay, unless a filter of sizes says which go, or the archives take all. */
function takesSmall(
  minimumSize: Lifecycle['minimumSize'],
  storageClass: string,
  filter: Lifecycle['rules'][number]['Filter'],
): boolean {
  const bySize = [filter, filter?.And].some(
    (one) => one?.ObjectSizeGreaterThan !== undefined || one?.ObjectSizeLessThan !== undefined,
  )
  if (bySize) return true
  return minimumSize === 'varies_by_storage_class' && archives.has(storageClass)
}
