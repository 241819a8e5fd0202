import type { Structure } from '../model.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'
import { document, flag, text } from './property.ts'
import { bucketSettings, type Setting } from './s3-settings.ts'

const gone = ['NoSuchBucket', 'NotFound']

async function configure(
  context: ResourceContext,
  bucket: string,
  next: Structure,
  previous: Structure,
): Promise<void> {
  for (const [name, setting] of Object.entries(bucketSettings)) {
    if (next[name] === undefined && previous[name] === undefined) continue
    if (JSON.stringify(next[name]) === JSON.stringify(previous[name])) continue
    await apply(context, bucket, setting, next, name)
  }
  const tags = context.tags(next['Tags']).filter((tag) => !tag.Key.startsWith('aws:'))
  if (tags.length > 0) {
    await context.aws.s3.putBucketTagging({ Bucket: bucket, Tagging: { TagSet: tags } })
  } else if (previous['Tags'] !== undefined) {
    await context.aws.s3.deleteBucketTagging({ Bucket: bucket })
  }
}

async function apply(
  context: ResourceContext,
  bucket: string,
  setting: Setting,
  next: Structure,
  name: string,
): Promise<void> {
  const value = next[name]
  if (value !== undefined) await setting.put(context.aws.s3, bucket, value)
  else await setting.remove(context.aws.s3, bucket)
}

function bucketOutcome(context: ResourceContext, bucket: string) {
  const { hostname, port } = new URL(context.originUrl)
  const local = port ? `:${port}` : ''
  const website = `http://${bucket}.s3-website-${context.region}.${hostname}${local}`
  return {
    physicalId: bucket,
    attributes: {
      Arn: `arn:aws:s3:::${bucket}`,
      DomainName: `${bucket}.s3.amazonaws.com`,
      RegionalDomainName: `${bucket}.s3.${context.region}.amazonaws.com`,
      DualStackDomainName: `${bucket}.s3.dualstack.${context.region}.amazonaws.com`,
      WebsiteURL: website,
    },
  }
}

export const s3Providers: Providers = {
  'AWS::S3::Bucket': {
    properties: {
      ...changes('replace', 'BucketName ObjectLockEnabled'),
      ...changes('update', 'Tags'),
      ...Object.fromEntries(Object.keys(bucketSettings).map((name) => [name, 'update' as const])),
    },
    attributes: ['Arn', 'DomainName', 'RegionalDomainName', 'DualStackDomainName', 'WebsiteURL'],
    tagged: true,
    async create(context, properties) {
      const name = text(properties['BucketName'])
      const bucket = context.physicalId ?? name ?? context.physicalName(63, { lowerCase: true })
      const place = context.region === 'us-east-1' ? undefined : context.region
      await makeOnce(context, bucket, ['BucketAlreadyOwnedByYou'], () =>
        context.aws.s3.createBucket({
          Bucket: bucket,
          ObjectLockEnabledForBucket: flag(properties['ObjectLockEnabled']),
          CreateBucketConfiguration: place
            ? { LocationConstraint: place as 'eu-west-1' }
            : undefined,
        }),
      )
      await configure(context, bucket, properties, {})
      return bucketOutcome(context, bucket)
    },
    async update(context, bucket, next, previous) {
      await configure(context, bucket, next, previous)
      return bucketOutcome(context, bucket)
    },
    async delete(context, bucket) {
      await unlessGone(gone, () => context.aws.s3.deleteBucket({ Bucket: bucket }))
    },
  },
  'AWS::S3::BucketPolicy': {
    properties: { ...changes('replace', 'Bucket'), ...changes('update', 'PolicyDocument') },
    required: ['Bucket', 'PolicyDocument'],
    attributes: [],
    async create(context, properties) {
      const bucket = String(properties['Bucket'])
      await context.aws.s3.putBucketPolicy({
        Bucket: bucket,
        Policy: document(properties['PolicyDocument']),
      })
      return { physicalId: bucket, attributes: {} }
    },
    async update(context, bucket, next) {
      await context.aws.s3.putBucketPolicy({
        Bucket: bucket,
        Policy: document(next['PolicyDocument']),
      })
      return { physicalId: bucket, attributes: {} }
    },
    async delete(context, bucket) {
      await unlessGone([...gone, 'NoSuchBucketPolicy'], () =>
        context.aws.s3.deleteBucketPolicy({ Bucket: bucket }),
      )
    },
  },
}
