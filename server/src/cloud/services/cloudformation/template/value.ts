import { AwsError } from '../../../gateway/index.ts'

/** What a template, its parameters and resolved properties are made of. */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value }
export type Structure = Record<string, Value>

export function isStructure(value: Value | undefined): value is Structure {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `[name, argument]` of a function call such as `{ Ref: … }`; undefined for anything else. */
export function asCall(value: Value | undefined): [string, Value] | undefined {
  if (!isStructure(value)) return undefined
  const names = Object.keys(value)
  const name = names[0]
  if (names.length !== 1 || name === undefined) return undefined
  return name === 'Ref' || name.startsWith('Fn::') ? [name, value[name]!] : undefined
}

/** CloudFormation's answer to anything wrong in a template or its parameters. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message, { status: 400 })
}

/** Text with the names of a structure in order, so that equal values are equal texts. */
export function canonical(value: Value | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (isStructure(value)) {
    const members = Object.keys(value).sort()
    return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
  }
  // CloudFormation hands scalars over as text: true and "true" are one value.
  return value === undefined ? '' : JSON.stringify(value === null ? null : String(value))
}
