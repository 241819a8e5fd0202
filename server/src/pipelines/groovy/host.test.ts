import { describe, expect, it } from 'vitest'
import type { Host, HostPort, StepCall, Value } from './index.ts'
import {
  createInterpreter,
  fromJson,
  groovyEquals,
  GroovyError,
  GroovyMap,
  HostObject,
  hostError,
  parseGroovy,
  toGroovyString,
  toJson,
} from './index.ts'

const quiet: Host = {
  getVariable: () => undefined,
  invoke: async (call: StepCall) => {
    throw hostError('java.lang.NoSuchMethodError', `No such DSL method '${call.name}'`)
  },
  now: () => 0,
  random: () => 0,
}

function evaluateWith(port: HostPort, source: string): Promise<Value> {
  const lent = new HostObject(port)
  const host = { ...quiet, getVariable: (name: string) => (name === 'env' ? lent : undefined) }
  return createInterpreter(host).runScript(parseGroovy(source).ast, 'ctx')
}

describe('objects of the host', () => {
  it('are read, written and called, with GStrings made strings', async () => {
    const store = new Map<string, Value>([['A', '1']])
    const seen: unknown[] = []
    const port: HostPort = {
      typeName: 'EnvActionImpl',
      get: async (name) => store.get(name) ?? null,
      set: (name, value) => void store.set(name, value),
      call: (method, { positional, named, closure }, context) => {
        seen.push([method, positional, [...named], closure !== undefined, context])
        return 'called'
      },
    }
    const source =
      'env.B = "x${env.A}"\nenv["C"] = 2\n"${env.B} ${env.C} ${env.run("p", k: "v") { }}"'
    expect(toGroovyString(await evaluateWith(port, source))).toBe('x1 2 called')
    expect(store.get('B')).toBe('x1')
    expect(seen).toEqual([['run', ['p'], [['k', 'v']], true, 'ctx']])
  })

  it('say which property they lack', async () => {
    const port: HostPort = { typeName: 'RunWrapper', get: () => undefined }
    await expect(evaluateWith(port, 'env.nope')).rejects.toThrow(
      'groovy.lang.MissingPropertyException: No such property: nope for class: RunWrapper',
    )
  })
})

describe('exceptions', () => {
  it('know their class, message and line when they leave the script', async () => {
    const { ast } = parseGroovy('def f() {\n  missing\n}\n\nf()')
    const error = await createInterpreter(quiet)
      .runScript(ast, null)
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(GroovyError)
    expect(error).toMatchObject({
      className: 'groovy.lang.MissingPropertyException',
      groovyMessage: 'No such property: missing for class: groovy.lang.Binding',
      frames: ['WorkflowScript.f(WorkflowScript:2)'],
      line: 5,
    })
  })

  it('of the host that are not Groovy errors pass through catch and finally', async () => {
    const lines: string[] = []
    const host = {
      ...quiet,
      invoke: async (call: StepCall) => {
        lines.push(call.name)
        if (call.name === 'stop') throw new TypeError('aborted')
        return null
      },
    }
    const { ast } = parseGroovy(
      'try { stop() } catch (Throwable t) { caught() } finally { last() }',
    )
    await expect(createInterpreter(host).runScript(ast, null)).rejects.toThrow(TypeError)
    expect(lines).toEqual(['stop'])
  })
})

describe('the journal form', () => {
  it.each([
    '[1, 2L, 3.50, 4.5d, 10G, "a", null, true]',
    '[a: [b: [1, 2]], c: "x"]',
    '[1: "one", (null): 2]',
    "['$long': 1, x: 2]",
    "['$set': 1]",
    '[1, 1, 2] as Set',
    'new Date(5)',
    '["__proto__": [polluted: true]]',
  ])('%s comes back equal', async (source) => {
    const value = await createInterpreter(quiet).runScript(parseGroovy(source).ast, null)
    const back = fromJson(JSON.parse(JSON.stringify(toJson(value))))
    expect(groovyEquals(value, back)).toBe(true)
    expect(toGroovyString(back)).toBe(toGroovyString(value))
  })

  it('refuses what has no form', async () => {
    const closure = await createInterpreter(quiet).runScript(parseGroovy('{ -> 1 }').ast, null)
    expect(() => toJson(closure)).toThrow('java.io.NotSerializableException')
  })
})

describe('pieces run by the host', () => {
  it('sees what the script defined, and variables given for one expression', async () => {
    const interpreter = createInterpreter(quiet)
    const { ast } = parseGroovy('def top = 40\ndef plus(a) { a + 2 }\n')
    await interpreter.runScript(ast, null)
    const [stmt] = parseGroovy('plus(top) + extra').ast.body
    if (stmt?.kind !== 'expression') throw new Error('expected an expression')
    expect(await interpreter.evaluate(stmt.expr, { extra: 100 }, null)).toBe(142)
    expect(await interpreter.callMethod('plus', [1], null)).toBe(3)
    expect(interpreter.callMethod('absent', [], null)).toBeUndefined()
  })

  it('calls a closure with a delegate', async () => {
    const interpreter = createInterpreter(quiet)
    const { ast } = parseGroovy('def size = 1\nreturn { name = "n"; count = size }')
    const closure = await interpreter.runScript(ast, null)
    const delegate = new GroovyMap()
    await interpreter.callClosure(closure as never, [], { delegate })
    expect(toGroovyString(delegate)).toBe('[name:n, count:1]')
  })
})
