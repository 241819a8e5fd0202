import { rejected } from './signatures.ts'
import { HostObject } from './value.ts'
import type { Value } from './value.ts'

const DECLARED: Record<string, string> = {
  getVariable: ' java.lang.String',
  setVariable: ' java.lang.String java.lang.Object',
  getVariables: '',
  getProperty: ' java.lang.String',
  setProperty: ' java.lang.String java.lang.Object',
}

const refuse = (name: string) =>
  rejected(`method groovy.lang.Binding ${name}${DECLARED[name] ?? ''}`)

/** `binding`: the sandbox lets a script ask whether a variable is there, and no more. */
export function bindingOf(variables: ReadonlyMap<string, Value>): HostObject {
  return new HostObject({
    typeName: 'groovy.lang.Binding',
    isJava: true,
    get: (name) => {
      if (name === 'variables') throw refuse('getVariables')
      return undefined
    },
    call: (name, { positional }) => {
      if (name === 'hasVariable') {
        const wanted = String(positional[0])
        return wanted === 'steps' || variables.has(wanted)
      }
      if (Object.hasOwn(DECLARED, name)) throw refuse(name)
      return undefined
    },
  })
}
