/**
 * Constraints of a service model, told as AWS's front ends tell them:
 * `2 validation errors detected: Value 'x' at 'path' failed to satisfy constraint: Member must …; …`.
 */
export type Rule = (value: unknown, path: string) => string[]

/** Members in the order in which the service tells them. */
export type Rules = Record<string, Rule>

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function holdsBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsBytes)
}

/** Bytes are never repeated in an answer. */
function failed(value: unknown, path: string, constraint: string): string {
  const told = holdsBytes(value) ? '' : ` '${shown(value)}'`
  return `Value${told} at '${path}' failed to satisfy constraint: Member must ${constraint}`
}

const rule =
  (...checks: [isWrong: (value: never) => boolean, constraint: string][]): Rule =>
  (value, path) =>
    value === undefined
      ? []
      : checks
          .filter(([isWrong]) => isWrong(value as never))
          .map(([, constraint]) => failed(value, path, constraint))

export const required =
  (inner: Rule = () => []): Rule =>
  (value, path) =>
    value === undefined
      ? [`Value null at '${path}' failed to satisfy constraint: Member must not be null`]
      : inner(value, path)

/** Length of a text, bytes or a list. */
export const length = (least: number, most: number): Rule =>
  rule(
    [
      ({ length }: { length: number }) => length > most,
      `have length less than or equal to ${most}`,
    ],
    [
      ({ length }: { length: number }) => length < least,
      `have length greater than or equal to ${least}`,
    ],
  )

/** `tested`: the same in JavaScript's words, where the service's are none. */
export const pattern = (source: string, tested = source): Rule => {
  const whole = new RegExp(`^(?:${tested})$`, 'u')
  return rule([
    (value: string) => !whole.test(value),
    `satisfy regular expression pattern: ${source}`,
  ])
}

export const range = (least: number, most: number): Rule =>
  rule(
    [(value: number) => value > most, `have value less than or equal to ${most}`],
    [(value: number) => value < least, `have value greater than or equal to ${least}`],
  )

export const oneOf = (...values: string[]): Rule =>
  rule([
    (value: string) => !values.includes(value),
    `satisfy enum value set: [${values.join(', ')}]`,
  ])

/** A list of words of an enum: told of the list, not of its element. */
export const eachOneOf = (...values: string[]): Rule =>
  rule([
    (list: string[]) => list.some((value) => !values.includes(value)),
    `satisfy constraint: [Member must satisfy enum value set: [${values.join(', ')}]]`,
  ])

export const all =
  (...rules: Rule[]): Rule =>
  (value, path) =>
    rules.flatMap((one) => one(value, path))

export const members =
  (rules: Rules): Rule =>
  (value, path) =>
    value === undefined ? [] : violations(value as Record<string, unknown>, rules, `${path}.`)

export const each =
  (inner: Rule): Rule =>
  (value, path) =>
    value === undefined
      ? []
      : (value as unknown[]).flatMap((one, index) => inner(one, `${path}.${index + 1}.member`))

/** What an input violates, each as AWS's clause. */
export function violations(input: Record<string, unknown>, rules: Rules, prefix = ''): string[] {
  return Object.entries(rules).flatMap(([member, check]) =>
    check(input[member], prefix + member[0]!.toLowerCase() + member.slice(1)),
  )
}

/** The sentence for violations, or nothing when there are none. */
export function refusalText(found: string[]): string | undefined {
  if (found.length === 0) return undefined
  const noun = found.length === 1 ? 'validation error' : 'validation errors'
  return `${found.length} ${noun} detected: ${found.join('; ')}`
}
