import { AwsError, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import { parsePolicy } from '../../policy/index.ts'
import type { Bucket } from './model.ts'
import { bucketArn } from './model.ts'
import type { S3Parts } from './parts.ts'
import { effectiveBlock } from './public-access.ts'
import { isPublicPolicy } from './public-policy.ts'
import { checkBucketPolicy, malformed } from './policy-check.ts'
import { accessDenied } from './refusals.ts'
import { settingsOf } from './setting-access.ts'

export function policyOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  const missing: [string, string] = ['NoSuchBucketPolicy', 'The bucket policy does not exist']
  return {
    GetBucketPolicy: (input) => ({ Policy: settings.get(input, 'policy', missing) }),
    async PutBucketPolicy(input, ctx) {
      const bucket = settings.bucket(input)
      const policy = checkBucketPolicy(bucketArn(bucket.name), input.Policy ?? '')
      await checkTheyExist(parts, policy, bucket.account, ctx.region)
      if (effectiveBlock(parts, bucket).BlockPublicPolicy && isPublicPolicy(policy)) {
        throw accessDenied(blockedSentence(bucket, ctx))
      }
      return settings.put(input, { policy })
    },
    DeleteBucketPolicy: (input) => settings.put(input, { policy: undefined }),
    GetBucketPolicyStatus(input) {
      const policy = settings.get(input, 'policy', missing)
      return { PolicyStatus: { IsPublic: isPublicPolicy(policy) } }
    },
  } satisfies Operations<S3>
}

function blockedSentence({ name }: Bucket, { principal }: RequestContext): string {
  return (
    `User: ${principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: ` +
    `"${bucketArn(name)}" because public policies are prevented by the BlockPublicPolicy ` +
    'setting in S3 Block Public Access.'
  )
}

/** Users and roles of the bucket's account have to be there; other accounts' are taken as told. */
async function checkTheyExist(
  { deps }: S3Parts,
  policy: string,
  account: string,
  region: string,
): Promise<void> {
  const own = new RegExp(`^arn:aws[\\w-]*:iam::${account}:(user|role)/(?:.*/)?([^/]+)$`)
  const given = parsePolicy(policy).statements.flatMap(({ principals, notPrincipals }) =>
    [...(principals ?? []), ...(notPrincipals ?? [])].map(({ value }) => value),
  )
  const { iam } = deps.as({
    principal: deps.sessions.serviceOf('s3.amazonaws.com', account),
    account,
    region,
  })
  for (const value of given) {
    const [, kind, name] = own.exec(value) ?? []
    if (!kind || !name) continue
    try {
      if (kind === 'user') await iam.getUser({ UserName: name })
      else await iam.getRole({ RoleName: name })
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'NoSuchEntity') throw error
      throw malformed('Invalid principal in policy')
    }
  }
}
