import { latest, type Parameter, type Version } from './model.ts'
import { checkPath, isBelow } from './names.ts'
import * as refuse from './refusals.ts'

export interface Filter {
  Key?: string | undefined
  Option?: string | undefined
  Values?: string[] | undefined
}

const compared = ['BeginsWith', 'Equals']
/** Which filters a list takes, each with its options; the first of a path's is what is meant unless told. */
const known: Record<'path' | 'describe', Record<string, string[]>> = {
  path: { Type: compared, KeyId: compared, Label: ['Equals', 'BeginsWith'] },
  describe: {
    Path: ['Recursive', 'OneLevel'],
    Name: [...compared, 'Contains'],
    Type: compared,
    KeyId: compared,
    Tier: ['Equals'],
    DataType: compared,
  },
}

const values: Record<string, string[]> = {
  Type: ['String', 'StringList', 'SecureString'],
  Tier: ['Standard', 'Advanced', 'Intelligent-Tiering'],
}

/** In the words of Systems Manager. */
export function checkFilters(filters: Filter[], list: 'path' | 'describe'): void {
  const seen = new Set<string>()
  for (const { Key, Option, Values } of filters) {
    const key = Key!
    const isTag = key.startsWith('tag:') && list === 'describe'
    const options = isTag ? compared : known[list][key]
    if (!options) {
      const keys = list === 'path' ? 'Type, KeyId' : 'Path, Name, Type, KeyId, Tier'
      const dot = list === 'path' ? '.' : ''
      throw refuse.badFilterKey(
        `The following filter key is not valid: ${key}. Valid filter keys include: [${keys}]${dot}`,
      )
    }
    if (!isTag && (Values?.length ?? 0) === 0) {
      throw refuse.badFilterValue(
        `The following filter values are missing : null for filter key ${key}`,
      )
    }
    if (seen.has(key)) {
      throw refuse.badFilterKey(
        `The following filter is duplicated in the request: ${key}. A request can contain only one ` +
          'occurrence of a specific filter.',
      )
    }
    seen.add(key)
    checkOption(key, Option, options)
    checkValues(key, Option, Values ?? [])
  }
}

function checkOption(key: string, option: string | undefined, options: string[]): void {
  if (option === undefined || options.includes(option)) return
  const shown = key === 'Path' ? options : options.filter((one) => one !== 'Contains')
  const dot = key === 'Path' ? '' : '.'
  throw refuse.badFilterOption(
    `The following filter option is not valid: ${option}. Valid options include: [${shown.join(', ')}]${dot}`,
  )
}

function checkValues(key: string, option: string | undefined, given: string[]): void {
  if (key === 'Path') {
    if (given.some((path) => /^\/(aws|ssm)/i.test(path))) {
      throw refuse.invalid(
        'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
      )
    }
    given.forEach(checkPath)
  }
  const allowed = option === 'BeginsWith' ? undefined : values[key]
  const wrong = allowed && given.find((value) => !allowed.includes(value))
  if (wrong === undefined) return
  throw refuse.badFilterValue(
    `The following filter value is not valid: ${wrong}. Valid values include: [${allowed!.join(', ')}]`,
  )
}

/** Whether one version of a parameter fits all filters; of each any of its values will do. */
export function fits(parameter: Parameter, version: Version, filters: Filter[]): boolean {
  return filters.every((filter) => fitsOne(parameter, version, filter))
}

const bare = (name: string) => name.replace(/^\//, '')

function fitsOne(parameter: Parameter, version: Version, filter: Filter): boolean {
  const key = filter.Key!
  const wanted = filter.Values ?? []
  if (key === 'Path') {
    const isRecursive = filter.Option === 'Recursive'
    return wanted.some((path) => isBelow(parameter.name, path, isRecursive))
  }
  // A name fits with and without its first slash.
  if (key === 'Name') {
    if (filter.Option === 'Contains') {
      const full = parameter.name.startsWith('/') ? parameter.name : `/${parameter.name}`
      return wanted.some((value) => full.includes(value))
    }
    return wanted.some((value) => matches(bare(parameter.name), bare(value), filter.Option))
  }
  const own = ownOf(parameter, version, key)
  if (key.startsWith('tag:') && wanted.length === 0) return own.length > 0
  return wanted.some((value) => own.some((text) => matches(text, value, filter.Option)))
}

const matches = (text: string, value: string, option: string | undefined) =>
  option === 'BeginsWith' ? text.startsWith(value) : text === value

function ownOf(parameter: Parameter, version: Version, key: string): string[] {
  if (key.startsWith('tag:')) {
    const value = parameter.tags[key.slice(4)]
    return value === undefined ? [] : [value]
  }
  if (key === 'Label') return version.labels
  const facts: Record<string, string | undefined> = {
    Type: version.type,
    KeyId: version.keyId,
    Tier: version.tier,
    DataType: version.dataType,
  }
  const value = facts[key]
  return value === undefined ? [] : [value]
}

/** The older form of DescribeParameters' filters: `Filters`. */
export function fitsOld(parameter: Parameter, filters: Filter[]): boolean {
  return filters.every(({ Key, Values = [] }) =>
    Key === 'Name'
      ? Values.some((value) => parameter.name.startsWith(value))
      : fitsOne(parameter, latest(parameter), { Key, Values }),
  )
}
