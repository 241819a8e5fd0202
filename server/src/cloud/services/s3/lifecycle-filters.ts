import { invalidRequest } from './refusals.ts'
import type { LifecycleRule } from './sdk-shapes.ts'

// Which objects a lifecycle rule is about: refusals of filters, and the words S3 has for them.

const LARGEST_OBJECT = 1_099_511_627_776_000
const LONGEST_PREFIX_BYTES = 1024

/** What a filter asks, whether alone or together with others. */
function partsOf({ Filter, Prefix }: LifecycleRule) {
  const from = Filter?.And ?? Filter
  return {
    prefix: from ? from.Prefix : Prefix,
    tags: Filter?.And ? (Filter.And.Tags ?? []) : Filter?.Tag ? [Filter.Tag] : [],
    above: from?.ObjectSizeGreaterThan,
    below: from?.ObjectSizeLessThan,
  }
}

export function checkFilter(rule: LifecycleRule): void {
  const { prefix = '', tags, above, below } = partsOf(rule)
  if (Buffer.byteLength(prefix) > LONGEST_PREFIX_BYTES) {
    throw invalidRequest('The maximum size of a prefix is 1024')
  }
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '' || Key.length > 128) {
      throw invalidRequest("A Tag's Key must be a length between 1 and 128.")
    }
    if (Value.length > 256) {
      throw invalidRequest("A Tag's Value must be a length between 0 and 256.")
    }
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw invalidRequest('Duplicate Tag Keys are not allowed.')
  }
  checkSize('ObjectSizeGreaterThan', above, 0)
  checkSize('ObjectSizeLessThan', below, 1)
  if (above !== undefined && below !== undefined && below <= above) {
    throw invalidRequest(
      "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
    )
  }
}

function checkSize(name: string, size: number | undefined, least: number): void {
  if (size === undefined || (size >= least && size <= LARGEST_OBJECT)) return
  throw invalidRequest(`'${name}' should be between ${least} and ${LARGEST_OBJECT}.`)
}

/** These two actions are about keys alone. */
export function checkKeysAlone(rule: LifecycleRule, action: string): void {
  const { tags, above, below } = partsOf(rule)
  if (tags.length > 0) throw invalidRequest(`${action} cannot be specified with Tags.`)
  if (above !== undefined || below !== undefined) {
    throw invalidRequest(`${action} cannot be specified with Object Size.`)
  }
}

/** A rule's objects as refusals name them: `filter '(prefix=a/ and objectsizelessthan=9)'`. */
export function scopeText(rule: LifecycleRule): string {
  if (!rule.Filter) return `prefix '${rule.Prefix ?? ''}'`
  const { prefix, tags, above, below } = partsOf(rule)
  const texts = [
    prefix !== undefined && `prefix=${prefix}`,
    ...tags.map(({ Key, Value }) => `tag={key=${Key}, value=${Value}}`),
    above !== undefined && `objectsizegreaterthan=${above}`,
    below !== undefined && `objectsizelessthan=${below}`,
  ]
  return `filter '(${texts.filter((text) => text !== false).join(' and ')})'`
}
