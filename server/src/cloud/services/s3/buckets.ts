import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { wholeSecond } from '../../whole-second.ts'
import { aclsWithEnforced } from './public-access.ts'
import { readAclHeaders, type AclHeaders } from './acl-input.ts'
import { grantsOf, isPublicGrants } from './acl-model.ts'
import { checkBucketName, checkNamespace } from './bucket-names.ts'
import { readBucketTags } from './bucket-tags.ts'
import { homeRegion, isRegion, regionOfNew } from './bucket-region.ts'
import { continuationToken, readToken } from './listing-form.ts'
import type { Bucket, BucketSettings } from './model.ts'
import { bucketArn } from './model.ts'
import { ownerOf } from './owner.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { headerRefused } from './preconditions.ts'
import { accessDenied, invalidArgument, notCarriedOut, refusal } from './refusals.ts'

export function bucketOperations(parts: S3Parts) {
  const { buckets } = parts
  return {
    ...bucketReads(parts),
    ...directoryOperations(parts),
    async CreateBucket(input, ctx) {
      const name = checkBucketName(input.Bucket)
      const { CreateBucketConfiguration: given } = input
      if (given?.Bucket || given?.Location) throw notCarriedOut('A bucket of type Directory')
      const region = regionOfNew(given, ctx, parts.deps.settings.region)
      checkNamespace(input.BucketNamespace, name, ctx.account, region)
      const settings = firstSettings(input, ctx.account)
      if (given?.LocationConstraint === 'EU') settings.location = 'EU'
      if (given?.Tags?.length) settings.tags = readBucketTags(given.Tags)
      if (input.ObjectLockEnabledForBucket) {
        Object.assign(settings, { objectLock: {}, versioning: 'Enabled' })
      }
      const bucket: Bucket = { name, account: ctx.account, region, createdAt: ctx.now, settings }
      if (!(await buckets.insert(bucket))) {
        const there = buckets.get(name)
        const isOwn = there?.account === ctx.account
        // Only in us-east-1 creating one's own bucket again is fine ("CreateBucket").
        if (!isOwn || region !== homeRegion || there.region !== homeRegion) throw taken(name, isOwn)
      }
      return { Location: locationOf(name, region), BucketArn: bucketArn(name) }
    },
    async DeleteBucket(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      if (parts.accounts.pointsOfBucket(bucket.name).length > 0) throw hasAccessPoints(bucket.name)
      if (!(await buckets.remove(bucket.name))) {
        const { versioning } = bucket.settings
        const message = versioning
          ? 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.'
          : 'The bucket you tried to delete is not empty'
        throw refusal('BucketNotEmpty', 409, message, { BucketName: bucket.name })
      }
      parts.garbage.expect()
      return {}
    },
    GetBucketLocation(input) {
      const { region, settings } = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      if (region === homeRegion) return {}
      return { LocationConstraint: settings.location ?? (region as 'eu-west-1') }
    },
  } satisfies Operations<S3>
}

function bucketReads(parts: S3Parts) {
  const { buckets } = parts
  return {
    HeadBucket(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const { region: BucketRegion, name } = bucket
      // Elsewhere's endpoint only says where the bucket is; SDKs follow.
      const isSigned = ctx.principal.kind !== 'anonymous' && ctx.http.host !== 'in-process'
      if (isSigned && ctx.region !== BucketRegion) {
        const moved = refusal('PermanentRedirect', 301, 'Moved Permanently')
        Object.assign(moved.headers, { 'x-amz-bucket-region': BucketRegion })
        throw moved
      }
      const isAlias = /-s3alias\b/.test(ctx.http.host + ctx.http.path)
      return { BucketRegion, AccessPointAlias: isAlias, BucketArn: bucketArn(name) }
    },
    ListBuckets(input, ctx) {
      if (ctx.principal.kind === 'anonymous') throw accessDenied()
      if (isOfDirectories(ctx)) return { Buckets: [] }
      const after = input.ContinuationToken ? readToken(input.ContinuationToken) : ''
      const isPaged = input.MaxBuckets !== undefined || input.ContinuationToken !== undefined
      const most = checkMost(input.MaxBuckets)
      checkRegion(input.BucketRegion, parts.deps.settings.region)
      const found = buckets.list(ctx.account).filter(({ name, region }) => {
        if (name <= after || !name.startsWith(input.Prefix ?? '')) return false
        return !input.BucketRegion || region === input.BucketRegion
      })
      const page = found.slice(0, most)
      return {
        Buckets: page.map(({ name, region, createdAt }) => ({
          Name: name,
          CreationDate: wholeSecond(createdAt),
          BucketArn: bucketArn(name),
          ...((isPaged || input.BucketRegion) && { BucketRegion: region }),
        })),
        Owner: ownerOf(ctx.account),
        Prefix: input.Prefix,
        ...(found.length > most && { ContinuationToken: continuationToken(page.at(-1)!.name) }),
      }
    },
  } satisfies Operations<S3>
}

/** There are no directory buckets here, and a bucket of another type knows neither of the two. */
function directoryOperations(parts: S3Parts) {
  return {
    ListDirectoryBuckets: () => ({ Buckets: [] }),
    CreateSession(input) {
      const { name } = bucketOf(parts, input.Bucket)
      throw notCarriedOut(`A session with the general purpose bucket ${name}`)
    },
    RenameObject(input) {
      bucketOf(parts, input.Bucket)
      throw headerRefused('x-amz-rename-source')
    },
  } satisfies Operations<S3>
}

/** Clients without `x-id` ask for the one list as for the other; what they sign tells them apart. */
const isOfDirectories = ({ http }: RequestContext): boolean =>
  /\/s3express\/aws4_request/.test(http.headers['authorization'] ?? '')

/** A path in us-east-1, elsewhere the bucket's address; as AWS says it. */
const locationOf = (name: string, region: string) =>
  region === homeRegion ? `/${name}` : `http://${name}.s3.amazonaws.com/`

function checkMost(given: number | undefined): number {
  const most = given ?? 10_000
  if (most >= 1 && most <= 10_000) return most
  const message = 'Argument max-buckets must be an integer between 1 and 10000'
  throw invalidArgument('max-buckets', String(most), message)
}

function checkRegion(given: string | undefined, own: string): void {
  if (given === undefined || given === own || isRegion(given)) return
  const message = `Argument value ${given} is not a valid AWS Region`
  throw invalidArgument('bucket-region', undefined, message)
}

const hasAccessPoints = (BucketName: string) =>
  refusal(
    'BucketHasAccessPointsAttached',
    400,
    'The bucket you tried to delete has access points attached. Delete the access points first.',
    { BucketName },
  )

const taken = (BucketName: string, byCaller: boolean) =>
  byCaller
    ? refusal(
        'BucketAlreadyOwnedByYou',
        409,
        'Your previous request to create the named bucket succeeded and you already own it.',
        { BucketName },
      )
    : refusal(
        'BucketAlreadyExists',
        409,
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        { BucketName },
      )

const ownerships = new Set(['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'])

/** Since April 2023 a new bucket has its ACLs off and public access blocked. */
function firstSettings(
  input: AclHeaders & { ObjectOwnership?: string | undefined },
  account: string,
): BucketSettings {
  const wanted = input.ObjectOwnership
  if (wanted !== undefined && !ownerships.has(wanted)) {
    const message = `Invalid x-amz-object-ownership header: ${wanted}`
    throw refusal('InvalidArgument', 400, message, { ArgumentName: 'x-amz-object-ownership' })
  }
  const ObjectOwnership = (wanted ?? 'BucketOwnerEnforced') as 'BucketOwnerEnforced'
  const acl = readAclHeaders(input)
  const isPublic = acl !== undefined && isPublicGrants(grantsOf(acl, ownerOf(account).ID))
  if (acl !== undefined && acl !== 'private' && ObjectOwnership === 'BucketOwnerEnforced') {
    throw aclsWithEnforced()
  }
  // The four switches come with the bucket, so nothing public can be asked for along with it.
  if (isPublic) {
    throw refusal(
      'InvalidBucketAclWithBlockPublicAccessError',
      400,
      'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
    )
  }
  return {
    ownership: { Rules: [{ ObjectOwnership }] },
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    ...(acl && acl !== 'private' && { acl }),
  }
}
