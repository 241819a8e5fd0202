import type { Block, ClassDecl, Param, TypeRef } from './ast.ts'

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
  | GroovyTime
  | GroovyRandom
  | GroovyBuilder
  | MapEntryValue
  | HostObject

/** Keys are normalised by `mapKey`: strings, ints, booleans and null as themselves. */
export class GroovyMap extends Map<Value, Value> {
  /** The closure of `withDefault`, called for a missing key. */
  fallback: GroovyClosure | null = null
  /** As a script is told its class. */
  javaClass = 'java.util.LinkedHashMap'
}

export class GroovySet extends Set<Value> {
  /** As a script is told its class. */
  javaClass = 'java.util.LinkedHashSet'
}

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

/** A double too, of Java's shorter kind: it holds what such a one can. */
export class GroovyFloat extends GroovyDouble {
  constructor(value: number) {
    super(Math.fround(value))
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
  /** Written in code that Jenkins doesn't transform. */
  isPlain = false
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
  /** A script taken as an object: what it lacks is looked up where scripts look. */
  isScript = false
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
  /** How far appendReplacement has come. */
  appended = 0
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

export type TimeKind =
  | 'LocalDate'
  | 'LocalTime'
  | 'LocalDateTime'
  | 'Instant'
  | 'ZonedDateTime'
  | 'OffsetDateTime'
  | 'Duration'
  | 'Period'
  | 'ZoneId'
  | 'ZoneOffset'
  | 'DateTimeFormatter'
  | 'ChronoUnit'
  | 'DayOfWeek'
  | 'Month'

/**
 * An object of java.time. `ms` is the moment, the local clock (as UTC milliseconds), the length or a
 * period's months; `zone` the zone, a period's days, a formatter's pattern, or a constant's name.
 */
export class GroovyTime {
  readonly kind: TimeKind
  readonly ms: number
  readonly zone: string
  constructor(kind: TimeKind, ms: number, zone: string) {
    this.kind = kind
    this.ms = ms
    this.zone = zone
  }
}

export class GroovyRandom {
  /** Of one that was given a seed: Java's row of numbers goes on from here. */
  state: bigint | null = null
  /** The second of two normally distributed numbers that come at once. */
  spare: number | null = null
  seed(seed: bigint): void {
    this.state = (seed ^ 0x5deece66dn) & ((1n << 48n) - 1n)
    this.spare = null
  }
}

/** StringBuilder, StringBuffer and StringWriter. */
export class GroovyBuilder {
  text: string
  /** As a script is told its class. */
  javaClass: string
  constructor(text: string, javaClass = 'java.lang.StringBuilder') {
    this.text = text
    this.javaClass = javaClass
  }
}

/**
 * What the host lends to the script: `env`, `params`, `currentBuild`, `docker`. Any member may
 * answer later; `get` answers undefined for a property that doesn't exist (the script sees
 * MissingPropertyException), `call` throws `GroovyError` for what it can't do.
 */
export interface HostPort {
  typeName: string
  /** Of a class in Java, whose missing properties the sandbox speaks of as fields. */
  isJava?: boolean
  get(name: string, context: unknown): Value | undefined | Promise<Value | undefined>
  set?(name: string, value: Value, context: unknown): void | Promise<void>
  /** Undefined when there is no such method. */
  call?(
    method: string,
    call: HostArguments,
    context: unknown,
  ): Promise<Value | undefined> | Value | undefined
  print?(): string
  /** What going over it visits; the methods of a list are its own then, too. */
  items?(): Value[]
  /** Whether it has the method, asked when it is a closure's delegate. */
  answers?(method: string): boolean
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

/** An array of Java: of a fixed length, and without what only lists can do. */
export class GroovyArray extends Array<Value> {
  /** As Java names it: `java.lang.String`, `int`. */
  component = 'java.lang.Object'
  static holding(component: string, items: readonly Value[]): GroovyArray {
    const made = new GroovyArray()
    made.component = component
    for (const item of items) made[made.length] = item
    return made
  }
  /** As `Class.getName()` has it. */
  get javaName(): string {
    const plain = this.component.replaceAll('[]', '')
    const brackets = '['.repeat((this.component.length - plain.length) / 2 + 1)
    return brackets + (PRIMITIVE_CODES[plain] ?? `L${plain};`)
  }
  // What `collect` and its like make of it is a list.
  static override get [Symbol.species]() {
    return Array
  }
}

/** What `Arrays.asList` gives: its places can be set, and there are no more. */
export class FixedList extends Array<Value> {
  static holding(items: readonly Value[]): FixedList {
    const made = new FixedList()
    for (const item of items) made[made.length] = item
    return made
  }
  static override get [Symbol.species]() {
    return Array
  }
}

/** Lists of java.util that are no ArrayList: LinkedList, Stack, Vector, ArrayDeque and the like. */
export class OtherList extends Array<Value> {
  /** As a script is told its class. */
  javaClass = 'java.util.LinkedList'
  static holding(javaClass: string, items: readonly Value[]): OtherList {
    const made = new OtherList()
    made.javaClass = javaClass
    for (const item of items) made[made.length] = item
    return made
  }
  static override get [Symbol.species]() {
    return Array
  }
}

const PRIMITIVE_CODES: Record<string, string> = {
  boolean: 'Z',
  byte: 'B',
  char: 'C',
  double: 'D',
  float: 'F',
  int: 'I',
  long: 'J',
  short: 'S',
}

// net.sf.json, whose values `readJSON` gives: a map and a list whose own text is JSON, and a null that
// is an object, true to Groovy and not equal to null. As recorded from json-lib 2.4.

export class JsonObject extends GroovyMap {
  /** Without a value there is no member. */
  override set(key: Value, value: Value): this {
    if (value !== null) return super.set(key, value)
    this.delete(key)
    return this
  }
}

export class JsonArray extends Array<Value> {
  // What `collect` and its like make of it is a list of Groovy's again.
  static override get [Symbol.species]() {
    return Array
  }
}

export const jsonNull = new HostObject({
  typeName: 'net.sf.json.JSONNull',
  get: () => undefined,
  print: () => 'null',
})

/** What `this` and free names mean inside a method, closure or script body. */
export interface Owner {
  /** The object of a class's method; null in the script. */
  self: GroovyObject | null
  /** The class whose method runs, also when static; null in the script. */
  type: GroovyClass | null
  /** The innermost closure being run. */
  closure: GroovyClosure | null
  /** The name shown in stack texts. */
  method: string
}

/** Local variables of a block and everything around it. */
export class Scope {
  private readonly names = new Map<string, Value>()
  private types: Map<string, TypeRef> | null = null
  readonly parent: Scope | null
  readonly owner: Owner
  constructor(parent: Scope | null, owner: Owner) {
    this.parent = parent
    this.owner = owner
  }

  child(owner: Owner = this.owner): Scope {
    return new Scope(this, owner)
  }

  /** What is assigned later to a variable with a type is cast to it. */
  declare(name: string, value: Value, type: TypeRef | null = null): void {
    this.names.set(name, value)
    if (type) (this.types ??= new Map()).set(name, type)
  }

  /** The values of its own names. */
  held(): Iterable<Value> {
    return this.names.values()
  }

  typeOf(name: string): TypeRef | undefined {
    if (this.names.has(name)) return this.types?.get(name)
    for (let scope = this.parent; scope; scope = scope.parent) {
      if (scope.names.has(name)) return scope.types?.get(name)
    }
    return undefined
  }

  lookup(name: string): Value | undefined {
    if (this.names.has(name)) return this.names.get(name)
    for (let scope = this.parent; scope; scope = scope.parent) {
      const value = scope.names.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** False when no scope declares the name. */
  assign(name: string, value: Value): boolean {
    if (this.names.has(name)) {
      this.names.set(name, value)
      return true
    }
    for (let scope = this.parent; scope; scope = scope.parent) {
      if (!scope.names.has(name)) continue
      scope.names.set(name, value)
      return true
    }
    return false
  }
}

/**
 * A piece of evaluation. It yields only what it must wait for (the host); everything between two
 * yields runs without giving way, so parallel branches interleave at host calls alone.
 */
export type Run<T = Value> = Generator<unknown, T, unknown>

/** What a call carries down: the host's opaque context, and how deep we are. */
export interface Frame {
  context: unknown
  depth: number
  /** Inside code that Jenkins doesn't transform: `@NonCPS` methods, constructors, Java's own. */
  isNonCps?: boolean
}

/** What methods of built-in values may ask of the interpreter. */
export interface Machine {
  call(target: Value, args: Value[], frame: Frame): Run
  method(target: Value, name: string, args: Value[], frame: Frame): Run
  property(target: Value, name: string, frame: Frame): Run
  text(value: Value, frame: Frame): Run<string>
  javaText(value: Value, frame: Frame): Run<string>
  truth(value: Value, frame: Frame): Run<boolean>
  equal(left: Value, right: Value, frame: Frame): Run<boolean>
  compare(left: Value, right: Value, frame: Frame): Run<number>
  /** Whether `value` is a case of `test`: what `switch`, `in` and grep ask. */
  isCase(test: Value, value: Value, frame: Frame): Run<boolean>
  /** With `delegate` set and the closure asked to look there first. */
  callWith(closure: GroovyClosure, delegate: Value, args: Value[], frame: Frame): Run
  now(): Run<number>
  random(): Run<number>
  /** Throws OutOfMemoryError when a list, map or string outgrows its limit. */
  checkEntries(count: number): void
  checkLength(length: number): void
}
