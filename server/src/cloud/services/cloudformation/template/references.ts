import { asCall, invalid, isStructure, type Value } from './value.ts'

/** A use of something by name inside a value. */
export interface Reference {
  kind: 'ref' | 'attribute' | 'condition' | 'import'
  name: string
  attribute?: string
}

const placeholder = /\$\{(!?)([^}]*)\}/g

/** The `${…}` of a Sub text, without the literals `${!…}`. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(placeholder)].filter((m) => m[1] !== '!').map((m) => m[2]!.trim())
}

type Conditions = Record<string, boolean>

/** Every reference a value makes, in order: of all its branches, or of those `taken`. */
export function referencesIn(value: Value | undefined, taken?: Conditions): Reference[] {
  const inner = (item: Value) => referencesIn(item, taken)
  if (Array.isArray(value)) return value.flatMap(inner)
  if (!isStructure(value)) return []
  const call = asCall(value)
  if (!call) return Object.values(value).flatMap(inner)
  const [name, argument] = call
  if (name === 'Ref') return [{ kind: 'ref', name: String(argument) }]
  if (name === 'Fn::GetAtt') return attributeReference(argument)
  if (name === 'Fn::Sub') return subReferences(argument, taken)
  if (name === 'Fn::If') return ifReferences(argument, taken)
  return inner(argument)
}

function attributeReference(argument: Value): Reference[] {
  const parts = typeof argument === 'string' ? splitOnce(argument) : argument
  const [name, attribute] = Array.isArray(parts) ? parts : []
  if (typeof name !== 'string' || !name || attribute === undefined || attribute === '') {
    throw invalid(
      'Template error: every Fn::GetAtt object requires two non-empty parameters, ' +
        'the resource name and the resource attribute',
    )
  }
  // Only the attribute's name may be computed.
  if (typeof attribute !== 'string')
    return [{ kind: 'attribute', name }, ...referencesIn(attribute)]
  return [{ kind: 'attribute', name, attribute }]
}

export function splitOnce(text: string): string[] {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

function subReferences(argument: Value, taken?: Conditions): Reference[] {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}]
  if (typeof text !== 'string' || (Array.isArray(argument) && argument.length !== 2)) {
    throw invalid(
      "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. " +
        'Specify a string as first argument, and an optional second argument to specify a mapping ' +
        'of values to replace in the string',
    )
  }
  const known = isStructure(variables) ? variables : {}
  const direct = placeholders(text)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name): Reference => {
      const [id, attribute] = splitOnce(name)
      return attribute === undefined
        ? { kind: 'ref', name: id! }
        : { kind: 'attribute', name: id!, attribute }
    })
  return [...direct, ...referencesIn(known, taken)]
}

function ifReferences(argument: Value, taken?: Conditions): Reference[] {
  if (!Array.isArray(argument) || argument.length !== 3) {
    throw invalid('Template error: Fn::If requires a list argument with three elements')
  }
  const condition: Reference = { kind: 'condition', name: String(argument[0]) }
  const branches = taken ? [argument[taken[condition.name] ? 1 : 2]!] : argument.slice(1)
  return [condition, ...referencesIn(branches, taken)]
}
