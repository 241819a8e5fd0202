import { cidrBlocks } from './cidr.ts'
import { splitOnce } from './references.ts'
import { withStored } from './store-references.ts'
import { asCall, invalid, isStructure, type Structure, type Value } from './value.ts'

/** What a value is resolved against. All of it is known beforehand, so resolving waits for nothing. */
export interface Scope {
  /** Parameters and pseudo parameters, in the form `Ref` gives: text or a list of texts. */
  values: Record<string, Value>
  mappings: Record<string, Record<string, Structure>>
  conditions: Record<string, boolean>
  resource(logicalId: string): ResourceView | undefined
  exports: Record<string, string>
  zones(region: string): string[]
  /** With AWS::LanguageExtensions: default values in FindInMap, functions in more places. */
  extended?: boolean
  /** Values of Parameter Store by the dynamic references to them. */
  stored?: Readonly<Record<string, string>>
}

export interface ResourceView {
  ref: Value
  attribute(name: string): Value
}

/** As DescribeChangeSet writes a value that only the execution will bring. */
export const KNOWN_AFTER_APPLY = '{{changeSet:KNOWN_AFTER_APPLY}}'

const noValue: Value = Object.freeze({ Ref: 'AWS::NoValue' }) as Value

/** The value with every function carried out; `AWS::NoValue` leaves no trace. */
export function resolve(value: Value, scope: Scope): Value {
  const result = evaluate(value, scope)
  if (result === noValue) return null
  return scope.stored && hasMembers(scope.stored) ? withStored(result, scope.stored) : result
}

function evaluate(value: Value, scope: Scope): Value {
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== noValue)
  }
  if (typeof value === 'string') return refuseDynamic(value)
  if (!isStructure(value)) return value
  const call = asCall(value)
  if (call) return callFunction(call[0], call[1], scope)
  const entries = Object.entries(value).map(
    ([name, item]) => [name, evaluate(item, scope)] as const,
  )
  return Object.fromEntries(entries.filter(([, item]) => item !== noValue))
}

const hasMembers = (map: object) => Object.keys(map).length > 0

function refuseDynamic(text: string): string {
  const found = /\{\{resolve:(?!ssm:|ssm-secure:)([^:}]+):/.exec(text)
  if (!found) return text
  throw invalid(
    `Dynamic reference to ${found[1]} is not supported: this cloud has no such service yet.`,
  )
}

type Function = (argument: Value, scope: Scope) => Value

const functions: Record<string, Function> = {
  Ref: reference,
  'Fn::GetAtt': getAttribute,
  'Fn::Sub': substitute,
  'Fn::Join': join,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::FindInMap': findInMap,
  'Fn::If': (argument, scope) => {
    const [name, whenTrue, whenFalse] = argument as [Value, Value, Value]
    return evaluate(conditionNamed(String(name), scope) ? whenTrue : whenFalse, scope)
  },
  'Fn::Base64': (argument, scope) => {
    const text = asText(evaluate(argument, scope), 'Fn::Base64')
    return text.includes(KNOWN_AFTER_APPLY) ? text : Buffer.from(text).toString('base64')
  },
  'Fn::Cidr': cidr,
  'Fn::GetAZs': (argument, scope) => {
    const region = String(evaluate(argument, scope) ?? '')
    return scope.zones(region || String(scope.values['AWS::Region']))
  },
  'Fn::ImportValue': (argument, scope) => {
    const name = asText(evaluate(argument, scope), 'Fn::ImportValue')
    if (name.includes(KNOWN_AFTER_APPLY)) {
      throw invalid(
        'Template error: the attribute in Fn::ImportValue must not depend on any resources, ' +
          'imported values, or Fn::GetAZs',
      )
    }
    const value = scope.exports[name]
    if (value === undefined) throw invalid(`No export named ${name} found`)
    return value
  },
  'Fn::Length': (argument, scope) => {
    const list = evaluate(argument, scope)
    if (!Array.isArray(list)) throw invalid('Template error: Fn::Length requires a list.')
    return list.length
  },
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(evaluate(argument, scope)),
}

for (const name of ['Equals', 'And', 'Or', 'Not']) {
  functions[`Fn::${name}`] = (argument, scope) => holds({ [`Fn::${name}`]: argument }, scope)
}

export const isFunction = (name: string) => Object.hasOwn(functions, name)

/** The real sentence lists what Rules know, too. */
export const unsupported = (name: string) =>
  invalid(
    `Template error: Encountered unsupported function: ${name} Supported functions are: ` +
      '[Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, ' +
      'Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, ' +
      'Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, ' +
      'Fn::Cidr]',
  )

const extensions = new Set(['Fn::Length', 'Fn::ToJsonString'])

function callFunction(name: string, argument: Value, scope: Scope): Value {
  const run = functions[name]
  if (!run) throw unsupported(name)
  if (extensions.has(name) && !scope.extended) {
    throw invalid(
      `Template error: ${name} requires the transform AWS::LanguageExtensions in this template.`,
    )
  }
  return run(argument, scope)
}

function reference(argument: Value, scope: Scope): Value {
  const name = String(argument)
  if (name === 'AWS::NoValue') return noValue
  if (Object.hasOwn(scope.values, name)) return scope.values[name]!
  const resource = scope.resource(name)
  if (!resource) throw unresolved(name)
  return resource.ref
}

export function unresolved(...names: string[]) {
  return invalid(
    `Template format error: Unresolved resource dependencies [${names.join(', ')}] ` +
      'in the Resources block of the template',
  )
}

function getAttribute(argument: Value, scope: Scope): Value {
  const parts = typeof argument === 'string' ? splitOnce(argument) : (argument as Value[])
  const name = String(parts[0])
  const attribute = asText(evaluate(parts[1] ?? '', scope), 'Fn::GetAtt')
  const resource = scope.resource(name)
  if (!resource) {
    throw invalid(`Template error: instance of Fn::GetAtt references undefined resource ${name}`)
  }
  return resource.attribute(attribute)
}

function substitute(argument: Value, scope: Scope): Value {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}]
  const known = evaluate(variables ?? {}, scope) as Structure
  return String(text).replace(/\$\{(!?)([^}]*)\}/g, (_whole, escape: string, inner: string) => {
    if (escape) return `\${${inner}}`
    const name = inner.trim()
    if (Object.hasOwn(known, name)) return asText(known[name]!, 'Fn::Sub')
    const [id, attribute] = splitOnce(name)
    const value =
      attribute === undefined ? reference(id!, scope) : getAttribute([id!, attribute], scope)
    return asText(value, 'Fn::Sub')
  })
}

function asText(value: Value, name: string): string {
  if (Array.isArray(value) && name === 'Fn::Sub') return value.map(String).join(',')
  if (typeof value === 'object') {
    throw invalid(`Template error: every ${name} object must have a String-typed value.`)
  }
  return String(value)
}

function join(argument: Value, scope: Scope): Value {
  const [delimiter, items] = Array.isArray(argument) ? argument : []
  const list = items === undefined ? undefined : evaluate(items, scope)
  if (typeof delimiter !== 'string' || (!Array.isArray(list) && list !== KNOWN_AFTER_APPLY)) {
    throw invalid(
      'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and ' +
        '(2) a list of strings to be joined or a function that returns a list of strings ' +
        '(such as Fn::GetAZs) to be joined.',
    )
  }
  return Array.isArray(list) ? list.map((item) => asText(item, 'Fn::Join')).join(delimiter) : list
}

function select(argument: Value, scope: Scope): Value {
  const [at, items] = Array.isArray(argument) ? argument : []
  const index = Number(evaluate(at ?? null, scope))
  const list = items === undefined ? undefined : evaluate(items, scope)
  if (list === KNOWN_AFTER_APPLY) return list
  if (!Array.isArray(list) || !Number.isInteger(index)) {
    throw invalid(
      'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    )
  }
  const chosen = list[index]
  if (chosen !== undefined) return chosen
  // Splitting a value that is not known yet gives fewer pieces than it will have.
  if (JSON.stringify(list).includes(KNOWN_AFTER_APPLY)) return KNOWN_AFTER_APPLY
  throw invalid(`Template error: Fn::Select  cannot select nonexistent value at index ${index}`)
}

function split(argument: Value, scope: Scope): Value {
  const [delimiter, source] = Array.isArray(argument) ? argument : []
  if (typeof delimiter !== 'string' || !delimiter || source === undefined) {
    throw invalid(
      'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and ' +
        '(2) a string to be split or a function that returns a string to be split.',
    )
  }
  const text = asText(evaluate(source, scope), 'Fn::Split')
  return text === KNOWN_AFTER_APPLY ? text : text.split(delimiter)
}

function findInMap(argument: Value, scope: Scope): Value {
  if (!Array.isArray(argument) || argument.length < 3) {
    throw invalid(
      'Template error: every Fn::FindInMap object requires three parameters, the map name, ' +
        'map key and the attribute for return value',
    )
  }
  const names = argument.slice(0, 3).map((item) => String(evaluate(item, scope)))
  const [map, top, second] = names as [string, string, string]
  const value = scope.mappings[map]?.[top]?.[second]
  if (value !== undefined) return value
  const fallback = argument[3]
  if (scope.extended && isStructure(fallback) && fallback['DefaultValue'] !== undefined) {
    return evaluate(fallback['DefaultValue'], scope)
  }
  throw invalid(`Template error: Unable to get mapping for ${map}::${top}::${second}`)
}

function cidr(argument: Value, scope: Scope): Value {
  const parts = (Array.isArray(argument) ? argument : []).map((item) => evaluate(item, scope))
  const [block, count, bits] = parts
  if (parts.some((part) => String(part).includes(KNOWN_AFTER_APPLY))) return KNOWN_AFTER_APPLY
  const isV6 = String(block).includes(':')
  return cidrBlocks(String(block), Number(count), Number(bits ?? (isV6 ? 64 : 8)))
}

function conditionNamed(name: string, scope: Scope): boolean {
  const value = scope.conditions[name]
  if (value === undefined) throw missingCondition(name)
  return value
}

function missingCondition(name: string) {
  return invalid(
    `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
  )
}

const many = { least: 2, most: 10, takes: 'a list of at least 2 and at most 10 boolean parameters' }
const connectives: Record<string, typeof many> = {
  'Fn::Equals': { least: 2, most: 2, takes: 'a list of 2 string parameters' },
  'Fn::Not': { least: 1, most: 1, takes: 'one boolean parameter' },
  'Fn::And': many,
  'Fn::Or': many,
}

/** Whether a condition expression holds. */
export function holds(expression: Value, scope: Scope): boolean {
  const name = isStructure(expression) ? Object.keys(expression)[0] : undefined
  if (!isStructure(expression) || name === undefined) throw badCondition()
  const argument = expression[name]!
  if (name === 'Condition') return conditionNamed(String(argument), scope)
  const connective = connectives[name]
  if (!connective) throw badCondition()
  const { least, most, takes } = connective
  if (!Array.isArray(argument) || argument.length < least || argument.length > most) {
    throw invalid(`Template error: every ${name} object requires ${takes}.`)
  }
  if (name === 'Fn::Equals') {
    const [left, right] = argument.map((item) => evaluate(item, scope))
    return String(left) === String(right)
  }
  if (name === 'Fn::Not') return !holds(argument[0]!, scope)
  if (name === 'Fn::And') return argument.every((item) => holds(item, scope))
  return argument.some((item) => holds(item, scope))
}

function badCondition() {
  return invalid(
    'Template validation error: Template error: every Condition member must be a string or ' +
      'one of Fn::Equals, Fn::Not, Fn::And, Fn::Or with as many arguments as it takes.',
  )
}

/** Every named condition, each after those it uses. */
export function resolveConditions(
  conditions: Record<string, Value>,
  scope: Omit<Scope, 'conditions' | 'resource'>,
): Record<string, boolean> {
  const known: Record<string, boolean> = {}
  const open = new Set<string>()
  const visit = (name: string): boolean => {
    if (name in known) return known[name]!
    const expression = conditions[name]
    if (expression === undefined) throw missingCondition(name)
    if (open.has(name)) {
      throw invalid(
        `Template error: Found circular condition dependency between ${[...open].join(' and ')}`,
      )
    }
    open.add(name)
    const lazily = new Proxy<Record<string, boolean>>(
      {},
      { get: (_none, other) => visit(String(other)) },
    )
    const result = holds(expression, { ...scope, conditions: lazily, resource: () => undefined })
    open.delete(name)
    return (known[name] = result)
  }
  for (const name of Object.keys(conditions)) visit(name)
  return known
}
