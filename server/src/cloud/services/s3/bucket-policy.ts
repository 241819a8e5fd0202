import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import type { Bucket } from './model.ts'
import { bucketArn } from './model.ts'
import type { S3Parts } from './parts.ts'
import { effectiveBlock } from './public-access.ts'
import { isPublicPolicy } from './public-policy.ts'
import { accessDenied, refusal } from './refusals.ts'
import { settingsOf } from './setting-access.ts'

const LARGEST_POLICY_BYTES = 20 * 1024

export function policyOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  const missing: [string, string] = ['NoSuchBucketPolicy', 'The bucket policy does not exist']
  return {
    GetBucketPolicy: (input) => ({ Policy: settings.get(input, 'policy', missing) }),
    PutBucketPolicy(input, ctx) {
      const bucket = settings.bucket(input)
      const policy = checkBucketPolicy(bucketArn(bucket.name), input.Policy ?? '')
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

const malformed = (message: string) => refusal('MalformedPolicy', 400, message)

/** The text of a policy that speaks of `arn` and what lies under it, or MalformedPolicy. */
export function checkBucketPolicy(arn: string, text: string): string {
  if (!text.trimStart().startsWith('{')) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'")
  }
  if (Buffer.byteLength(text) > LARGEST_POLICY_BYTES) {
    throw refusal('PolicyTooLarge', 400, 'Policy exceeds the maximum allowed document size.', {
      MaxSizeInBytes: LARGEST_POLICY_BYTES,
    })
  }
  checkJson(text)
  try {
    const { statements } = checkPolicy(text, 'resource')
    for (const { actions, notActions, resources, notResources } of statements) {
      const named = resources ?? notResources
      if (!named?.length) throw malformed('Missing required field Resource')
      const isOurs = (each: string) =>
        each === arn || each === '*' || each.startsWith(`${arn}/`) || each.startsWith(`${arn}*`)
      if (!named.every(isOurs)) throw malformed('Policy has invalid resource')
      checkActions(actions ?? notActions ?? [], named, arn)
    }
  } catch (error) {
    if (error instanceof PolicyFault) throw malformed(error.message)
    throw error
  }
  return text
}

/** The faults S3 words in its own way, before the general reading. */
function checkJson(text: string): void {
  let json: { Statement?: unknown }
  try {
    json = JSON.parse(text) as typeof json
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw malformed("Policies must be valid JSON and the first byte must be '{'")
    }
    throw error
  }
  if (json.Statement === undefined) throw malformed('Missing required field Statement')
  if (Array.isArray(json.Statement) && json.Statement.length === 0) {
    throw malformed('Could not parse the policy: Statement is empty!')
  }
}

// Actions on objects need a resource that is an object, and those on the bucket one that isn't.
function checkActions(actions: string[], resources: string[], arn: string): void {
  for (const action of actions) {
    if (action !== '*' && !/^s3:[A-Za-z*?]+$/i.test(action)) {
      throw malformed('Policy has invalid action')
    }
    const bare = action.toLowerCase().replace(/^s3:/, '')
    const ofObject = /^(get|put|delete|restore)object(version)?(acl|tagging|torrent)?$/.test(bare)
    if (ofObject && resources.every((each) => each === arn)) {
      throw malformed('Action does not apply to any resource(s) in statement')
    }
    const ofBucket = /^(listbucket|listbucketversions|getbucketlocation|createbucket)$/.test(bare)
    if (ofBucket && resources.every((each) => each.startsWith(`${arn}/`))) {
      throw malformed('Action does not apply to any resource(s) in statement')
    }
  }
}
