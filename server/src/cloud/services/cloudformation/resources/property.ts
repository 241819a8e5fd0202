import type { Structure, Value } from '../model.ts'
import { isStructure } from '../template/index.ts'

// CloudFormation lets every scalar be written as text; the SDK's shapes want the real type.

export function text(value: Value | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

export function number(value: Value | undefined): number | undefined {
  return value === undefined || value === null ? undefined : Number(value)
}

export function flag(value: Value | undefined): boolean | undefined {
  return value === undefined || value === null ? undefined : String(value) === 'true'
}

export function list(value: Value | undefined): Value[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

export function texts(value: Value | undefined): string[] {
  return list(value).map(String)
}

export function structure(value: Value | undefined): Structure {
  return isStructure(value) ? value : {}
}

/** A policy as IAM wants it: JSON text. */
export function document(value: Value | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {})
}

const integers = /^-?\d+$/

/**
 * A structure whose members have the same names in CloudFormation and in the SDK: renames those that
 * differ, reads numbers and booleans written as text where the names say so, leaves the rest.
 */
export function shaped<T>(value: Value | undefined, rules: ShapeRules = {}): T | undefined {
  // The service validates what arrives, so the type is this table's promise and not a check.
  return isStructure(value) ? (shape(value, rules) as T) : undefined
}

export interface ShapeRules {
  rename?: Record<string, string>
  numbers?: readonly string[]
  flags?: readonly string[]
}

function shape(value: Value, rules: ShapeRules): Value {
  if (Array.isArray(value)) return value.map((item) => shape(item, rules))
  if (!isStructure(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const renamed = rules.rename?.[name] ?? name
      if (rules.flags?.includes(name)) return [renamed, String(item) === 'true']
      if (rules.numbers?.includes(name) && integers.test(String(item)))
        return [renamed, Number(item)]
      return [renamed, shape(item, rules)]
    }),
  )
}
