import { AwsError } from '../../gateway/index.ts'

export interface Tag {
  Key: string | undefined
  Value: string | undefined
}

export type TagRecord = Record<string, string>

/** Whether `Team` and `team` are one key: so for users and roles, not for the other resources. */
export type KeyCase = 'anyCase' | 'exactCase'

const TAGS_LIMIT = 50

export function tagRecord(tags: Tag[] | undefined): TagRecord {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

/** By key: answers list tags so, whatever order they were given in. */
export function tagList(tags: TagRecord): { Key: string; Value: string }[] {
  return Object.keys(tags)
    .sort()
    .map((Key) => ({ Key, Value: tags[Key]! }))
}

/** Refuses what a new entity may not have; the tags come back as they were given. */
export function checkedTags(tags: Tag[] | undefined, keyCase: KeyCase): Tag[] {
  if (tags?.some(({ Key = '' }) => /^aws:/i.test(Key))) {
    throw new AwsError('InvalidInput', 'Caller is not an end user; illegal system tag', {
      status: 400,
    })
  }
  const keys = (tags ?? []).map(({ Key = '' }) => (keyCase === 'anyCase' ? Key.toLowerCase() : Key))
  if (new Set(keys).size < keys.length) {
    const why = keyCase === 'anyCase' ? ' Please note that Tag keys are case insensitive.' : ''
    throw new AwsError('InvalidInput', `Duplicate tag keys found.${why}`, { status: 400 })
  }
  return tags ?? []
}

export function withTags(old: TagRecord, tags: Tag[] | undefined, keyCase: KeyCase): TagRecord {
  const added = tagRecord(checkedTags(tags, keyCase))
  const kept = withoutKeys(old, Object.keys(added), keyCase)
  const all = { ...kept, ...added }
  if (Object.keys(all).length > TAGS_LIMIT) {
    throw new AwsError('LimitExceeded', 'The number of tags has reached the maximum limit.', {
      status: 409,
    })
  }
  return all
}

export function withoutKeys(
  tags: TagRecord,
  keys: string[] | undefined,
  keyCase: KeyCase,
): TagRecord {
  const fold = (key: string) => (keyCase === 'anyCase' ? key.toLowerCase() : key)
  const gone = new Set((keys ?? []).map(fold))
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(fold(key))))
}
