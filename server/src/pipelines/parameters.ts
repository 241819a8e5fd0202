import type { ParameterDefinition } from '@madang/api'
import { pipelinesErrors } from '@madang/api'
import { refusals } from '../kernel/index.ts'

const refuse = refusals(pipelinesErrors)

const kinds: Record<string, ParameterDefinition['kind']> = {
  string: 'string',
  StringParameterDefinition: 'string',
  text: 'text',
  TextParameterDefinition: 'text',
  booleanParam: 'boolean',
  BooleanParameterDefinition: 'boolean',
  choice: 'choice',
  ChoiceParameterDefinition: 'choice',
  password: 'password',
  PasswordParameterDefinition: 'password',
}

/** A parameter as `string(name: …, defaultValue: …)` describes it; a text says what is wrong. */
export function parameterDefinition(
  symbol: string,
  members: Record<string, unknown>,
): ParameterDefinition | string {
  const kind = kinds[symbol.replace(/^.*\./, '')]
  const known = 'string, text, booleanParam, choice, password'
  if (!kind) return `The parameter type "${symbol}" is not supported here; use one of ${known}`
  const name = members['name']
  if (typeof name !== 'string' || name === '') return `A parameter of type ${symbol} has no name`
  const description = typeof members['description'] === 'string' ? members['description'] : ''
  if (kind === 'boolean') {
    const value = members['defaultValue']
    return { kind, name, description, default: value === true || value === 'true' }
  }
  if (kind !== 'choice') {
    const value = String(members['defaultValue'] ?? members['defaultValueAsSecret'] ?? '')
    return { kind, name, description, default: value }
  }
  const given = members['choices']
  const choices = Array.isArray(given) ? given.map(String) : String(given ?? '').split('\n')
  return { kind, name, description, choices, default: choices[0] ?? '' }
}

/** Values for all parameters: what was given, checked, else the defaults. A choice of nothing has none. */
export function parameterValues(
  definitions: readonly ParameterDefinition[],
  given: Record<string, string | boolean>,
): Record<string, string | boolean> {
  for (const name of Object.keys(given)) {
    if (!definitions.some((definition) => definition.name === name)) {
      throw refuse('parameterUnknown', { name })
    }
  }
  return Object.fromEntries(
    definitions
      .filter(({ kind, choices }) => kind !== 'choice' || choices?.length !== 0)
      .map((definition) => [definition.name, valueFor(definition, given)]),
  )
}

function valueFor(definition: ParameterDefinition, given: Record<string, string | boolean>) {
  const { kind, name, choices = [] } = definition
  const value = given[name]
  if (value === undefined) return definition.default
  if (kind === 'boolean') return value === true || value === 'true'
  const text = String(value)
  if (kind === 'choice' && !choices.includes(text)) {
    throw refuse('parameterChoice', { name, choices: choices.join(', ') })
  }
  return text
}
