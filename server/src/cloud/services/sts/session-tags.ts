import { AwsError, type Principal } from '../../gateway/index.ts'

interface Tag {
  Key?: string | undefined
  Value?: string | undefined
}

interface TagInput {
  Tags?: Tag[] | undefined
  TransitiveTagKeys?: string[] | undefined
}

type Context = Record<string, string | string[]>

const TAG = 'aws:PrincipalTag/'
/** Which of a session's tags go on into the sessions it takes. */
const TRANSITIVE = 'madang:transitiveTags'

const refused = (message: string) => new AwsError('InvalidParameterValue', message, { status: 400 })

/** Duplicates, and keys that the calling session has fixed. */
export function checkTags(input: TagInput, caller: Principal): void {
  const keys = (input.Tags ?? []).map(({ Key = '' }) => Key.toLowerCase())
  if (new Set(keys).size < keys.length) {
    throw refused('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  for (const key of input.TransitiveTagKeys ?? []) {
    if (!keys.includes(key.toLowerCase())) {
      throw refused('The specified transitive tag key must be included in the requested tags.')
    }
  }
  const inherited = transitiveOf(caller).map((key) => key.toLowerCase())
  if (keys.some((key) => inherited.includes(key))) {
    throw refused(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  }
}

/** The new session's tags for conditions: its own, and what the caller's hands on. */
export function tagContext(input: TagInput, caller: Principal | undefined): Context {
  const inherited = caller ? transitiveOf(caller) : []
  const handedOn = inherited.flatMap((key) => {
    const value = caller?.context?.[TAG + key]
    return typeof value === 'string' ? [[TAG + key, value] as const] : []
  })
  const own = (input.Tags ?? []).map(({ Key, Value }) => [`${TAG}${Key}`, Value ?? ''] as const)
  const transitive = [...inherited, ...(input.TransitiveTagKeys ?? [])]
  return {
    ...Object.fromEntries([...handedOn, ...own]),
    ...(transitive.length > 0 && { [TRANSITIVE]: transitive }),
  }
}

function transitiveOf({ context }: Principal): string[] {
  const keys = context?.[TRANSITIVE]
  return Array.isArray(keys) ? keys : []
}

/** For the question whether these tags may be given. */
export function tagRequestContext(input: TagInput): Context {
  const tags = input.Tags ?? []
  if (tags.length === 0) return {}
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''])),
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
    ...(input.TransitiveTagKeys?.length && { 'sts:TransitiveTagKeys': input.TransitiveTagKeys }),
  }
}
