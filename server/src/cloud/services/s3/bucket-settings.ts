import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import { isPublicAcl } from './acl.ts'
import type { Bucket, BucketSettings } from './model.ts'
import { bucketArn } from './model.ts'
import { checkTags, tagSet } from './object-headers.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { isPublicPolicy } from './public-policy.ts'
import { accessDenied, malformedXml, notCarriedOut, refusal } from './refusals.ts'

interface BucketInput {
  Bucket: string | undefined
  ExpectedBucketOwner?: string | undefined
}

/** Reads and changes of one bucket's settings; `missing` is S3's error for what isn't set. */
function settingsOf(parts: S3Parts) {
  const read = (input: BucketInput) => bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  return {
    bucket: read,
    get<K extends keyof BucketSettings>(input: BucketInput, name: K, missing: [string, string]) {
      const bucket = read(input)
      const value = bucket.settings[name]
      if (value !== undefined) return value
      throw refusal(missing[0], 404, missing[1], { BucketName: bucket.name })
    },
    async put(input: BucketInput, change: Partial<BucketSettings>) {
      const bucket = read(input)
      await parts.buckets.update(bucket.name, (settings) => ({ ...settings, ...change }))
      return {}
    },
  }
}

export function settingOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    ...policyOperations(parts),
    ...publicAccessOperations(parts),
    ...encryptionOperations(parts),
    GetBucketVersioning(input) {
      const { versioning } = settings.bucket(input).settings
      return versioning ? { Status: versioning } : {}
    },
    PutBucketVersioning(input) {
      const { Status, MFADelete } = input.VersioningConfiguration ?? {}
      if (MFADelete === 'Enabled') throw notCarriedOut('MFA delete')
      if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml()
      return settings.put(input, { versioning: Status })
    },
    GetBucketCors: (input) => ({
      CORSRules: settings.get(input, 'cors', [
        'NoSuchCORSConfiguration',
        'The CORS configuration does not exist',
      ]),
    }),
    PutBucketCors(input) {
      const cors = input.CORSConfiguration?.CORSRules ?? []
      if (cors.length === 0 || cors.length > 100) throw malformedXml()
      for (const { AllowedMethods = [] } of cors) {
        const wrong = AllowedMethods.find(
          (m) => !['GET', 'PUT', 'HEAD', 'POST', 'DELETE'].includes(m),
        )
        if (wrong === undefined) continue
        const message = `Found unsupported HTTP method in CORS config. Unsupported method is ${wrong}`
        throw refusal('InvalidRequest', 400, message)
      }
      return settings.put(input, { cors })
    },
    DeleteBucketCors: (input) => settings.put(input, { cors: undefined }),
    GetBucketTagging: (input) => ({
      TagSet: tagSet(settings.get(input, 'tags', ['NoSuchTagSet', 'The TagSet does not exist'])),
    }),
    PutBucketTagging: (input) =>
      settings.put(input, { tags: checkTags(input.Tagging?.TagSet ?? [], 50) }),
    DeleteBucketTagging: (input) => settings.put(input, { tags: undefined }),
    GetBucketWebsite: (input) =>
      settings.get(input, 'website', [
        'NoSuchWebsiteConfiguration',
        'The specified bucket does not have a website configuration',
      ]),
    PutBucketWebsite(input) {
      const website = input.WebsiteConfiguration ?? {}
      const { IndexDocument, RedirectAllRequestsTo } = website
      if (!RedirectAllRequestsTo && !IndexDocument?.Suffix) throw malformedXml()
      if (IndexDocument?.Suffix?.includes('/')) {
        throw refusal('InvalidArgument', 400, 'The IndexDocument Suffix is not well formed')
      }
      return settings.put(input, { website })
    },
    DeleteBucketWebsite: (input) => settings.put(input, { website: undefined }),
  } satisfies Operations<S3>
}

function encryptionOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetBucketEncryption: (input) => ({
      ServerSideEncryptionConfiguration: settings.bucket(input).settings.encryption ?? {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const },
            BucketKeyEnabled: false,
          },
        ],
      },
    }),
    PutBucketEncryption(input) {
      const encryption = input.ServerSideEncryptionConfiguration
      const rule = encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
      if (!rule?.SSEAlgorithm) throw malformedXml()
      if (rule.SSEAlgorithm !== 'AES256') {
        throw notCarriedOut(`Default encryption ${rule.SSEAlgorithm}`)
      }
      return settings.put(input, { encryption })
    },
    DeleteBucketEncryption: (input) => settings.put(input, { encryption: undefined }),
  } satisfies Operations<S3>
}

function policyOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetBucketPolicy: (input) => ({
      Policy: settings.get(input, 'policy', [
        'NoSuchBucketPolicy',
        'The bucket policy does not exist',
      ]),
    }),
    PutBucketPolicy(input, ctx) {
      const bucket = settings.bucket(input)
      const policy = checkBucketPolicy(bucket, input.Policy ?? '')
      if (bucket.settings.publicAccessBlock?.BlockPublicPolicy && isPublicPolicy(policy)) {
        throw accessDenied(blockedSentence(bucket, ctx))
      }
      return settings.put(input, { policy })
    },
    DeleteBucketPolicy: (input) => settings.put(input, { policy: undefined }),
    GetBucketPolicyStatus(input) {
      const missing: [string, string] = ['NoSuchBucketPolicy', 'The bucket policy does not exist']
      const policy = settings.get(input, 'policy', missing)
      return { PolicyStatus: { IsPublic: isPublicPolicy(policy) } }
    },
  } satisfies Operations<S3>
}

function blockedSentence(bucket: Bucket, { principal }: RequestContext): string {
  return (
    `User: ${principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: ` +
    `"${bucketArn(bucket.name)}" because public policies are prevented by the BlockPublicPolicy ` +
    'setting in S3 Block Public Access.'
  )
}

function checkBucketPolicy(bucket: Bucket, text: string): string {
  const malformed = (message: string) => refusal('MalformedPolicy', 400, message)
  if (!text.trimStart().startsWith('{')) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'")
  }
  try {
    const { statements } = checkPolicy(text, 'resource')
    const arn = bucketArn(bucket.name)
    for (const { resources, notResources } of statements) {
      const named = resources ?? notResources
      if (!named) throw malformed('Missing required field Resource')
      if (
        named.some(
          (each) => each !== arn && !each.startsWith(`${arn}/`) && !each.startsWith(`${arn}*`),
        )
      ) {
        throw malformed('Policy has invalid resource')
      }
    }
  } catch (error) {
    if (error instanceof PolicyFault) throw malformed(error.message)
    throw error
  }
  return text
}

function publicAccessOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetPublicAccessBlock: (input) => ({
      PublicAccessBlockConfiguration: settings.get(input, 'publicAccessBlock', [
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
      ]),
    }),
    PutPublicAccessBlock(input) {
      const given = input.PublicAccessBlockConfiguration ?? {}
      return settings.put(input, {
        publicAccessBlock: {
          BlockPublicAcls: given.BlockPublicAcls ?? false,
          IgnorePublicAcls: given.IgnorePublicAcls ?? false,
          BlockPublicPolicy: given.BlockPublicPolicy ?? false,
          RestrictPublicBuckets: given.RestrictPublicBuckets ?? false,
        },
      })
    },
    DeletePublicAccessBlock: (input) => settings.put(input, { publicAccessBlock: undefined }),
    GetBucketOwnershipControls: (input) => ({
      OwnershipControls: settings.get(input, 'ownership', [
        'OwnershipControlsNotFoundError',
        'The bucket ownership controls were not found',
      ]),
    }),
    PutBucketOwnershipControls(input) {
      const ownership = input.OwnershipControls
      const wanted = ownership?.Rules?.[0]?.ObjectOwnership
      if (!wanted) throw malformedXml()
      const { acl } = settings.bucket(input).settings
      if (wanted === 'BucketOwnerEnforced' && isPublicAcl(acl)) {
        throw refusal(
          'InvalidBucketAclWithObjectOwnership',
          400,
          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )
      }
      return settings.put(input, { ownership })
    },
    DeleteBucketOwnershipControls: (input) => settings.put(input, { ownership: undefined }),
  } satisfies Operations<S3>
}
