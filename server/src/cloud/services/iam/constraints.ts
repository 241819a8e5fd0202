import { AwsError } from '../../gateway/index.ts'
import { type Rule, ruleOf } from './constraint-table.ts'
import { requiredOf } from './required-members.ts'

type Input = Record<string, unknown>

/**
 * Refuses an input whose members break their constraints, all of them in one ValidationError, as the
 * service does. Values aren't repeated in the text (they were until about 2023).
 */
export function checkInput(operation: string, input: Input): void {
  const broken: string[] = []
  for (const member of requiredOf(operation)) {
    if (input[member] === undefined) {
      broken.push(refused(memberName(member), 'Member must not be null'))
    }
  }
  for (const member of orderOf(input)) {
    const value = input[member]
    const rule = value === undefined ? undefined : ruleOf(operation, member)
    if (rule) broken.push(...faults(memberName(member), value, rule))
  }
  if (broken.length > 0) throw constraintError(broken)
  checkWording(operation, input)
}

export function constraintError(broken: string[]): AwsError {
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected`
  return new AwsError('ValidationError', `${count}: ${broken.join('; ')}`, { status: 400 })
}

// Seen: clientIDList before thumbprintList before url; passwordReusePrevention before maxPasswordAge.
const first = ['ClientIDList', 'ThumbprintList', 'MinimumPasswordLength', 'PasswordReusePrevention']

function orderOf(input: Input): string[] {
  const names = Object.keys(input)
  return [
    ...first.filter((name) => names.includes(name)),
    ...names.filter((n) => !first.includes(n)),
  ]
}

const memberName = (member: string) => member[0]!.toLowerCase() + member.slice(1)

const refused = (at: string, constraint: string) =>
  `Value at '${at}' failed to satisfy constraint: ${constraint}`

function faults(at: string, value: unknown, rule: Rule): string[] {
  if (Array.isArray(value)) return listFaults(at, value, rule)
  return scalarFaults(value, rule).map((constraint) => refused(at, constraint))
}

function listFaults(at: string, values: unknown[], rule: Rule): string[] {
  if (rule.max !== undefined && values.length > rule.max) {
    return [refused(at, `Member must have length less than or equal to ${rule.max}`)]
  }
  if (rule.tags) return tagFaults(at, values as Input[])
  const { item } = rule
  if (!item || values.every((value) => scalarFaults(value, item).length === 0)) return []
  const all = [...constraintsOf(item), ...(item.notNull ? ['Member must not be null'] : [])]
  return [refused(at, `Member must satisfy constraint: [${all.join(', ')}]`)]
}

const TAG = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`
const tagKey: Rule = { min: 1, max: 128, pattern: `${TAG}+`, notNull: true }
const tagValue: Rule = { max: 256, pattern: `${TAG}*` }

function tagFaults(at: string, tags: Input[]): string[] {
  return tags.flatMap(({ Key, Value }, index) => [
    ...memberFaults(`${at}.${index + 1}.member.key`, Key, tagKey),
    ...memberFaults(`${at}.${index + 1}.member.value`, Value, tagValue),
  ])
}

function memberFaults(at: string, value: unknown, rule: Rule): string[] {
  if (value === undefined) return rule.notNull ? [refused(at, 'Member must not be null')] : []
  return scalarFaults(value, rule).map((constraint) => refused(at, constraint))
}

function scalarFaults(value: unknown, rule: Rule): string[] {
  const size = typeof value === 'number' ? value : String(value).length
  const noun = typeof value === 'number' ? 'value' : 'length'
  const found: string[] = []
  if (rule.max !== undefined && size > rule.max) found.push(atMost(noun, rule.max))
  if (rule.min !== undefined && size < rule.min) found.push(atLeast(noun, rule.min))
  if (rule.pattern && !regexOf(rule.pattern).test(String(value))) found.push(like(rule.pattern))
  if (rule.values && !rule.values.includes(String(value))) found.push(oneOf(rule.values))
  return found
}

function constraintsOf(rule: Rule): string[] {
  return [
    ...(rule.max === undefined ? [] : [atMost('length', rule.max)]),
    ...(rule.min === undefined ? [] : [atLeast('length', rule.min)]),
    ...(rule.pattern ? [like(rule.pattern)] : []),
    ...(rule.values ? [oneOf(rule.values)] : []),
  ]
}

const atMost = (noun: string, most: number) =>
  `Member must have ${noun} less than or equal to ${most}`
const atLeast = (noun: string, least: number) =>
  `Member must have ${noun} greater than or equal to ${least}`
const like = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`
const oneOf = (values: string[]) =>
  `Member must satisfy enum value set: [${values.toSorted().join(', ')}]`

const regexes = new Map<string, RegExp>()

function regexOf(pattern: string): RegExp {
  let regex = regexes.get(pattern)
  if (!regex) regexes.set(pattern, (regex = new RegExp(`^(?:${pattern})$`, 'u')))
  return regex
}

// Names and paths are refused in words of their own, not by their pattern.
const named = new Map(
  ['UserName', 'RoleName', 'GroupName', 'PolicyName', 'InstanceProfileName'].flatMap((name) => [
    [name, /^[\w+=,.@-]+$/] as const,
    [`New${name}`, /^[\w+=,.@-]+$/] as const,
  ]),
)

function checkWording(operation: string, input: Input): void {
  for (const [member, pattern] of named) {
    const value = input[member]
    if (typeof value !== 'string' || pattern.test(value)) continue
    throw new AwsError(
      'ValidationError',
      `The specified value for ${memberName(member)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
      { status: 400 },
    )
  }
  for (const member of ['Path', 'NewPath']) {
    const value = input[member]
    if (typeof value === 'string') checkPath(operation, memberName(member), value)
  }
  const prefix = input['PathPrefix']
  if (typeof prefix === 'string' && !prefix.startsWith('/')) {
    throw new AwsError(
      'ValidationError',
      'The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.',
      { status: 400 },
    )
  }
}

function checkPath(operation: string, member: string, path: string): void {
  const pattern =
    operation === 'CreatePolicy' ? /^(?:\/[A-Za-z0-9.,+@=_-]+)*\/$/ : /^\/(?:[\x21-\x7e]+\/)?$/
  if (pattern.test(path)) return
  throw new AwsError(
    'ValidationError',
    `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
    { status: 400 },
  )
}
