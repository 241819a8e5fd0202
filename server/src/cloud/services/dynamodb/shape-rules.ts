import { invalid } from './refusals.ts'

/**
 * A constraint of the service model. Those violated are told together, as
 * `2 validation errors detected: Value 'x' at 'path' failed to satisfy constraint: …; …`.
 */
export type Rule = (value: unknown, path: string) => string[]
export type Rules = [member: string, ...rules: Rule[]][]

const failed = (value: unknown, path: string, constraint: string): string[] => {
  const structure = structures[path.slice(path.lastIndexOf('.') + 1)]
  const shown = value === undefined ? 'null' : `'${shownValue(value, structure)}'`
  return [`Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`]
}

const said = (value: unknown, path: string, constraint: string): string[] =>
  failed(value, path, `Member must ${constraint}`)

/** Lists whose elements were seen told by the name of their structure. */
const structures: Record<string, string> = { keySchema: 'KeySchemaElement' }

const memberName = (member: string) => member[0]!.toLowerCase() + member.slice(1)

/** The newer form of a refusal names the member as it is sent and doesn't show its value. */
export const unechoed = (path: string, constraint: string): string =>
  `Value at '${path}' failed to satisfy constraint: Member must ${constraint}`

/** An enum as the newer form refuses it, whose own list of values has a name that is none. */
export const unnamedOneOf =
  (values: string[], shown = values): Rule =>
  (value) =>
    value === undefined || values.includes(value as string)
      ? []
      : [
          'Failed to satisfy constraint: Member must satisfy enum value set: ' +
            `[${shown.join(', ')}]`,
        ]

function shownValue(value: unknown, structure?: string): string {
  if (Array.isArray(value)) return `[${value.map((one) => shownValue(one, structure)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value)
  if (structure) {
    return `${structure}(${members.map(([key, one]) => `${memberName(key)}=${one}`).join(', ')})`
  }
  // Maps show as Java's do; what is deeper is told in short.
  return `{${members.map(([key, one]) => `${key}=${shownValue(one)}`).join(', ')}}`
}

/** Absent members are `required`'s affair alone. */
const given =
  (isWrong: (value: never) => boolean, constraint: string): Rule =>
  (value, path) =>
    value !== undefined && isWrong(value as never) ? said(value, path, constraint) : []

export const required: Rule = (value, path) =>
  value === undefined ? said(value, path, 'not be null') : []

export const oneOf = (...values: string[]): Rule =>
  given(
    (value: string) => !values.includes(value),
    `satisfy enum value set: [${values.join(', ')}]`,
  )

export const atLeast = (least: number): Rule =>
  given((value: number) => value < least, `have value greater than or equal to ${least}`)

export const atMost = (most: number): Rule =>
  given((value: number) => value > most, `have value less than or equal to ${most}`)

const lengthOf = (value: string | unknown[] | object) =>
  typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value).length

export const longerThan = (least: number): Rule =>
  given(
    (value: string | unknown[]) => lengthOf(value) < least,
    `have length greater than or equal to ${least}`,
  )

export const shorterThan = (most: number): Rule =>
  given(
    (value: string | unknown[]) => lengthOf(value) > most,
    `have length less than or equal to ${most}`,
  )

export const matching = (pattern: string): Rule => {
  const whole = new RegExp(`^(?:${pattern})$`)
  return given(
    (value: string) => !whole.test(value),
    `satisfy regular expression pattern: ${pattern}`,
  )
}

/** Members of a structure, in the order in which the service looks at them. */
export const members =
  (rules: Rules): Rule =>
  (value, path) =>
    value === undefined ? [] : violations(value as Record<string, unknown>, rules, `${path}.`)

/** Each element of a list (from 1) or each value of a map (by its key). */
export const each =
  (rule: Rule): Rule =>
  (value, path) => {
    if (value === undefined) return []
    const list = Array.isArray(value)
    return Object.entries(value as object).flatMap(([key, inner]) =>
      rule(inner, `${path}.${list ? Number(key) + 1 : key}.member`),
    )
  }

const must = (constraints: string[]) =>
  `[${constraints.map((constraint) => `Member must ${constraint}`).join(', ')}]`

/** A list's elements: the whole list is told once for each that is wrong. */
export const elementsWithin =
  (isRight: (element: string) => boolean, constraints: string[]): Rule =>
  (value, path) =>
    ((value ?? []) as string[])
      .filter((element) => !isRight(element))
      .flatMap(() => said(value, path, `satisfy constraint: ${must(constraints)}`))

/** A map's keys: the whole map is told once for each that is wrong; reads show theirs as JSON. */
export const keysWithin =
  (
    isRight: (key: string) => boolean,
    constraints: string[],
    shown: (map: unknown) => string,
  ): Rule =>
  (value, path) =>
    Object.keys((value ?? {}) as object)
      .filter((key) => !isRight(key))
      .map(() => {
        const constraint = `Map keys must satisfy constraint: ${must(constraints)}`
        return `Value '${shown(value)}' at '${path}' failed to satisfy constraint: ${constraint}`
      })

/** A map's lists, told in the same way. */
export const valuesWithin =
  (
    isRight: (list: unknown[]) => boolean,
    constraints: string[],
    shown: (map: unknown) => string,
  ): Rule =>
  (value, path) =>
    Object.values((value ?? {}) as Record<string, unknown[]>)
      .filter((list) => !isRight(list))
      .map(() => {
        const constraint = `Map value must satisfy constraint: ${must(constraints)}`
        return `Value '${shown(value)}' at '${path}' failed to satisfy constraint: ${constraint}`
      })

export function violations(input: Record<string, unknown>, rules: Rules, prefix = ''): string[] {
  const found: string[] = []
  for (const [member, ...checks] of rules) {
    const value = input[member]
    // Of an absent member only `required` has anything to say.
    if (value === undefined && !checks.includes(required)) continue
    const path = prefix + memberName(member)
    for (const check of checks) found.push(...check(value, path))
  }
  return found
}

const MOST_SHOWN = 10

export function refuse(found: string[]): void {
  if (found.length === 0) return
  const shown = found.slice(0, MOST_SHOWN)
  const noun = shown.length === 1 ? 'validation error' : 'validation errors'
  throw invalid(`${shown.length} ${noun} detected: ${shown.join('; ')}`)
}
