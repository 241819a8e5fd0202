import type { Operations, RequestContext, S3Control } from '../../../gateway/index.ts'
import type { S3Doors } from '../parts.ts'
import { malformedXml } from '../refusals.ts'
import { ownAccount, refusal } from './refusals.ts'

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
      const given = readTags(input.Tags ?? [])
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
    if (!found) throw noSuchResource()
    return found
  }
  const name = /^arn:aws[\w-]*:s3:::([^/]+)$/.exec(arn)?.[1]
  if (name === undefined) throw refusal('InvalidRequest', 400, 'The resource ARN is not valid')
  const bucket = s3.buckets.get(name)
  if (bucket?.account === account) return bucket
  throw noSuchResource()
}

const noSuchResource = () => refusal('NoSuchResource', 404, "The specified resource doesn't exist.")

const wanted = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Tags as this half of S3 refuses them, which isn't as the other does. */
function readTags(given: { Key?: string | undefined; Value?: string | undefined }[]): Tags {
  const tags: Tags = {}
  for (const { Key, Value } of given) {
    if (Key === undefined || Value === undefined) throw malformedXml()
    if (Key.startsWith('aws:')) throw invalidTag(RESERVED)
    if (Object.hasOwn(tags, Key)) throw invalidTag(DUPLICATE)
    const isLegal = Key !== '' && Key.length <= 128 && Value.length <= 256
    if (!isLegal || !wanted.test(Key) || !wanted.test(Value)) throw invalidTag(ILLEGAL)
    tags[Key] = Value
  }
  return tags
}

const invalidTag = (message: string) => refusal('InvalidTag', 400, message)

const RESERVED =
  'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.'
const DUPLICATE =
  'There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.'
const ILLEGAL =
  "This request contains a tag key or value that isn't valid. Valid characters include the following: [a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters."

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
