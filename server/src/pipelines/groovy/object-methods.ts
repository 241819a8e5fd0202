import { groovyEquals, mapPut } from './equality.ts'
import { describeThrown, type GroovyError, hostError, traceOf } from './errors.ts'
import { itemsOf, matchValue } from './items.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toInt } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { allMatches, expandReplacement, findNext, matchesWhole } from './regex.ts'
import {
  GroovyBuilder,
  GroovyClosure,
  GroovyMatcher,
  GroovyObject,
  GroovyPattern,
  GString,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type MethodsOf<T> = Record<string, (self: T, args: Value[], ...rest: Rest) => ReturnType<Native>>

function table<T extends Value>(methods: MethodsOf<T>): ReadonlyMap<string, Native> {
  return new Map<string, Native>(Object.entries(methods) as unknown as [string, Native][])
}

function int(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toInt(value) : 0
}

const failed = (name: string, text: string) => hostError(`java.lang.${name}`, text)

function current(matcher: GroovyMatcher, text: string): RegExpExecArray {
  if (matcher.current) return matcher.current
  throw failed('IllegalStateException', text)
}

function group(matcher: GroovyMatcher, which: Value): Value {
  const match = current(matcher, 'No match found')
  if (typeof which === 'string') {
    if (!match.groups || !Object.hasOwn(match.groups, which)) {
      throw failed('IllegalArgumentException', `No group with name <${which}>`)
    }
    return match.groups[which] ?? null
  }
  const at = isNumber(which) ? toInt(which) : 0
  if (at >= match.length) throw failed('IndexOutOfBoundsException', `No group ${at}`)
  return match[at] ?? null
}

/** Where the match, or one of its groups, begins and ends; -1 of a group that has no part in it. */
function span(matcher: GroovyMatcher, args: Value[]): [number, number] {
  const match = current(matcher, 'No match available')
  if (args.length === 0) return [match.index, match.index + match[0].length]
  const text = group(matcher, arg(args, 0))
  if (text === null) return [-1, -1]
  const { source, flags } = matcher.pattern.regexp
  const exact = new RegExp(source, `${flags.replace(/[gdy]/g, '')}dy`)
  exact.lastIndex = match.index
  const { indices } = exact.exec(matcher.text) ?? {}
  const [which] = args
  const found = typeof which === 'string' ? indices?.groups?.[which] : indices?.[Number(which)]
  return found ?? [match.index, match.index + match[0].length]
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
  find: (self, args) => {
    if (args.length > 0) self.next = int(args)
    return findNext(self)
  },
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
  start: (self, args) => span(self, args)[0],
  end: (self, args) => span(self, args)[1],
  pattern: (self) => self.pattern,
  lookingAt: (self) => {
    const first = allMatches(self)[0]
    self.current = first?.index === 0 ? first : null
    return self.current !== null
  },
  toMatchResult: (self) => {
    const copy = new GroovyMatcher(self.pattern, self.text)
    copy.current = self.current
    return copy
  },
  appendReplacement: (self, args) => {
    const [from, to] = span(self, [])
    const by = expandReplacement(toGroovyString(arg(args, 1)), self.current!)
    const into = arg(args, 0)
    if (into instanceof GroovyBuilder) into.text += self.text.slice(self.appended, from) + by
    self.appended = to
    return self
  },
  appendTail: (self, args) => {
    const into = arg(args, 0)
    if (into instanceof GroovyBuilder) into.text += self.text.slice(self.appended)
    return into
  },
  reset: (self, args) => {
    if (args.length > 0) self.text = toGroovyString(arg(args, 0))
    self.appended = 0
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
  flags: ({ regexp: { flags } }) =>
    (flags.includes('i') ? 2 : 0) + (flags.includes('m') ? 8 : 0) + (flags.includes('s') ? 32 : 0),
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
  write: append,
  flush: () => null,
  close: () => null,
  getBuffer: (self) => new GroovyBuilder(self.text, 'java.lang.StringBuffer'),
  capacity: (self) => self.text.length + 16,
  setCharAt: (self, args) => {
    const at = int(args)
    if (at < 0 || at >= self.text.length) throw outside('index', at, self.text)
    self.text = self.text.slice(0, at) + toGroovyString(arg(args, 1)) + self.text.slice(at + 1)
    return null
  },
  putAt: (self, args) => {
    const [place, by] = [arg(args, 0), toGroovyString(arg(args, 1))]
    const items = Array.isArray(place) ? place : (itemsOf(place) ?? [place])
    const [from, to] = [Number(items[0]), Number(items.at(-1))]
    self.text = self.text.slice(0, from) + by + self.text.slice(to + 1)
    return null
  },
  setLength: (self, args) => {
    self.text = self.text.slice(0, int(args)).padEnd(int(args), '\0')
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

/** As Java prints it: the exception, and below it the calls that it came through. */
function stackText(thrown: GroovyObject): string {
  const frames = traceOf(thrown)?.frames ?? []
  return [describeThrown(thrown), ...frames.map((each) => `\tat ${each}`)].join('\n') + '\n'
}

export const throwableMethods = table<GroovyObject>({
  getMessage: (self) => self.fields.get('message') ?? null,
  getLocalizedMessage: (self) => self.fields.get('message') ?? null,
  getCause: (self) => self.fields.get('cause') ?? null,
  getCauses: (self) => self.fields.get('causes') ?? [],
  getResult: (self) => self.fields.get('result') ?? null,
  getSuppressed: () => [],
  printStackTrace: (self, args) => {
    const into = arg(args, 0)
    const writer = into instanceof GroovyObject ? into.fields.get('content') : into
    if (writer instanceof GroovyBuilder) writer.text += stackText(self)
    return null
  },
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
