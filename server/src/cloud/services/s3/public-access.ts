import type { Operations, S3 } from '../../gateway/index.ts'
import { isPublicGrants, grantsOfBucket } from './acl-model.ts'
import type { Bucket } from './model.ts'
import type { S3Parts } from './parts.ts'
import { invalidRequest, malformedXml, refusal } from './refusals.ts'
import type { PublicAccessBlockConfiguration } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'

type Blocked = Pick<Bucket, 'account'> & { settings: Pick<Bucket['settings'], 'publicAccessBlock'> }

/** What Block Public Access asks of a bucket or access point: its own settings and its account's, the stricter. */
export function effectiveBlock(
  { accounts }: Pick<S3Parts, 'accounts'>,
  { account, settings }: Blocked,
): PublicAccessBlockConfiguration {
  const own = settings.publicAccessBlock ?? {}
  const all = accounts.block(account)
  if (!all) return own
  return {
    BlockPublicAcls: own.BlockPublicAcls || all.BlockPublicAcls,
    IgnorePublicAcls: own.IgnorePublicAcls || all.IgnorePublicAcls,
    BlockPublicPolicy: own.BlockPublicPolicy || all.BlockPublicPolicy,
    RestrictPublicBuckets: own.RestrictPublicBuckets || all.RestrictPublicBuckets,
  }
}

const ownerships = new Set(['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'])

export const aclsWithEnforced = () =>
  refusal(
    'InvalidBucketAclWithObjectOwnership',
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  )

export function publicAccessOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetPublicAccessBlock: (input) => ({
      PublicAccessBlockConfiguration: settings.get(input, 'publicAccessBlock', [
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
      ]),
    }),
    PutPublicAccessBlock(input) {
      settings.bucket(input)
      const publicAccessBlock = readBlock(input.PublicAccessBlockConfiguration)
      return settings.put(input, { publicAccessBlock })
    },
    DeletePublicAccessBlock: (input) => settings.put(input, { publicAccessBlock: undefined }),
    GetBucketOwnershipControls: (input) => ({
      OwnershipControls: settings.get(input, 'ownership', [
        'OwnershipControlsNotFoundError',
        'The bucket ownership controls were not found',
      ]),
    }),
    PutBucketOwnershipControls(input) {
      const bucket = settings.bucket(input)
      const { Rules = [] } = input.OwnershipControls ?? {}
      const wanted = Rules[0]?.ObjectOwnership
      if (Rules.length !== 1 || !wanted || !ownerships.has(wanted)) throw malformedXml()
      if (wanted === 'BucketOwnerEnforced' && isPublicGrants(grantsOfBucket(bucket))) {
        throw aclsWithEnforced()
      }
      return settings.put(input, { ownership: { Rules } })
    },
    DeleteBucketOwnershipControls: (input) => settings.put(input, { ownership: undefined }),
  } satisfies Operations<S3>
}

/** Every switch said, as S3 keeps them. */
export function readBlock(given: PublicAccessBlockConfiguration | undefined) {
  const any = Object.values(given ?? {}).some((value) => value !== undefined)
  if (!any) throw invalidRequest('Must specify at least one configuration.')
  return readSwitches(given)
}

/** The same where none need be said: what isn't, is off. */
export function readSwitches(given: PublicAccessBlockConfiguration | undefined) {
  return {
    BlockPublicAcls: given?.BlockPublicAcls ?? false,
    IgnorePublicAcls: given?.IgnorePublicAcls ?? false,
    BlockPublicPolicy: given?.BlockPublicPolicy ?? false,
    RestrictPublicBuckets: given?.RestrictPublicBuckets ?? false,
  }
}
