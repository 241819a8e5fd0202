import { invalid, isStructure, type Value } from './value.ts'

// Values of Parameter Store, by parameter types and by dynamic references:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html

/** What stands in `AWS::SSM::Parameter::Value<…>`; undefined for every other type. */
export const storedType = (type: string): string | undefined =>
  /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1]

export const isStoredName = (type: string): boolean => type === 'AWS::SSM::Parameter::Name'

export interface StoreReference {
  /** With its braces. */
  text: string
  isSecure: boolean
  name: string
  version?: string
  /** `LoginProfile/Password`; lists end it. */
  path: string
}

const form = /\{\{resolve:(ssm|ssm-secure):([^}]*)\}\}/g

/** Every reference inside a resolved value, in order. */
export function storeReferencesIn(value: Value | undefined, path: string[] = []): StoreReference[] {
  if (typeof value === 'string') return [...value.matchAll(form)].map((match) => read(match, path))
  if (Array.isArray(value)) return value.flatMap((item) => storeReferencesIn(item, path))
  if (!isStructure(value)) return []
  return Object.entries(value).flatMap(([name, item]) => storeReferencesIn(item, [...path, name]))
}

function read([text, service, rest]: RegExpMatchArray, path: string[]): StoreReference {
  const [name = '', version, ...more] = rest!.split(':')
  const isFine = name !== '' && more.length === 0 && /^\d*$/.test(version ?? '')
  if (!isFine) throw invalid(`Incorrect format is used in the following SSM reference: [${text}]`)
  return { text, isSecure: service === 'ssm-secure', name, version, path: path.join('/') }
}

/** Properties that take a secure string, by `<type>/Properties/<path>`; of the types there are here. */
const secure = new Set(['AWS::IAM::User/Properties/LoginProfile/Password'])

export function checkSecure(type: string, references: StoreReference[]): void {
  const wrong = references
    .filter(({ isSecure }) => isSecure)
    .map(({ path }) => `${type}/Properties/${path}`)
    .filter((place) => !secure.has(place))
  if (wrong.length === 0) return
  throw invalid(`SSM Secure reference is not supported in: [${wrong.join(',')}]`)
}

/** The value with every reference replaced whose text is known. */
export function withStored(value: Value, stored: Readonly<Record<string, string>>): Value {
  if (typeof value === 'string') return value.replace(form, (text) => stored[text] ?? text)
  if (Array.isArray(value)) return value.map((item) => withStored(item, stored))
  if (!isStructure(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withStored(item, stored)]),
  )
}
