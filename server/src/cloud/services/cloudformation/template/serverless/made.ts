import { createHash } from 'node:crypto'
import { invalid, isStructure, type Structure, type Value } from '../value.ts'

/** What of a resource's attributes goes to those made from it. */
export function passedOn(attributes: Structure): Structure {
  const { Condition } = attributes
  return Condition === undefined ? {} : { Condition }
}

/** Members with a value. */
export const defined = (members: Record<string, Value | undefined>): Structure =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Structure

export const picked = (properties: Structure, names: readonly string[]): Structure =>
  defined(Object.fromEntries(names.map((name) => [name, properties[name]])))

export const structureIn = (value: Value | undefined): Structure =>
  isStructure(value) ? value : {}

export const listIn = (value: Value | undefined): Value[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

export const arnOf = (id: string): Value => ({ 'Fn::GetAtt': [id, 'Arn'] })

const FAILED =
  'Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification ' +
  'document. Number of errors found: 1. '

export const refuseDocument = (why: string) => invalid(`${FAILED}${why}`)

export const refuseResource = (id: string, why: string) =>
  refuseDocument(`Resource with id [${id}] is invalid. ${why}`)

/** A property that nobody reads would be passed over in silence. */
export function refuseUnknown(
  properties: Structure,
  known: string,
  type: string,
  refuse: (why: string) => Error,
): void {
  const names = known.split(' ')
  const unknown = Object.keys(properties).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw refuse(`property ${unknown} not defined for resource of type ${type}`)
}

export const refuseEvent = (id: string, event: string, why: string) =>
  refuseResource(id, `Event with id [${event}] is invalid. ${why}`)

/** Ten digits that change with what is told: a name that ends so is another thing's each time. */
export function digest(value: Value): string {
  return createHash('sha1').update(sorted(value)).digest('hex').slice(0, 10)
}

function sorted(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (!isStructure(value)) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(value[name]!)}`).join(',')}}`
}

/** Values of parameters in place of references to them, as far as they are known beforehand. */
export function withParameters(value: Value, texts: Record<string, Value>): Value {
  if (Array.isArray(value)) return value.map((item) => withParameters(item, texts))
  if (!isStructure(value)) return value
  const name = Object.keys(value).length === 1 ? value['Ref'] : undefined
  if (typeof name === 'string' && Object.hasOwn(texts, name)) return texts[name]!
  return Object.fromEntries(
    Object.entries(value).map(([member, item]) => [member, withParameters(item, texts)]),
  )
}

/** Tags as a list: SAM writes them as a map. */
export const tagList = (tags: Value | undefined): Value[] =>
  Object.entries(structureIn(tags)).map(([Key, value]) => ({ Key, Value: value }))
