import type { Block, ClassDecl, Param } from './ast.ts'
import type { Frame, Machine, Run } from './machine.ts'
import type { Scope } from './scope.ts'

// How Groovy values are held. Integer is a JS number, Long a bigint, String a string, List an
// array, Map a Map (insertion order), Set a Set; everything else is one of the classes below.
// No value is ever asked for a property by JavaScript's own lookup, so no prototype can be reached.

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Value[]
  | GroovyMap
  | GroovySet
  | GString
  | GroovyBigInteger
  | GroovyDecimal
  | GroovyDouble
  | GroovyRange
  | GroovyClosure
  | GroovyClass
  | GroovyObject
  | GroovyPattern
  | GroovyMatcher
  | GroovyDate
  | GroovyRandom
  | GroovyBuilder
  | MapEntryValue
  | HostObject

/** Keys are normalised by `mapKey`: strings, ints, booleans and null as themselves. */
export class GroovyMap extends Map<Value, Value> {
  /** The closure of `withDefault`, called for a missing key. */
  fallback: GroovyClosure | null = null
}

export class GroovySet extends Set<Value> {}

export class MapEntryValue {
  map: GroovyMap
  key: Value
  constructor(map: GroovyMap, key: Value) {
    this.map = map
    this.key = key
  }
}

/** `strings` has one entry more than `values`; a closure among them is called when printed. */
export class GString {
  strings: string[]
  values: Value[]
  constructor(strings: string[], values: Value[]) {
    this.strings = strings
    this.values = values
  }
}

export class GroovyBigInteger {
  value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** unscaled × 10^-scale. */
export class GroovyDecimal {
  unscaled: bigint
  scale: number
  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }
}

export class GroovyDouble {
  value: number
  constructor(value: number) {
    this.value = value
  }
}

/** Bounds are ints or single-character strings; `to` is inclusive unless `exclusive`. */
export class GroovyRange {
  from: Value
  to: Value
  exclusive: boolean
  constructor(from: Value, to: Value, exclusive: boolean) {
    this.from = from
    this.to = to
    this.exclusive = exclusive
  }
}

export type ResolveStrategy = 0 | 1 | 2 | 3 | 4

/** OWNER_FIRST 0, DELEGATE_FIRST 1, OWNER_ONLY 2, DELEGATE_ONLY 3, TO_SELF 4, as in groovy.lang.Closure. */
export class GroovyClosure {
  params: Param[] | null
  body: Block | null
  scope: Scope | null
  delegate: Value | undefined = undefined
  resolveStrategy: ResolveStrategy = 0
  curried: { at: number; args: Value[] }[] = []
  /** Depth of calls when the closure was handed to the host: a body run by a step counts on. */
  callDepth = 0
  /** A closure without source: method pointers, compositions, host functions. */
  native: NativeClosure | null = null
  constructor(params: Param[] | null, body: Block | null, scope: Scope | null) {
    this.params = params
    this.body = body
    this.scope = scope
  }
}

export type NativeClosure = (args: Value[], machine: Machine, frame: Frame) => Run

export class GroovyClass {
  /** Full name (`java.lang.String`); `simpleName` is its last part. */
  name: string
  superclass: GroovyClass | null
  interfaces: GroovyClass[] = []
  decl: ClassDecl | null = null
  scope: Scope | null = null
  statics = new Map<string, Value>()
  constructor(name: string, superclass: GroovyClass | null = null) {
    this.name = name
    this.superclass = superclass
  }
  get simpleName(): string {
    return this.name.slice(Math.max(this.name.lastIndexOf('.'), this.name.lastIndexOf('$')) + 1)
  }
}

/** An instance of a class, of the script or of Groovy's own exceptions (`message`, `cause` are fields). */
export class GroovyObject {
  type: GroovyClass
  fields = new Map<string, Value>()
  /** What the host attached to an exception it threw; not visible to the script. */
  hostData: unknown = undefined
  constructor(type: GroovyClass) {
    this.type = type
  }
}

export class GroovyPattern {
  source: string
  regexp: RegExp
  constructor(source: string, regexp: RegExp) {
    this.source = source
    this.regexp = regexp
  }
}

export class GroovyMatcher {
  pattern: GroovyPattern
  text: string
  current: RegExpExecArray | null = null
  next = 0
  constructor(pattern: GroovyPattern, text: string) {
    this.pattern = pattern
    this.text = text
  }
}

/** Milliseconds since the epoch. */
export class GroovyDate {
  ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

export class GroovyRandom {
  readonly typeName = 'java.util.Random'
}

/** StringBuilder and StringBuffer. */
export class GroovyBuilder {
  text: string
  constructor(text: string) {
    this.text = text
  }
}

/**
 * What the host lends to the script: `env`, `params`, `currentBuild`, `docker`. Any member may
 * answer later; `get` answers undefined for a property that doesn't exist (the script sees
 * MissingPropertyException), `call` throws `GroovyError` for what it can't do.
 */
export interface HostPort {
  typeName: string
  get(name: string, context: unknown): Value | undefined | Promise<Value | undefined>
  set?(name: string, value: Value, context: unknown): void | Promise<void>
  call?(method: string, call: HostArguments, context: unknown): Promise<Value> | Value
  print?(): string
}

export interface HostArguments {
  positional: Value[]
  named: GroovyMap
  closure?: GroovyClosure
}

export class HostObject {
  port: HostPort
  constructor(port: HostPort) {
    this.port = port
  }
}
