import type { z as zod } from 'zod'

/** The value that a schema describes, parsed. */
export type Infer<S extends zod.ZodType> = zod.infer<S>

interface Step {
  on: Step | undefined
  /** A member that was named, or else the arguments of a call. */
  name?: string
  given?: unknown[]
}

const step = Symbol('step')

type Tellable = { [step]?: Step }
type Callback = (...given: unknown[]) => unknown

/**
 * Zod's `z`, which writes down what it is told and makes nothing: the contract's 700 schemas cost 130 ms of every
 * start when they are made, the server needs the few of the requests that come, pages and CLI none.
 * `schemaFrom` makes one.
 */
export const z = tell(undefined) as unknown as typeof zod

/** Zod's types by the names they have there. */
// oxlint-disable-next-line typescript/no-namespace -- a namespace of types is how zod itself names them
export declare namespace z {
  type infer<S extends zod.ZodType> = zod.infer<S>
  type input<S extends zod.ZodType> = zod.input<S>
  type output<S extends zod.ZodType> = zod.output<S>
  type ZodType = zod.ZodType
}

function tell(at: Step | undefined): object {
  return new Proxy(nothing, {
    get(_, name) {
      if (name === step) return at
      // Symbols and `then` are asked by the language itself (await, printing), not by a schema.
      return typeof name === 'string' && name !== 'then' ? tell({ on: at, name }) : undefined
    },
    apply: (_, __, given: unknown[]) => tell({ on: at, given }),
    ownKeys() {
      throw new Error('a schema is only told here, it has no members to list: extend() it instead')
    },
  })
}

/** What every proxy stands before: a function, so that it can be called. */
function nothing(): void {}

/** Makes the schema that was told, once; one that zod made itself is given back. */
export function schemaFrom<S extends zod.ZodType>(library: typeof zod, schema: S): S {
  return made(library, schema) as S
}

const schemas = new WeakMap<Step, unknown>()

function made(library: typeof zod, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => made(library, entry))
  if (typeof value === 'function') {
    const told = (value as Tellable)[step]
    return told ? replayed(library, told) : heard(library, value as Callback)
  }
  if (!value || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, made(library, of)]))
}

/** A callback may give a schema, too: `lazy`'s does. */
function heard(library: typeof zod, callback: Callback): Callback {
  return (...given) => {
    const result = callback(...given)
    const told = typeof result === 'function' ? (result as Tellable)[step] : undefined
    return told ? replayed(library, told) : result
  }
}

function replayed(library: typeof zod, told: Step): unknown {
  const known = schemas.get(told)
  if (known !== undefined) return known
  const on = told.given ? told.on?.on : told.on
  const target = (on ? replayed(library, on) : library) as Record<string, unknown>
  const name = (told.given ? told.on?.name : told.name) ?? ''
  const member = target[name]
  const result = told.given ? call(target, name, member, made(library, told.given)) : member
  schemas.set(told, result)
  return result
}

function call(target: object, name: string, member: unknown, given: unknown): unknown {
  if (typeof member !== 'function') throw new TypeError(`zod has no ${name}`)
  return member.apply(target, given)
}
