import { GroovyMap, hostError, type Value } from '../groovy/index.ts'
import type { Ask } from './ask.ts'
import type { Scope } from './scope.ts'
import type { Step } from './step.ts'
import { isValueOfOnly } from './step-fitting.ts'
import { plain } from './values.ts'

/** The arguments of a call by name, as Jenkins takes its one packed list of them apart. */
export async function readArguments(
  scope: Scope,
  step: Step,
  ask: Ask,
): Promise<Map<string, Value>> {
  const { interpreter } = scope.session
  const { positional, named } = unpacked(ask)
  const values = new Map<string, Value>()
  // Groovy packs named values into a map that comes first.
  const all = named.size > 0 && positional.length > 0 ? [named, ...positional] : positional
  for (const [index, value] of all.entries()) {
    const name = all === positional ? step.positional?.[index] : undefined
    if (name === undefined) throw await needNames(scope, all)
    values.set(name, await plain(interpreter, value, scope))
  }
  for (const [name, value] of named) {
    const text = String(await plain(interpreter, name, scope))
    values.set(text, await plain(interpreter, value, scope))
  }
  return values
}

/** `sh([script: 'x'])` is the same as `sh(script: 'x')`. */
function unpacked({ name, positional, named }: Ask): Pick<Ask, 'positional' | 'named'> {
  const [only] = positional
  const isAlone = only instanceof GroovyMap && positional.length === 1 && !TAKES_MAP.has(name)
  const isNamed = positional.length === 0 && named.size > 0
  if (!isAlone && !isNamed) return { positional, named }
  const map = isAlone ? new GroovyMap([...only, ...named]) : named
  if (isValueOfOnly(name, map)) return { positional: [map], named: new GroovyMap() }
  return { positional: [], named: map }
}

const TAKES_MAP = new Set(['checkout'])

/** A lone value is shown as it is, several as the list they came in. */
async function needNames(scope: Scope, given: Value[]) {
  const shown = await scope.session.interpreter.javaText(
    given.length === 1 ? given[0]! : given,
    scope,
  )
  return hostError(
    'java.lang.IllegalArgumentException',
    `Expected named arguments but got ${shown}`,
  )
}
