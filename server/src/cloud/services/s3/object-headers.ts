import type { ObjectMeta } from './model.ts'
import { invalidArgument, malformedXml, refusal } from './refusals.ts'

interface HeaderInput {
  ContentType?: string | undefined
  ContentEncoding?: string | undefined
  ContentDisposition?: string | undefined
  ContentLanguage?: string | undefined
  CacheControl?: string | undefined
  Expires?: Date | string | undefined
  ExpiresString?: string | undefined
  Metadata?: Record<string, string> | undefined
  StorageClass?: string | undefined
  WebsiteRedirectLocation?: string | undefined
  Tagging?: string | undefined
}

const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
])

const USER_METADATA_BYTES = 2048

/** What an object is to carry, out of a PutObject, a CopyObject or a CreateMultipartUpload. */
export function readMeta(input: HeaderInput): ObjectMeta {
  const meta: ObjectMeta = {}
  if (input.ContentType !== undefined) meta.contentType = input.ContentType
  if (input.ContentEncoding) meta.contentEncoding = input.ContentEncoding
  if (input.ContentDisposition) meta.contentDisposition = input.ContentDisposition
  if (input.ContentLanguage) meta.contentLanguage = input.ContentLanguage
  if (input.CacheControl) meta.cacheControl = input.CacheControl
  const expires = expiresText(input.ExpiresString ?? input.Expires)
  if (expires) meta.expires = expires
  const user = readUserMetadata(input.Metadata)
  if (user) meta.user = user
  if (input.StorageClass && input.StorageClass !== 'STANDARD') {
    if (!storageClasses.has(input.StorageClass)) throw unknownStorageClass(input.StorageClass)
    meta.storageClass = input.StorageClass
  }
  if (input.WebsiteRedirectLocation !== undefined) {
    meta.redirect = checkRedirect(input.WebsiteRedirectLocation)
  }
  if (input.Tagging) meta.tags = readTagHeader(input.Tagging)
  return meta
}

/** On the wire it is any text; from within this program a moment. */
export const expiresText = (given: Date | string | undefined): string | undefined =>
  given instanceof Date ? given.toUTCString() : given

function checkRedirect(location: string): string {
  if (/^(https?:\/\/|\/)/.test(location)) return location
  throw refusal(
    'InvalidRedirectLocation',
    400,
    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
  )
}

function unknownStorageClass(name: string) {
  return refusal('InvalidStorageClass', 400, 'The storage class you specified is not valid', {
    StorageClassRequested: name,
  })
}

function readUserMetadata(given: Record<string, string> | undefined) {
  if (!given) return undefined
  const entries = Object.entries(given)
  if (entries.length === 0) return undefined
  const size = entries.reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v), 0)
  if (size > USER_METADATA_BYTES) {
    throw refusal(
      'MetadataTooLarge',
      400,
      'Your metadata headers exceed the maximum allowed metadata size',
      { Size: size, MaxSizeAllowed: USER_METADATA_BYTES },
    )
  }
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), shown(value)]))
}

// node:http reads header bytes as Latin-1; UTF-8 in them is put together again. S3 gives such a value
// back as an RFC 2047 word ("Working with object metadata").
function shown(value: string): string {
  if (!/[^\x20-\x7e\t]/.test(value)) return value
  const isLatin = !/[^\x00-\xff]/.test(value)
  const bytes = Buffer.from(value, isLatin ? 'latin1' : 'utf8')
  return `=?UTF-8?B?${bytes.toString('base64')}?=`
}

const TAGS_PER_OBJECT = 10

/** `x-amz-tagging: a=1&b=2`, URL-encoded; a name alone has the empty value. */
export function readTagHeader(header: string): Record<string, string> {
  const pairs = [...new URLSearchParams(header)]
  const names = new Set(pairs.map(([name]) => name))
  if (names.size < pairs.length || header.split('&').some(isTorn)) {
    throw invalidArgument(
      'x-amz-tagging',
      header,
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    )
  }
  return checkTags(pairs.map(([Key, Value]) => ({ Key, Value })))
}

/** Two signs of equality, no name, or an escape that is none. */
const isTorn = (pair: string): boolean =>
  pair.split('=').length > 2 || pair.startsWith('=') || /%(?![\da-f]{2})/i.test(pair)

/** Letters, digits and spaces of any script, and a few signs ("Object tagging", tag restrictions). */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Throws InvalidTag or BadRequest. */
export function checkTags(
  tags: { Key?: string | undefined; Value?: string | undefined }[],
  most = TAGS_PER_OBJECT,
): Record<string, string> {
  if (tags.length > most) {
    throw refusal('BadRequest', 400, `Object tags cannot be greater than ${most}`)
  }
  const found: Record<string, string> = {}
  for (const { Key: TagKey, Value: TagValue } of tags) {
    if (TagKey === undefined || TagValue === undefined) throw malformedXml()
    if (Object.hasOwn(found, TagKey)) {
      throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey })
    }
    if (TagKey.startsWith('aws:')) {
      throw invalidTag('Your TagKey cannot be prefixed with aws:', { TagKey })
    }
    if (TagKey === '' || TagKey.length > 128 || !TAG_TEXT.test(TagKey)) {
      throw invalidTag('The TagKey you have provided is invalid', { TagKey })
    }
    if (TagValue.length > 256 || !TAG_TEXT.test(TagValue)) {
      throw invalidTag('The TagValue you have provided is invalid', { TagKey, TagValue })
    }
    found[TagKey] = TagValue
  }
  return found
}

const invalidTag = (message: string, members: Record<string, string>) =>
  refusal('InvalidTag', 400, message, members)

export const tagSet = (tags: Record<string, string> | undefined) =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }))
