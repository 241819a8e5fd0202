import type { StreamFacts } from './model.ts'
import { badArgument } from './refusals.ts'

export const MOST_TAGS = 50

export type Tags = Record<string, string>
export type Named = Pick<StreamFacts, 'name' | 'account'>

export function withMore(tags: Tags, more: Tags, of: Named): Tags {
  const all = { ...tags, ...more }
  checkCharacters(Object.entries(more).flat(), 'add', of)
  checkCount(all, of)
  return all
}

export function without(tags: Tags, keys: string[], of: Named): Tags {
  checkCharacters(keys, 'remove', of)
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}

/** The tags of a new stream or consumer. */
export const checkTags = (tags: Tags, of: Named): void => void withMore({}, tags, of)

const INVALID = /[^\p{L}\p{N}\p{Z}_.:/=+\-@%]/u

/** A percent sign passes the first of two checks and fails the second. */
function checkCharacters(
  texts: string[],
  wanted: 'add' | 'remove',
  { name, account }: Named,
): void {
  if (texts.some((text) => INVALID.test(text))) {
    throw badArgument(
      'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white ' +
        'space, _ . / = + - % @.',
    )
  }
  if (!texts.some((text) => text.includes('%'))) return
  const what = wanted === 'add' ? 'add tags to' : 'remove tags from'
  throw badArgument(
    `Failed to ${what} stream ${name} under account ${account} because some tags contained ` +
      "illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/'," +
      "'=','+','-','@'.",
  )
}

function checkCount(tags: Tags, { name, account }: Named): void {
  if (Object.keys(tags).length <= MOST_TAGS) return
  throw badArgument(
    `Failed to add tags to stream ${name} under account ${account} because a given stream cannot ` +
      `have more than ${MOST_TAGS} tags associated with it.`,
  )
}
