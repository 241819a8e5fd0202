import { type Aws, AwsError } from '../../../gateway/index.ts'
import { prepare } from '../engine/index.ts'
import type { StackInput } from '../model.ts'
import {
  checkSecure,
  invalid,
  isList,
  isStoredName,
  KNOWN_AFTER_APPLY,
  resolve,
  storedType,
  type StoreReference,
  storeReferencesIn,
  type TemplateParameter,
} from '../template/index.ts'

const MOST_NAMES = 10

/** Whose names the stack is made in; asked for when there is something to fetch. */
type AwsOf = () => Promise<Aws>

interface Found {
  type: string
  value: string
}

/** What the names stand for, by name; a name may have a version. */
async function fetched(awsOf: AwsOf, names: string[]): Promise<Map<string, Found>> {
  const wanted = [...new Set(names)]
  const found = new Map<string, Found>()
  if (wanted.length === 0) return found
  const aws = await awsOf()
  for (let at = 0; at < wanted.length; at += MOST_NAMES) {
    const Names = wanted.slice(at, at + MOST_NAMES)
    const { Parameters = [] } = await asked(() => aws.ssm.getParameters({ Names }))
    for (const { Name, ARN, Selector = '', Type, Value } of Parameters) {
      for (const name of [Name! + Selector, ARN! + Selector]) {
        found.set(name, { type: Type!, value: Value! })
      }
    }
  }
  return found
}

async function asked<R>(call: () => Promise<R>): Promise<R> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof AwsError) throw invalid(error.message)
    throw error
  }
}

const missing = (names: string[]) =>
  invalid(`Unable to fetch parameters [${names.join(',')}] from parameter store for this account.`)

/** Values of the parameters that name some of Parameter Store, by their keys. */
export async function storedParameters(
  aws: AwsOf,
  declared: Record<string, TemplateParameter>,
  texts: Record<string, string>,
): Promise<Pick<StackInput, 'stored' | 'brokenBy'>> {
  const typed = Object.entries(texts).flatMap(([key, name]) => {
    const type = storedType(declared[key]!.type)
    return type === undefined ? [] : [{ key, name, type }]
  })
  const named = Object.entries(texts).filter(([key]) => isStoredName(declared[key]!.type))
  const found = await fetched(aws, [...typed, ...named.map(([, name]) => ({ name }))].map(nameOf))
  const absent = typed.filter(({ name }) => !found.has(name))
  if (absent.length > 0) throw missing(absent.map(nameOf))
  checkTypes(typed, found)
  const stored = typed.map(({ key, name, type }): [string, string] => {
    const { value } = found.get(name)!
    return [key, isList(type) ? trimmed(value) : value]
  })
  const [key, name] = named.find(([, name]) => !found.has(name)) ?? []
  return {
    stored: Object.fromEntries(stored),
    ...(key !== undefined && {
      brokenBy: `Parameter validation failed: parameter value ${name} for parameter name ${key} does not exist`,
    }),
  }
}

const nameOf = ({ name }: { name: string }) => name
const trimmed = (list: string) =>
  list
    .split(',')
    .map((item) => item.trim())
    .join(',')

function checkTypes(typed: { name: string; type: string }[], found: Map<string, Found>): void {
  const secret = typed.filter(({ name }) => found.get(name)!.type === 'SecureString')
  if (secret.length > 0) {
    throw invalid(
      `Parameters [${secret.map(nameOf).join(',')}] referenced by template have types not supported by CloudFormation.`,
    )
  }
  const unlike = typed.filter(
    ({ name, type }) => isList(type) !== (found.get(name)!.type === 'StringList'),
  )
  if (unlike.length === 0) return
  throw invalid(
    `Types for SSM parameters [${unlike.map(nameOf).join(',')}] defined in CFN template and SSM are incompatible`,
  )
}

/** Throws for defaults that would mean another thing on another day. */
export function checkDefaults(declared: Record<string, TemplateParameter>): void {
  for (const [key, { default: text }] of Object.entries(declared)) {
    if (storeReferencesIn(text).some(({ version }) => !version)) {
      throw invalid(`Template error: parameter ${key} should not contain ssm versionless resolver`)
    }
  }
}

/**
 * Values of the dynamic references in resources and outputs, by their text. Secure ones are only
 * looked at: they are opened when a resource takes them.
 */
export async function storedReferences(
  aws: AwsOf,
  input: StackInput,
  place: { account: string; region: string },
  exports: { name: string; value: string }[],
): Promise<Record<string, string>> {
  if (!`${input.templateText}${JSON.stringify(input.parameters)}`.includes('resolve:')) return {}
  const references = referencesOf(input, place, exports)
  const found = await fetched(aws, references.map(addressOf))
  const absent = references.map(addressOf).filter((name) => !found.has(name))
  if (absent.length > 0) throw missing([...new Set(absent)])
  const plain = references.filter(({ isSecure }) => !isSecure)
  const secret = plain.find((one) => found.get(addressOf(one))!.type === 'SecureString')
  if (secret) throw invalid(`Non-secure ssm prefix was used for secure parameter ${secret.name}`)
  return Object.fromEntries(plain.map((one) => [one.text, found.get(addressOf(one))!.value]))
}

const addressOf = ({ name, version }: StoreReference) => (version ? `${name}:${version}` : name)

/** Those that are whole before anything is made. */
function referencesOf(
  input: StackInput,
  place: { account: string; region: string },
  exports: { name: string; value: string }[],
): StoreReference[] {
  const prepared = prepare(input, { ...place, stackId: KNOWN_AFTER_APPLY, name: '' }, exports)
  const scope = prepared.scope(() => ({
    ref: KNOWN_AFTER_APPLY,
    attribute: () => KNOWN_AFTER_APPLY,
  }))
  const ofResources = Object.values(prepared.active).flatMap(({ type, properties }) => {
    const references = storeReferencesIn(resolve(properties, scope))
    checkSecure(type, references)
    return references
  })
  const ofOutputs = Object.values(prepared.template.outputs).flatMap(({ value, condition }) =>
    condition === undefined || prepared.conditions[condition]
      ? storeReferencesIn(resolve(value, scope))
      : [],
  )
  const all = [...ofResources, ...ofOutputs]
  return all.filter(({ name }) => !name.includes('{{changeSet'))
}
