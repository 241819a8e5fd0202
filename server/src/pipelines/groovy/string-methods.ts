import { setOf } from './equality.ts'
import { hostError, missingMethod } from './errors.ts'
import { javaFormat } from './format.ts'
import { itemsOf, matchValue } from './items.ts'
import type { Frame, Machine, Native, Run } from './machine.ts'
import { distance } from './java-compare.ts'
import { arg } from './machine.ts'
import { LETTERS } from './number-statics.ts'
import { isNumber, narrowest, parseDecimal, parseDouble, toInt } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { allMatches, compilePattern, expandReplacement, matchesWhole } from './regex.ts'
import {
  GroovyArray,
  GroovyBigInteger,
  GroovyDouble,
  GroovyFloat,
  GroovyMatcher,
  GroovyPattern,
  GroovyClosure,
} from './value.ts'
import type { Value } from './value.ts'

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type StringNative = (self: string, args: Value[], ...rest: Rest) => ReturnType<Native>

function text(args: Value[], at = 0): string {
  return toGroovyString(arg(args, at))
}

function int(args: Value[], at = 0, fallback = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toInt(value) : fallback
}

function pattern(args: Value[]): GroovyPattern {
  const given = arg(args, 0)
  return given instanceof GroovyPattern ? given : compilePattern(toGroovyString(given))
}

function substring(self: string, from: number, to: number): string {
  if (from < 0 || to > self.length || from > to) {
    throw hostError(
      'java.lang.StringIndexOutOfBoundsException',
      `begin ${from}, end ${to}, length ${self.length}`,
    )
  }
  return self.slice(from, to)
}

function charAt(self: string, at: number): string {
  if (at >= 0 && at < self.length) return self[at]!
  throw hostError('java.lang.StringIndexOutOfBoundsException', `String index out of range: ${at}`)
}

function split(self: string, args: Value[]): Value[] {
  return GroovyArray.holding('java.lang.String', splitParts(self, args))
}

/** Java's split: trailing empty strings fall away. */
function splitParts(self: string, args: Value[]): Value[] {
  if (args.length === 0) return self.trim() === '' ? [] : self.trim().split(/\s+/)
  const limit = int(args, 1)
  if (self === '') return ['']
  const parts: string[] = []
  let from = 0
  for (const match of allMatches(new GroovyMatcher(pattern(args), self))) {
    if (limit > 0 && parts.length === limit - 1) break
    if (match.index + match[0].length === 0) continue
    if (match[0] === '' && match.index >= self.length) continue
    parts.push(self.slice(from, match.index))
    from = match.index + match[0].length
  }
  parts.push(self.slice(from))
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  return parts
}

function tokenize(self: string, args: Value[]): Value[] {
  const separators = args.length === 0 ? ' \t\n\r\f' : text(args)
  const out: string[] = ['']
  for (const char of self) {
    if (separators.includes(char)) out.push('')
    else out[out.length - 1] += char
  }
  return out.filter((part) => part !== '')
}

function* replaceMatches(
  self: string,
  args: Value[],
  firstOnly: boolean,
  machine: Machine,
  frame: Frame,
): Run {
  const by = arg(args, 1)
  let out = ''
  let from = 0
  for (const match of allMatches(new GroovyMatcher(pattern(args), self))) {
    out += self.slice(from, match.index)
    if (by instanceof GroovyClosure) {
      out += yield* machine.text(yield* machine.call(by, given(by, match), frame), frame)
    } else out += expandReplacement(toGroovyString(by), match)
    from = match.index + match[0].length
    if (firstOnly) break
  }
  out += self.slice(from)
  machine.checkLength(out.length)
  return out
}

/** A closure of transformed code takes a match whole: its further parameters stay null. */
function given(closure: GroovyClosure, match: RegExpExecArray): Value[] {
  const groups = matchValue(match)
  const takesAll = closure.isPlain && (closure.params?.length ?? 1) > 1
  return takesAll && Array.isArray(groups) ? groups : [groups]
}

function lines(self: string): string[] {
  const all = self.split(/\r\n|\n|\r/)
  if (all.at(-1) === '') all.pop()
  return all
}

/** Java's own: the last line counts also where it is blank, and no line ends with blanks. */
function stripIndent(self: string): string {
  if (self === '') return ''
  const all = self.split(/\r\n|\n|\r/)
  const counted = all.filter((line, at) => line.trim() !== '' || at === all.length - 1)
  const least = Math.min(...counted.map((line) => /^\s*/.exec(line)![0].length))
  return all.map((line) => line.slice(Math.min(least, line.length)).trimEnd()).join('\n')
}

/** `expand(4)`: a tab goes to the next column that is a multiple of so many. */
function expanded(self: string, stop: number): string {
  return self.replace(/[^\n]+/g, (line) => {
    let out = ''
    for (const char of line) {
      out += char === '\t' ? ' '.repeat(stop - (out.length % stop)) : char
    }
    return out
  })
}

function unexpanded(self: string, stop: number): string {
  return self
    .split('\n')
    .map((line) => {
      const parts = expanded(line, stop).match(new RegExp(`.{1,${stop}}`, 'g')) ?? []
      return parts
        .map((part) => (part.length === stop ? part.replace(/ {2,}$/, '\t') : part))
        .join('')
    })
    .join('\n')
}

/** As long as a closure holds of the letters. */
function* lead(self: string, test: Value, machine: Machine, frame: Frame): Run<number> {
  for (const [at, char] of [...self].entries()) {
    if (!(yield* machine.truth(yield* machine.call(test, [char], frame), frame))) return at
  }
  return self.length
}

function parseWhole(self: string, kind: 'int' | 'long' | 'big'): Value {
  const trimmed = self.trim()
  const bad = () => hostError('java.lang.NumberFormatException', `For input string: "${trimmed}"`)
  if (!/^[+-]?\d+$/.test(trimmed)) throw bad()
  const value = BigInt(trimmed.replace(/^\+/, ''))
  if (kind === 'big') return new GroovyBigInteger(value)
  if (kind === 'long') {
    if (BigInt.asIntN(64, value) !== value) throw bad()
    return value
  }
  if (typeof narrowest(value) !== 'number') throw bad()
  return Number(value)
}

const isWhole = (self: string, bits: number) =>
  /^[+-]?\d+$/.test(self.trim()) &&
  BigInt.asIntN(bits, BigInt(self.trim().replace('+', ''))) === BigInt(self.trim().replace('+', ''))

function isFraction(self: string): boolean {
  try {
    parseDouble(self)
    return true
  } catch {
    return false
  }
}

const eachLine: StringNative = function* (self, args, machine, frame) {
  const closure = args.at(-1) ?? null
  const counted = closure instanceof GroovyClosure && closure.params?.length === 2
  let result: Value = null
  const first = args.length > 1 ? Number(arg(args, 0)) : 0
  for (const [at, line] of lines(self).entries()) {
    result = yield* machine.call(closure, counted ? [line, first + at] : [line], frame)
  }
  return result
}

const find: StringNative = function* (self, args, machine, frame) {
  const given = arg(args, 0)
  if (given instanceof GroovyClosure) {
    for (const char of self) {
      if (yield* machine.truth(yield* machine.call(given, [char], frame), frame)) return char
    }
    return null
  }
  const match = allMatches(new GroovyMatcher(pattern(args), self))[0]
  if (!match) return null
  const closure = arg(args, 1)
  return closure === null ? match[0] : yield* machine.call(closure, asGiven(closure, match), frame)
}

/** Plain code is given the groups one by one, also to a closure that takes none of them. */
function asGiven(closure: Value, match: RegExpExecArray): Value[] {
  if (closure instanceof GroovyClosure && !closure.isPlain) return given(closure, match)
  return Array.from(match, (group) => group ?? null)
}

const findAll: StringNative = function* (self, args, machine, frame) {
  const given = arg(args, 0)
  const out: Value[] = []
  if (given instanceof GroovyClosure) {
    for (const char of self) {
      if (yield* machine.truth(yield* machine.call(given, [char], frame), frame)) out.push(char)
    }
    return out
  }
  for (const match of allMatches(new GroovyMatcher(pattern(args), self))) {
    const closure = arg(args, 1)
    out.push(
      closure === null ? match[0] : yield* machine.call(closure, asGiven(closure, match), frame),
    )
  }
  return out
}

function capital(self: string, change: (first: string) => string): string {
  return self === '' ? '' : change(self[0]!) + self.slice(1)
}

/** Of a text of one letter, which is what a Character is here. */
const letterMethods: Record<string, StringNative> = Object.fromEntries(
  Object.entries(LETTERS).map(([name, pattern]) => [
    name,
    (self: string, args: Value[]) => {
      if (self.length === 1) return pattern.test(self)
      throw missingMethod(name, 'java.lang.String', args, args.map(toGroovyString))
    },
  ]),
)

const methods: Record<string, StringNative> = {
  length: (self) => self.length,
  size: (self) => self.length,
  trim: (self) => self.replace(/^[\0-\x20]+|[\0-\x20]+$/g, ''),
  strip: (self) => self.trim(),
  isEmpty: (self) => self === '',
  isBlank: (self) => self.trim() === '',
  toUpperCase: (self) => self.toUpperCase(),
  toLowerCase: (self) => self.toLowerCase(),
  tr: (self, args) =>
    transliterate(self, toGroovyString(arg(args, 0)), toGroovyString(arg(args, 1))),
  capitalize: (self) => capital(self, (first) => first.toUpperCase()),
  uncapitalize: (self) => capital(self, (first) => first.toLowerCase()),
  contains: (self, args) => {
    if (arg(args, 0) === null) throw nothing('"java.lang.CharSequence.toString()"', 's')
    return self.includes(text(args))
  },
  startsWith: (self, args) => {
    if (arg(args, 0) === null) throw nothing('"String.length()"', 'prefix')
    return self.startsWith(text(args), int(args, 1))
  },
  endsWith: (self, args) => {
    if (arg(args, 0) === null) throw nothing('"String.length()"', 'suffix')
    return self.endsWith(text(args))
  },
  indexOf: (self, args) => self.indexOf(text(args), int(args, 1)),
  lastIndexOf: (self, args) => self.lastIndexOf(text(args), int(args, 1, Infinity)),
  charAt: (self, args) => charAt(self, int(args)),
  codePointAt: (self, args) => self.codePointAt(int(args)) ?? 0,
  substring: (self, args) => substring(self, int(args), int(args, 1, self.length)),
  subSequence: (self, args) => substring(self, int(args), int(args, 1, self.length)),
  take: (self, args) => self.slice(0, Math.max(0, int(args))),
  drop: (self, args) => self.slice(Math.max(0, int(args))),
  concat: (self, args) => self + text(args),
  plus: (self, args) => self + text(args),
  minus: (self, args) => minus(self, arg(args, 0)),
  multiply: (self, args, machine) => {
    if (arg(args, 0) === null) throw nothing('"java.lang.Number.intValue()"', 'factor')
    if (!isNumber(arg(args, 0))) {
      throw missingMethod('multiply', 'java.lang.String', args, [toGroovyString(arg(args, 0))])
    }
    return repeat(self, int(args), machine)
  },
  repeat: (self, args, machine) => repeat(self, int(args), machine),
  reverse: (self) => [...self].reverse().join(''),
  replace: (self, args) => self.split(text(args)).join(text(args, 1)),
  replaceAll: (self, args, machine, frame) => replaceMatches(self, args, false, machine, frame),
  replaceFirst: (self, args, machine, frame) => replaceMatches(self, args, true, machine, frame),
  split,
  tokenize,
  matches: (self, args) => matchesWhole(new GroovyMatcher(pattern(args), self)),
  find,
  findAll,
  eachLine,
  eachMatch: function* (self, args, machine, frame) {
    for (const match of allMatches(new GroovyMatcher(pattern(args), self))) {
      const closure = arg(args, 1)
      const groups = closure instanceof GroovyClosure ? given(closure, match) : [matchValue(match)]
      yield* machine.call(closure, groups, frame)
    }
    return self
  },
  readLines: (self) => lines(self),
  lines: (self) => lines(self),
  toList: (self) => [...self],
  toCharArray: (self) => GroovyArray.holding('char', [...self]),
  getChars: (self) => GroovyArray.holding('char', [...self]),
  getBytes: (self) =>
    GroovyArray.holding(
      'byte',
      Array.from(new TextEncoder().encode(self), (byte) => (byte << 24) >> 24),
    ),
  count: (self, args) => (text(args) === '' ? 0 : self.split(text(args)).length - 1),
  padLeft: (self, args) => self.padStart(int(args), args.length > 1 ? text(args, 1) : ' '),
  padRight: (self, args) => self.padEnd(int(args), args.length > 1 ? text(args, 1) : ' '),
  center: (self, args) => {
    const missing = Math.max(0, int(args) - self.length)
    const fill = args.length > 1 ? text(args, 1) : ' '
    return self
      .padStart(self.length + Math.floor(missing / 2), fill)
      .padEnd(self.length + missing, fill)
  },
  takeWhile: function* (self, args, machine, frame) {
    return self.slice(0, yield* lead(self, arg(args, 0), machine, frame))
  },
  dropWhile: function* (self, args, machine, frame) {
    return self.slice(yield* lead(self, arg(args, 0), machine, frame))
  },
  stripIndent: (self, args) => {
    if (args.length === 0) return stripIndent(self)
    const cut = (line: string) => line.slice(Math.min(int(args), line.length))
    return self.split('\n').map(cut).join('\n')
  },
  stripMargin: (self, args) => {
    const margin = args.length === 0 ? '|' : text(args)
    return self
      .split('\n')
      .map((line) =>
        line.trimStart().startsWith(margin) ? line.trimStart().slice(margin.length) : line,
      )
      .join('\n')
  },
  normalize: (self) => self.replace(/\r\n?/g, '\n'),
  denormalize: (self) => self,
  toInteger: (self) => parseWhole(self, 'int'),
  toLong: (self) => parseWhole(self, 'long'),
  toBigInteger: (self) => parseWhole(self, 'big'),
  toDouble: (self) => new GroovyDouble(parseDouble(self)),
  toFloat: (self) => new GroovyFloat(parseDouble(self)),
  toShort: (self) => parseWhole(self, 'int'),
  toCharacter: (self) => charAt(self, 0),
  toBigDecimal: (self) => parseDecimal(self),
  toBoolean: (self) => ['true', 'y', '1'].includes(self.trim().toLowerCase()),
  isInteger: (self) => isWhole(self, 32),
  isLong: (self) => isWhole(self, 64),
  isBigInteger: (self) => isWhole(self, 10_000),
  isNumber: (self) => isFraction(self) && !/[fFdDNI]/.test(self),
  isBigDecimal: (self) => isFraction(self) && !/[fFdDNI]/.test(self),
  isDouble: isFraction,
  isFloat: isFraction,
  isAllWhitespace: (self) => self.trim() === '',
  equalsIgnoreCase: (self, args) => self.toLowerCase() === text(args).toLowerCase(),
  containsIgnoreCase: (self, args) => self.toLowerCase().includes(text(args).toLowerCase()),
  compareTo: (self, args) => {
    if (arg(args, 0) === null) {
      const why = 'Cannot read field "value" because "anotherString" is null'
      throw hostError('java.lang.NullPointerException', why)
    }
    return distance(self, text(args))
  },
  compareToIgnoreCase: (self, args) => distance(self.toLowerCase(), text(args).toLowerCase()),
  intern: (self) => self,
  formatted: (self, args) => javaFormat(self, args),
  encodeBase64: (self) => base64(self),
  decodeBase64: (self) =>
    GroovyArray.holding(
      'byte',
      Array.from(Buffer.from(self, 'base64'), (byte) => (byte << 24) >> 24),
    ),
  expand: (self, args) => expanded(self, int(args, 0, 8)),
  unexpand: (self, args) => unexpanded(self, int(args, 0, 8)),
  previous: (self) =>
    self.slice(0, -1) + String.fromCharCode((self.at(-1) ?? '').charCodeAt(0) - 1),
  collectReplacements: function* (self, args, machine, frame) {
    let out = ''
    for (const char of self) {
      const by = yield* machine.call(arg(args, 0), [char], frame)
      out += by === null ? char : yield* machine.text(by, frame)
    }
    return out
  },
  toSet: (self) => setOf([...self]),
  next: (self) => self.slice(0, -1) + String.fromCharCode((self.at(-1) ?? '').charCodeAt(0) + 1),
  ...letterMethods,

  bitwiseNegate: (self) => compilePattern(self),
  toURI: (self) => self,
  toString: (self: string) => self,
  each: function* (self, args, machine, frame) {
    for (const char of itemsOf(self)!) yield* machine.call(arg(args, 0), [char], frame)
    return self
  },
  isCase: (self, args) => self === text(args),
}

function minus(self: string, removed: Value): string {
  if (removed instanceof GroovyPattern) {
    const match = allMatches(new GroovyMatcher(removed, self))[0]
    return match ? self.slice(0, match.index) + self.slice(match.index + match[0].length) : self
  }
  const at = self.indexOf(toGroovyString(removed))
  return at < 0 ? self : self.slice(0, at) + self.slice(at + toGroovyString(removed).length)
}

/** As Java 17 says which call found nothing. */
const nothing = (call: string, name: string) =>
  hostError('java.lang.NullPointerException', `Cannot invoke ${call} because "${name}" is null`)

function repeat(self: string, times: number, machine: Machine): string {
  if (times < 0) {
    throw hostError(
      'java.lang.IllegalArgumentException',
      `multiply() should be called with a number of 0 or greater not: ${times}`,
    )
  }
  machine.checkLength(self.length * times)
  return self.repeat(times)
}

export function base64(textOrBytes: string | Uint8Array): string {
  const bytes =
    typeof textOrBytes === 'string' ? new TextEncoder().encode(textOrBytes) : textOrBytes
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

export const stringMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(methods) as [string, Native][],
)

/** `tr('a-c', 'xyz')`: the last character of the replacement stands for those that have none. */
function transliterate(text: string, from: string, to: string): string {
  const spread = (set: string) =>
    set.replaceAll(/(.)-(.)/gs, (_, first: string, last: string) => {
      const codes = last.charCodeAt(0) - first.charCodeAt(0)
      return Array.from({ length: Math.max(0, codes) + 1 }, (__, at) =>
        String.fromCharCode(first.charCodeAt(0) + at),
      ).join('')
    })
  const [source, target] = [spread(from), spread(to)]
  return [...text]
    .map((char) => {
      const at = source.indexOf(char)
      return at < 0 ? char : (target[at] ?? target.at(-1) ?? '')
    })
    .join('')
}
