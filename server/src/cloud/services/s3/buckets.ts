import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { checkCanned } from './acl.ts'
import { checkBucketName } from './bucket-names.ts'
import { continuationToken, readToken } from './listing-form.ts'
import type { Bucket, BucketSettings } from './model.ts'
import { bucketArn } from './model.ts'
import { checkTags } from './object-headers.ts'
import { ownerOf } from './owner.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { invalidArgument, notCarriedOut, refusal } from './refusals.ts'

export function bucketOperations(parts: S3Parts) {
  const { buckets } = parts
  return {
    async CreateBucket(input, ctx) {
      const name = checkBucketName(input.Bucket)
      const { CreateBucketConfiguration: given } = input
      const region = regionOf(given?.LocationConstraint, ctx)
      if (input.ObjectLockEnabledForBucket) throw notCarriedOut('Object Lock')
      const settings = firstSettings(input.ACL, input.ObjectOwnership)
      if (given?.Tags?.length) settings.tags = checkTags(given.Tags, 50)
      const bucket: Bucket = { name, account: ctx.account, region, createdAt: ctx.now, settings }
      if (!(await buckets.insert(bucket))) {
        // In us-east-1 creating one's own bucket again is fine ("CreateBucket", BucketAlreadyOwnedByYou).
        const own = buckets.get(name)?.account === ctx.account
        if (!own || region !== 'us-east-1') throw taken(name, own)
      }
      return { Location: `/${name}`, BucketArn: bucketArn(name) }
    },
    async DeleteBucket(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      if (!(await buckets.remove(bucket.name))) {
        const message = 'The bucket you tried to delete is not empty'
        throw refusal('BucketNotEmpty', 409, message, { BucketName: bucket.name })
      }
      parts.garbage.expect()
      return {}
    },
    HeadBucket(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const { region: BucketRegion, name } = bucket
      return { BucketRegion, AccessPointAlias: false, BucketArn: bucketArn(name) }
    },
    GetBucketLocation(input) {
      const { region } = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      return region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' }
    },
    ListBuckets(input, ctx) {
      const after = input.ContinuationToken ? readToken(input.ContinuationToken) : ''
      const isPaged = input.MaxBuckets !== undefined || input.ContinuationToken !== undefined
      const most = input.MaxBuckets ?? 10_000
      if (most < 1 || most > 10_000) {
        const message = 'Argument max-buckets must be an integer between 1 and 10000'
        throw invalidArgument('max-buckets', String(most), message)
      }
      const found = buckets.list(ctx.account).filter(({ name, region }) => {
        if (name <= after || !name.startsWith(input.Prefix ?? '')) return false
        return !input.BucketRegion || region === input.BucketRegion
      })
      const page = found.slice(0, most)
      return {
        Buckets: page.map(({ name, region, createdAt }) => ({
          Name: name,
          CreationDate: new Date(createdAt),
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

function regionOf(constraint: string | undefined, ctx: RequestContext): string {
  if (constraint === undefined || constraint === '') {
    // A regional endpoint asks for the constraint. Clients that name no region (`aws s3 mb` of a
    // fresh setting) mean the one they sign for, so it is taken from there.
    return ctx.region
  }
  const region = constraint === 'EU' ? 'eu-west-1' : constraint
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) || region === 'us-east-1') {
    throw refusal(
      'InvalidLocationConstraint',
      400,
      'The specified location-constraint is not valid',
      { LocationConstraint: constraint },
    )
  }
  if (region !== ctx.region && ctx.region !== 'us-east-1') {
    throw refusal(
      'IllegalLocationConstraintException',
      400,
      `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  }
  return region
}

/** Since April 2023 a new bucket has its ACLs off and public access blocked. */
function firstSettings(acl: string | undefined, ownership: string | undefined): BucketSettings {
  const ObjectOwnership = (ownership ?? 'BucketOwnerEnforced') as 'BucketOwnerEnforced'
  const canned = checkCanned(acl)
  if (canned && canned !== 'private' && ObjectOwnership === 'BucketOwnerEnforced') {
    throw refusal(
      'InvalidBucketAclWithObjectOwnership',
      400,
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
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
    ...(canned && { acl: canned }),
  }
}
