import type { Operations, S3 } from '../../gateway/index.ts'
import { DAY_MS } from './lifecycle-expiry.ts'
import { checkRules } from './lifecycle-rules.ts'
import { carryOut } from './lifecycle-run.ts'
import type { S3Parts } from './parts.ts'
import { invalidRequest, malformedXml } from './refusals.ts'
import { settingsOf } from './setting-access.ts'

const LIFECYCLE = 'cloud-s3.lifecycle'
const MINIMUMS = ['varies_by_storage_class', 'all_storage_classes_128K'] as const

const nextMidnight = (nowMs: number) => (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS

export function lifecycleOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  const { jobs, database, clock } = parts.kernel
  const schedule = (bucket: string, runAtMs: number) =>
    database.write(async (tx) => {
      await jobs.enqueue(tx, { kind: LIFECYCLE, key: bucket, payload: { bucket }, runAtMs })
    })
  jobs.handle(LIFECYCLE, {
    // S3 looks once a day, at midnight UTC ("Setting a lifecycle configuration").
    async run({ payload }) {
      const { bucket: name } = payload as { bucket: string }
      const bucket = parts.buckets.get(name)
      if (!bucket?.settings.lifecycle) return
      // The clock may be moved on meanwhile: no midnight after this look is left out.
      const lookedAt = clock.now()
      await carryOut(parts, bucket, lookedAt)
      await schedule(name, nextMidnight(lookedAt))
    },
  })
  return {
    GetBucketLifecycleConfiguration(input) {
      const { rules, minimumSize } = settings.get(input, 'lifecycle', [
        'NoSuchLifecycleConfiguration',
        'The lifecycle configuration does not exist',
      ])
      return { Rules: rules, TransitionDefaultMinimumObjectSize: minimumSize }
    },
    async PutBucketLifecycleConfiguration(input, ctx) {
      const bucket = settings.bucket(input)
      const { Rules } = input.LifecycleConfiguration ?? {}
      if (!Rules) throw malformedXml()
      const asked = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K'
      const minimumSize = MINIMUMS.find((each) => each === asked)
      if (!minimumSize) {
        throw invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${asked}`)
      }
      await settings.put(input, { lifecycle: { rules: checkRules(Rules), minimumSize } })
      await schedule(bucket.name, ctx.now)
      return { TransitionDefaultMinimumObjectSize: minimumSize }
    },
    DeleteBucketLifecycle: (input) => settings.put(input, { lifecycle: undefined }),
  } satisfies Operations<S3>
}
