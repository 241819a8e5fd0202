import { afterDays, covers } from './lifecycle-expiry.ts'
import type { Bucket } from './model.ts'
import type { Upload } from './store-uploads.ts'

/** When an upload nobody finished is given up, by the bucket's rules. */
export function abortOf(
  { settings }: Bucket,
  { key, createdAt }: Pick<Upload, 'key' | 'createdAt'>,
): { atMs: number; ruleId: string } | undefined {
  let first: { atMs: number; ruleId: string } | undefined
  for (const rule of settings.lifecycle?.rules ?? []) {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
    if (days === undefined || !covers(rule, { key, meta: {}, sizeBytes: 0 })) continue
    const atMs = afterDays(createdAt, days)
    if (!first || atMs < first.atMs) first = { atMs, ruleId: rule.ID ?? '' }
  }
  return first
}

export function shownAbort(bucket: Bucket, upload: Pick<Upload, 'key' | 'createdAt'>) {
  const abort = abortOf(bucket, upload)
  return abort ? { AbortDate: new Date(abort.atMs), AbortRuleId: abort.ruleId } : {}
}
