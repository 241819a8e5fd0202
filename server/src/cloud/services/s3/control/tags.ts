import type { Operations, RequestContext, S3Control } from '../../../gateway/index.ts'
import type { S3Doors } from '../parts.ts'
import { tagsOf } from './access-points.ts'
import { noSuchPoint, ownAccount, refusal } from './refusals.ts'

interface TagInput {
  AccountId?: string | undefined
  ResourceArn?: string | undefined
}

type Tags = Record<string, string>

const MOST_TAGS = 50

/** Tags of a bucket or an access point by its ARN. */
export function tagOperations(s3: S3Doors) {
  return {
    async TagResource(input, ctx) {
      const given = tagsOf(input.Tags ?? [])
      await change(s3, input, ctx, (tags) => ({ ...tags, ...given }))
      return {}
    },
    async UntagResource(input, ctx) {
      const gone = new Set(input.TagKeys)
      await change(s3, input, ctx, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
      )
      return {}
    },
    ListTagsForResource(input, ctx) {
      const tags = resourceOf(s3, input, ctx).settings.tags ?? {}
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  } satisfies Operations<S3Control>
}

function resourceOf(s3: S3Doors, input: TagInput, ctx: RequestContext) {
  const account = ownAccount(input.AccountId, ctx)
  const arn = input.ResourceArn ?? ''
  const point = /^arn:aws[\w-]*:s3:([\w-]+):(\d{12}):accesspoint\/(.+)$/.exec(arn)
  if (point) {
    const [, region = '', owner = '', name = ''] = point
    const found = owner === account ? s3.accounts.point(owner, region, name) : undefined
    if (!found) throw noSuchPoint(name)
    return found
  }
  const name = /^arn:aws[\w-]*:s3:::([^/]+)$/.exec(arn)?.[1]
  if (name === undefined) throw refusal('InvalidRequest', 400, 'The resource ARN is not valid')
  const bucket = s3.buckets.get(name)
  if (bucket?.account === account) return bucket
  throw refusal('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: name })
}

async function change(
  s3: S3Doors,
  input: TagInput,
  ctx: RequestContext,
  edit: (tags: Tags) => Tags,
): Promise<void> {
  const resource = resourceOf(s3, input, ctx)
  const tags = edit(resource.settings.tags ?? {})
  if (Object.keys(tags).length > MOST_TAGS) {
    throw refusal('TooManyTags', 400, `A resource can have at most ${MOST_TAGS} tags.`)
  }
  if ('alias' in resource) {
    await s3.accounts.savePoint({ ...resource, settings: { ...resource.settings, tags } })
  } else await s3.buckets.update(resource.name, (settings) => ({ ...settings, tags }))
}
