import { groovyEquals, mapPut } from './equality.ts'
import { describeThrown, type GroovyError, hostError } from './errors.ts'
import { matchValue } from './items.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toBigInt, toInt } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { allMatches, expandReplacement, findNext, matchesWhole } from './regex.ts'
import {
  GroovyBuilder,
  GroovyClosure,
  GroovyDouble,
  GroovyMatcher,
  GroovyObject,
  GroovyPattern,
  GString,
  MapEntryValue,
} from './value.ts'
import type { GroovyRandom, Value } from './value.ts'

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type MethodsOf<T> = Record<string, (self: T, args: Value[], ...rest: Rest) => ReturnType<Native>>

function table<T extends Value>(methods: MethodsOf<T>): ReadonlyMap<string, Native> {
  return new Map<string, Native>(Object.entries(methods) as unknown as [string, Native][])
}

function int(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toInt(value) : 0
}

function group(matcher: GroovyMatcher, which: Value): Value {
  if (!matcher.current) throw hostError('java.lang.IllegalStateException', 'No match found')
  if (typeof which === 'string') return matcher.current.groups?.[which] ?? null
  const at = isNumber(which) ? toInt(which) : 0
  if (at >= matcher.current.length) {
    throw hostError('java.lang.IndexOutOfBoundsException', `No group ${at}`)
  }
  return matcher.current[at] ?? null
}

export function matcherAt(matcher: GroovyMatcher, index: number): Value {
  const all = allMatches(matcher)
  const match = all.at(index)
  if (match) return matchValue(match)
  throw hostError(
    'java.lang.IndexOutOfBoundsException',
    `index is out of range ${-all.length}..${all.length - 1} (index = ${index})`,
  )
}

function replaceAll(matcher: GroovyMatcher, template: string): string {
  let out = ''
  let from = 0
  for (const match of allMatches(matcher)) {
    out += matcher.text.slice(from, match.index) + expandReplacement(template, match)
    from = match.index + match[0].length
  }
  return out + matcher.text.slice(from)
}

export const matcherMethods = table<GroovyMatcher>({
  find: (self) => findNext(self),
  matches: (self) => matchesWhole(self),
  hitEnd: (self) => self.next > self.text.length,
  group: (self, args) => group(self, arg(args, 0)),
  groupCount: (self) => {
    const { source, flags } = self.pattern.regexp
    return new RegExp(`${source}|`, flags.replace('g', '')).exec('')!.length - 1
  },
  getCount: (self) => allMatches(self).length,
  size: (self) => allMatches(self).length,
  hasGroup: (self) => (allMatches(self)[0]?.length ?? 1) > 1,
  getAt: (self, args) => matcherAt(self, int(args)),
  start: (self) => self.current?.index ?? -1,
  end: (self) => (self.current ? self.current.index + self.current[0].length : -1),
  reset: (self) => {
    self.next = 0
    self.current = null
    return self
  },
  replaceAll: (self, args) => replaceAll(self, toGroovyString(arg(args, 0))),
  replaceFirst: (self, args) => {
    const match = allMatches(self)[0]
    if (!match) return self.text
    const by = expandReplacement(toGroovyString(arg(args, 0)), match)
    return self.text.slice(0, match.index) + by + self.text.slice(match.index + match[0].length)
  },
})

export const patternMethods = table<GroovyPattern>({
  matcher: (self, args) => new GroovyMatcher(self, toGroovyString(arg(args, 0))),
  pattern: (self) => self.source,
  split: (self, args, machine, frame) =>
    machine.method(arg(args, 0), 'split', [self.source], frame),
  isCase: (self, args) => matchesWhole(new GroovyMatcher(self, toGroovyString(arg(args, 0)))),
})

export const entryMethods = table<MapEntryValue>({
  getKey: (self) => self.key,
  getValue: (self) => self.map.get(self.key) ?? null,
  setValue: (self, args) => {
    mapPut(self.map, self.key, arg(args, 0))
    return null
  },
})

export const randomMethods = table<GroovyRandom>({
  nextInt: function* (_self, args, machine) {
    const bound = args.length > 0 ? int(args) : 2 ** 32
    if (bound <= 0) throw hostError('java.lang.IllegalArgumentException', 'bound must be positive')
    const value = Math.floor((yield* machine.random()) * bound)
    return args.length > 0 ? value : value | 0
  },
  nextBoolean: function* (_self, _args, machine) {
    return (yield* machine.random()) < 0.5
  },
  nextDouble: function* (_self, _args, machine) {
    return new GroovyDouble(yield* machine.random())
  },
  nextLong: function* (_self, _args, machine) {
    return toBigInt(new GroovyDouble((yield* machine.random()) * 2 ** 63))
  },
})

const append: MethodsOf<GroovyBuilder>[string] = function* (self, args, machine, frame) {
  const given = arg(args, 0)
  // Java appends a collection as it prints it itself: `{a=1}`.
  const isGroovy = given === null || typeof given !== 'object' || given instanceof GString
  self.text += yield* isGroovy ? machine.text(given, frame) : machine.javaText(given, frame)
  machine.checkLength(self.text.length)
  return self
}

function outside(what: string, at: number, { length }: string): GroovyError {
  const text = `${what} ${at}, length ${length}`
  return hostError('java.lang.StringIndexOutOfBoundsException', text)
}

export const builderMethods = table<GroovyBuilder>({
  append,
  leftShift: append,
  plus: function* (self, args, machine, frame) {
    return self.text + (yield* machine.text(arg(args, 0), frame))
  },
  insert: (self, args) => {
    const at = int(args)
    if (at < 0 || at > self.text.length) throw outside('offset', at, self.text)
    self.text = self.text.slice(0, at) + toGroovyString(arg(args, 1)) + self.text.slice(at)
    return self
  },
  setLength: (self, args) => {
    self.text = self.text.slice(0, int(args))
    return null
  },
  deleteCharAt: (self, args) => {
    if (int(args) < 0 || int(args) >= self.text.length) throw outside('index', int(args), self.text)
    self.text = self.text.slice(0, int(args)) + self.text.slice(int(args) + 1)
    return self
  },
  delete: (self, args) => {
    self.text = self.text.slice(0, int(args)) + self.text.slice(int(args, 1))
    return self
  },
  replace: (self, args) => {
    const [from, to] = [int(args), int(args, 1)]
    self.text = self.text.slice(0, from) + toGroovyString(arg(args, 2)) + self.text.slice(to)
    return self
  },
  reverse: (self) => {
    self.text = [...self.text].reverse().join('')
    return self
  },
  toString: (self: GroovyBuilder) => self.text,
})

export const throwableMethods = table<GroovyObject>({
  getMessage: (self) => self.fields.get('message') ?? null,
  getLocalizedMessage: (self) => self.fields.get('message') ?? null,
  getCause: (self) => self.fields.get('cause') ?? null,
  getCauses: (self) => self.fields.get('causes') ?? [],
  getResult: (self) => self.fields.get('result') ?? null,
  getStackTrace: () => [],
  getSuppressed: () => [],
  printStackTrace: () => null,
  fillInStackTrace: (self) => self,
  addSuppressed: () => null,
  initCause: (self, args) => {
    self.fields.set('cause', arg(args, 0))
    return self
  },
  toString: (self: GroovyObject) => describeThrown(self),
})

function copyOf(closure: GroovyClosure): GroovyClosure {
  const copy = new GroovyClosure(closure.params, closure.body, closure.scope)
  copy.delegate = closure.delegate
  copy.resolveStrategy = closure.resolveStrategy
  copy.curried = [...closure.curried]
  copy.native = closure.native
  copy.isPlain = closure.isPlain
  return copy
}

function curry(self: GroovyClosure, at: number, args: Value[]): GroovyClosure {
  const copy = copyOf(self)
  copy.curried.push({ at, args })
  return copy
}

export const closureMethods = table<GroovyClosure>({
  call: (self, args, machine, frame) => machine.call(self, args, frame),
  doCall: (self, args, machine, frame) => machine.call(self, args, frame),
  run: (self, args, machine, frame) => machine.call(self, args, frame),
  curry: (self, args) => curry(self, 0, args),
  rcurry: (self, args) => curry(self, -1, args),
  ncurry: (self, args) => curry(self, int(args), args.slice(1)),
  clone: (self) => copyOf(self),
  rehydrate: (self, args) => {
    const copy = copyOf(self)
    copy.delegate = arg(args, 0)
    return copy
  },
  dehydrate: (self) => copyOf(self),
  setDelegate: (self, args) => {
    self.delegate = arg(args, 0)
    return null
  },
  setResolveStrategy: (self, args) => {
    self.resolveStrategy = (int(args) % 5) as GroovyClosure['resolveStrategy']
    return null
  },
  getMaximumNumberOfParameters: (self) => (self.params ? self.params.length : 1),
  memoize: (self) => {
    const copy = copyOf(self)
    const known: { args: Value[]; result: Value }[] = []
    const original = copyOf(self)
    copy.curried = []
    copy.native = function* (args, machine, frame) {
      const hit = known.find((each) => groovyEquals(each.args, args))
      if (hit) return hit.result
      const result = yield* machine.call(original, args, frame)
      known.push({ args, result })
      return result
    }
    return copy
  },
})

export function composed(first: GroovyClosure, second: GroovyClosure): GroovyClosure {
  const out = new GroovyClosure(first.params, null, null)
  out.native = function* (args, machine, frame) {
    const value = yield* machine.call(first, args, frame)
    return yield* machine.call(second, [value], frame)
  }
  return out
}
