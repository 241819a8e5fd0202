import type { Operations, S3 } from '../../gateway/index.ts'
import type { Bucket, ObjectLock, ObjectVersion } from './model.ts'
import {
  checkBypass,
  checkFuture,
  checkRetentionChange,
  missingLockConfiguration,
} from './object-lock.ts'
import { bucketOf, lockKey, objectToTell, type S3Parts } from './parts.ts'
import { invalidArgument, malformedXml, refusal } from './refusals.ts'
import { settingsOf } from './setting-access.ts'

const longest = { Days: 36_500, Years: 100 }

export function lockOperations(parts: S3Parts) {
  return {
    ...lockConfiguration(parts),
    ...retention(parts),
    ...legalHold(parts),
  } satisfies Operations<S3>
}

function lockConfiguration(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetObjectLockConfiguration(input) {
      const { rule } = settings.get(input, 'objectLock', [
        'ObjectLockConfigurationNotFoundError',
        'Object Lock configuration does not exist for this bucket',
      ])
      return {
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled' as const,
          ...(rule && { Rule: rule }),
        },
      }
    },
    PutObjectLockConfiguration(input) {
      const bucket = settings.bucket(input)
      const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration ?? {}
      if (ObjectLockEnabled !== 'Enabled') throw malformedXml()
      if (Rule) checkDefault(Rule.DefaultRetention)
      if (bucket.settings.versioning !== 'Enabled') {
        const message =
          "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        throw refusal('InvalidBucketState', 409, message)
      }
      return settings.put(input, { objectLock: Rule ? { rule: Rule } : {} })
    },
  } satisfies Operations<S3>
}

function checkDefault(
  given:
    | { Mode?: string | undefined; Days?: number | undefined; Years?: number | undefined }
    | undefined,
): void {
  const { Mode, Days, Years } = given ?? {}
  if (Mode !== 'GOVERNANCE' && Mode !== 'COMPLIANCE') throw malformedXml()
  if ((Days === undefined) === (Years === undefined)) throw malformedXml()
  const length = Days ?? Years!
  const unit = Days === undefined ? 'Years' : 'Days'
  const refused = (message: string) => invalidArgument(unit, undefined, message)
  if (length <= 0) throw refused('Default retention period must be a positive integer value.')
  if (length > longest[unit]) throw refused('Default retention period too large.')
}

interface ObjectInput {
  Bucket: string | undefined
  Key: string | undefined
  VersionId?: string | undefined
  ExpectedBucketOwner?: string | undefined
}

/** The version meant, in a bucket that can lock it. */
async function lockable(parts: S3Parts, input: ObjectInput, method: 'GET' | 'PUT') {
  const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  if (!bucket.settings.objectLock) throw missingLockConfiguration()
  return {
    bucket,
    version: await objectToTell(parts, bucket, input.Key ?? '', input.VersionId, method),
  }
}

/** Changes a version's lock, alone among what is done to its key. */
function relock(
  parts: S3Parts,
  input: ObjectInput,
  change: (version: ObjectVersion, bucket: Bucket) => ObjectLock,
) {
  return parts.locks.alone(lockKey(input.Bucket ?? '', input.Key ?? ''), async () => {
    const { bucket, version } = await lockable(parts, input, 'PUT')
    const lock = change(version, bucket)
    await parts.objects.apply(parts.objects.setMeta(version, { ...version.meta, lock }))
    return {}
  })
}

const nothingSet = () =>
  refusal(
    'NoSuchObjectLockConfiguration',
    404,
    'The specified object does not have a ObjectLock configuration',
  )

function retention(parts: S3Parts) {
  return {
    async GetObjectRetention(input) {
      const { version } = await lockable(parts, input, 'GET')
      const { mode: Mode, until } = version.meta.lock ?? {}
      if (!Mode) throw nothingSet()
      return { Retention: { Mode, RetainUntilDate: new Date(until!) } }
    },
    PutObjectRetention(input, ctx) {
      const { Mode, RetainUntilDate } = input.Retention ?? {}
      if (!input.Retention || (Mode === undefined) !== (RetainUntilDate === undefined)) {
        throw malformedXml()
      }
      if (Mode !== undefined && Mode !== 'GOVERNANCE' && Mode !== 'COMPLIANCE') {
        throw malformedXml()
      }
      return relock(parts, input, (version, bucket) => {
        if (RetainUntilDate) checkFuture('RetainUntilDate', RetainUntilDate, ctx.now)
        const { legalHold: kept } = version.meta.lock ?? {}
        const lock: ObjectLock = {
          ...(Mode && { mode: Mode, until: RetainUntilDate!.getTime() }),
          ...(kept && { legalHold: kept }),
        }
        const bypasses = checkBypass(bucket, input.BypassGovernanceRetention)
        checkRetentionChange(version, lock, bypasses, ctx.now)
        return lock
      })
    },
  } satisfies Operations<S3>
}

function legalHold(parts: S3Parts) {
  return {
    async GetObjectLegalHold(input) {
      const { version } = await lockable(parts, input, 'GET')
      const Status = version.meta.lock?.legalHold
      if (!Status) throw nothingSet()
      return { LegalHold: { Status } }
    },
    PutObjectLegalHold(input) {
      const Status = input.LegalHold?.Status
      // In a document it is the schema that is broken; only the header has words of its own.
      if (Status !== 'ON' && Status !== 'OFF') throw malformedXml()
      return relock(parts, input, (version) => {
        return { ...version.meta.lock, legalHold: Status }
      })
    },
  } satisfies Operations<S3>
}
