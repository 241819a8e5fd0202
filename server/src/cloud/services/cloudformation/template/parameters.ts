import { userRegex } from '../../../../kernel/index.ts'
import type { TemplateParameter } from './model.ts'
import { storedType } from './store-references.ts'
import { invalid, type Value } from './value.ts'

export interface GivenParameter {
  ParameterKey?: string
  ParameterValue?: string
  UsePreviousValue?: boolean
}

/** Text of every parameter: given, kept from before, or the default. Checked in CloudFormation's order. */
export function parameterTexts(
  declaredAll: Record<string, TemplateParameter>,
  given: GivenParameter[],
  previous: Record<string, string> = {},
): Record<string, string> {
  const unknown = given
    .map((parameter) => parameter.ParameterKey ?? '')
    .filter((key) => !Object.hasOwn(declaredAll, key))
  if (unknown.length > 0) {
    throw invalid(`Parameters: [${unknown.join(', ')}] do not exist in the template`)
  }
  const byKey = new Map(given.map((parameter) => [parameter.ParameterKey, parameter]))
  const texts: Record<string, string> = {}
  const missing: string[] = []
  for (const [key, declared] of Object.entries(declaredAll)) {
    const text = textOf(key, byKey.get(key), declared, previous)
    if (text === undefined) missing.push(key)
    else texts[key] = text
  }
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`)
  for (const [key, text] of Object.entries(texts)) check(key, text, declaredAll[key]!)
  return texts
}

function textOf(
  key: string,
  given: GivenParameter | undefined,
  declared: TemplateParameter,
  previous: Record<string, string>,
): string | undefined {
  if (given?.UsePreviousValue) {
    if (previous[key] === undefined) {
      throw invalid(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      )
    }
    return previous[key]
  }
  return given?.ParameterValue ?? declared.default
}

function check(key: string, text: string, declared: TemplateParameter): void {
  const items = isList(declared.type) ? text.split(',').map((item) => item.trim()) : [text]
  for (const item of items) {
    const broken = violation(key, item, declared)
    if (broken === undefined) continue
    const { constraintDescription } = declared
    throw invalid(
      constraintDescription
        ? `Parameter '${key}' failed to satisfy constraint: ${constraintDescription}`
        : broken,
    )
  }
}

function patternOf(key: string, source: string): RegExp {
  const bad = (why: string) =>
    invalid(`Template error: AllowedPattern of parameter '${key}' ${why}: ${source}`)
  try {
    return userRegex(`^(?:${source})$`, '', () => bad('takes too long'))
  } catch {
    throw bad('is no regular expression') // a SyntaxError: nothing else can be wrong with it
  }
}

function violation(key: string, text: string, declared: TemplateParameter): string | undefined {
  const { allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = declared
  const name = `Parameter '${key}'`
  const isNumber = declared.type === 'Number' || declared.type === 'List<Number>'
  if (isNumber && (text.trim() === '' || Number.isNaN(Number(text))))
    return `${name} must be a number`
  if (allowedValues && !allowedValues.includes(text)) return `${name} must be one of AllowedValues`
  if (allowedPattern && !patternOf(key, allowedPattern).test(text)) {
    return `${name} must match pattern ${allowedPattern}`
  }
  if (minLength !== undefined && text.length < minLength) {
    return `${name} must contain at least ${minLength} characters`
  }
  if (maxLength !== undefined && text.length > maxLength) {
    return `${name} must contain at most ${maxLength} characters`
  }
  if (minValue !== undefined && Number(text) < minValue) {
    return `${name} must be a number not less than ${minValue}`
  }
  if (maxValue !== undefined && Number(text) > maxValue) {
    return `${name} must be a number not greater than ${maxValue}`
  }
  return undefined
}

export function isList(type: string): boolean {
  const inner = storedType(type) ?? type
  return inner === 'CommaDelimitedList' || inner.startsWith('List<')
}

/** What `Ref` gives for each parameter. */
export function parameterValues(
  declared: Record<string, TemplateParameter>,
  texts: Record<string, string>,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [
      key,
      isList(declared[key]?.type ?? '')
        ? text === ''
          ? []
          : text.split(',').map((item) => item.trim())
        : text,
    ]),
  )
}
