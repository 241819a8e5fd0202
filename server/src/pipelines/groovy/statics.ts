import { isSubclass } from './classes.ts'
import { hashMap, hashSet, treeMap, treeSet } from './arranged.ts'
import { groovyEquals, setOf } from './equality.ts'
import { hostError, makeThrowable } from './errors.ts'
import { formatDate, javaFormat } from './format.ts'
import { itemsOf } from './items.ts'
import { jsonText, prettyJson } from './json.ts'
import { slurp } from './json-slurper.ts'
import type { Frame, Machine, Run } from './machine.ts'
import { arg } from './machine.ts'
import { copyMap, putAll } from './map-methods.ts'
import { ROUNDINGS } from './rounding.ts'
import { isNumber, parseDecimal, toBigInt, toDecimal, toDouble } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { calendarMethod, CALENDAR_FIELDS } from './date-methods.ts'
import { instantOf, parseTime } from './time-format.ts'
import { timeConstant, timeStatics } from './time-statics.ts'
import { compilePattern, matchesWhole } from './regex.ts'
import {
  GroovyArray,
  GroovyBigInteger,
  GroovyBuilder,
  GroovyDecimal,
  GroovyClass,
  GroovyDate,
  GroovyDouble,
  GroovyMap,
  GroovyMatcher,
  GroovyPattern,
  GroovyObject,
  GroovyRandom,
} from './value.ts'
import type { Value } from './value.ts'
import { builtinClass, classOf } from './classes.ts'
import { unmodifiable } from './unmodifiable.ts'

type Static = (args: Value[], machine: Machine, frame: Frame) => Value | Run

function double(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toDouble(value) : Number(toGroovyString(value))
}

function text(args: Value[], at = 0): string {
  return toGroovyString(arg(args, at))
}

/** Java's Math keeps whole numbers whole. */
function larger(sign: 1 | -1): Static {
  return (args) => ((double(args) - double(args, 1)) * sign >= 0 ? arg(args, 0) : arg(args, 1))
}

function onDouble(apply: (value: number) => number): Static {
  return (args) => new GroovyDouble(apply(double(args)))
}

const math: Record<string, Static> = {
  max: larger(1),
  min: larger(-1),
  abs: (args, machine, frame) => machine.method(arg(args, 0), 'abs', [], frame),
  round: (args) => BigInt(Math.round(double(args))),
  floor: onDouble(Math.floor),
  ceil: onDouble(Math.ceil),
  sqrt: onDouble(Math.sqrt),
  log: onDouble(Math.log),
  log10: onDouble(Math.log10),
  exp: onDouble(Math.exp),
  signum: onDouble(Math.sign),
  cbrt: onDouble(Math.cbrt),
  pow: (args) => new GroovyDouble(double(args) ** double(args, 1)),
  floorMod: (args) => {
    const [a, b] = [double(args), double(args, 1)]
    return ((a % b) + b) % b
  },
  random: function* (_args, machine) {
    return new GroovyDouble(yield* machine.random())
  },
}

const collections: Record<string, Static> = {
  emptyList: () => [],
  emptyMap: () => new GroovyMap(),
  emptySet: () => setOf([]),
  singletonList: (args) => [arg(args, 0)],
  unmodifiableCollection: (args) => unmodifiable(arg(args, 0)),
  unmodifiableList: (args) => unmodifiable(arg(args, 0)),
  unmodifiableMap: (args) => unmodifiable(arg(args, 0)),
  unmodifiableSet: (args) => unmodifiable(arg(args, 0)),
  frequency: (args) =>
    (itemsOf(arg(args, 0)) ?? []).filter((each) => groovyEquals(each, arg(args, 1))).length,
  nCopies: (args, machine) => {
    machine.checkEntries(Number(arg(args, 0)))
    return Array.from({ length: Number(arg(args, 0)) }, () => arg(args, 1))
  },
  max: (args, machine, frame) => machine.method(arg(args, 0), 'max', [], frame),
  min: (args, machine, frame) => machine.method(arg(args, 0), 'min', [], frame),
  sort: (args, machine, frame) => machine.method(arg(args, 0), 'sort', args.slice(1), frame),
  reverse: (args) => (Array.isArray(args[0]) ? args[0].reverse() : null),
  shuffle: function* (args, machine) {
    const list = args[0]
    if (!Array.isArray(list)) return null
    for (let at = list.length - 1; at > 0; at -= 1) {
      const other = Math.floor((yield* machine.random()) * (at + 1))
      const held = list[at]!
      list[at] = list[other]!
      list[other] = held
    }
    return null
  },
}

function via(method: string): Static {
  return (args, machine, frame) => machine.method(text(args), method, [], frame)
}

const byClass: Record<string, Record<string, Static>> = {
  'java.lang.Math': math,
  'java.util.Collections': collections,
  'java.util.Arrays': {
    asList: (args) => (args.length === 1 ? (itemsOf(arg(args, 0)) ?? args) : args),
    toString: (args: Value[]) => text(args),
  },
  'java.util.Objects': {
    equals: (args, machine, frame) => machine.equal(arg(args, 0), arg(args, 1), frame),
    isNull: (args) => arg(args, 0) === null,
    nonNull: (args) => arg(args, 0) !== null,
  },
  'java.lang.String': {
    format: (args) =>
      javaFormat(text(args), args[1] instanceof GroovyArray ? args[1] : args.slice(1)),
    valueOf: (args: Value[], machine: Machine, frame: Frame) =>
      machine.javaText(arg(args, 0), frame),
    join: (args) => {
      const items = args.length === 2 ? (itemsOf(arg(args, 1)) ?? []) : args.slice(1)
      return items.map(toGroovyString).join(text(args))
    },
  },
  'java.lang.Integer': {
    parseInt: (args) => {
      const radix = arg(args, 1)
      return typeof radix === 'number'
        ? parseRadix(text(args), radix)
        : parseWithMachine(text(args))
    },
    valueOf: (args: Value[]) => (isNumber(args[0]) ? args[0] : parseWithMachine(text(args))),
    toString: (args: Value[]) =>
      isNumber(args[1]) ? BigInt(double(args)).toString(double(args, 1)) : text(args),
    toHexString: (args) => BigInt.asUintN(32, BigInt(double(args))).toString(16),
    toBinaryString: (args) => BigInt.asUintN(32, BigInt(double(args))).toString(2),
    compare: (args) => Math.sign(double(args) - double(args, 1)),
  },
  'java.lang.Long': { parseLong: via('toLong'), valueOf: via('toLong') },
  'java.lang.Double': { parseDouble: via('toDouble'), valueOf: via('toDouble') },
  'java.lang.Float': { parseFloat: via('toDouble'), valueOf: via('toDouble') },
  'java.lang.Boolean': {
    parseBoolean: (args) => text(args).toLowerCase() === 'true',
    valueOf: (args: Value[]) => text(args).toLowerCase() === 'true',
    toString: (args: Value[]) => text(args),
  },
  'java.lang.Character': {
    toUpperCase: (args) => text(args).toUpperCase(),
    toLowerCase: (args) => text(args).toLowerCase(),
    getNumericValue: (args) => Number.parseInt(text(args), 36),
    valueOf: (args: Value[]) => text(args),
    toString: (args: Value[]) => text(args),
    isDigit: (args) => /^\p{Nd}$/u.test(text(args)),
    isLetter: (args) => /^\p{L}$/u.test(text(args)),
    isLetterOrDigit: (args) => /^[\p{L}\p{Nd}]$/u.test(text(args)),
    isUpperCase: (args) => /^\p{Lu}$/u.test(text(args)),
    isLowerCase: (args) => /^\p{Ll}$/u.test(text(args)),
    isWhitespace: (args) => /^\s$/.test(text(args)),
  },
  'java.util.Base64': {
    getEncoder: () => new GroovyObject(builtinClass('Base64')!),
    getDecoder: () => new GroovyObject(builtinClass('Base64')!),
  },
  'java.math.BigDecimal': {
    valueOf: (args: Value[]) => (isNumber(args[0]) ? toDecimal(args[0]) : parseDecimal(text(args))),
  },
  'java.util.regex.Pattern': {
    compile: (args) => compilePattern(text(args), patternFlags(arg(args, 1))),
    quote: (args) => `\\Q${text(args).replaceAll('\\E', String.raw`\E\\E\Q`)}\\E`,
    matches: (args) => matchesWhole(new GroovyMatcher(compilePattern(text(args)), text(args, 1))),
  },
  'java.util.regex.Matcher': {
    quoteReplacement: (args) => text(args).replace(/[\\$]/g, String.raw`\$&`),
  },
  'java.lang.System': {
    currentTimeMillis: function* (_args, machine) {
      return BigInt(Math.trunc(yield* machine.now()))
    },
    nanoTime: function* (_args, machine) {
      return BigInt(Math.trunc(yield* machine.now())) * 1_000_000n
    },
    lineSeparator: () => '\n',
    identityHashCode: () => 1,
  },
  'java.util.UUID': { randomUUID },
  // A zone is its name.
  'java.util.TimeZone': { getTimeZone: (args) => text(args), getDefault: () => 'UTC' },
  'java.util.Date': { parse: (args) => parsedDate(text(args, 1), text(args)) },
  'java.util.Calendar': {
    getInstance: function* (_args, machine) {
      const calendar = new GroovyObject(builtinClass('Calendar')!)
      calendar.fields.set('ms', BigInt(Math.trunc(yield* machine.now())))
      return calendar
    },
  },
  'java.util.Locale': { getDefault: () => 'en_US' },
  'groovy.json.JsonOutput': {
    toJson: (args) => jsonText(arg(args, 0)),
    prettyPrint: (args) => prettyJson(text(args)),
  },
  'java.net.URLEncoder': {
    encode: (args) =>
      encodeURIComponent(text(args))
        .replace(/%20/g, '+')
        .replace(/[!'()~]/g, percent),
  },
  'java.net.URLDecoder': { decode: (args) => decodeURIComponent(text(args).replace(/\+/g, ' ')) },
}

function patternFlags(flags: Value): string {
  const bits = isNumber(flags) ? toDouble(flags) : 0
  return `${bits & 2 ? 'i' : ''}${bits & 8 ? 'm' : ''}${bits & 32 ? 's' : ''}`
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

function parseRadix(digits: string, radix: number): Value {
  const value = Number.parseInt(digits, radix)
  if (!Number.isNaN(value)) return value
  throw hostError('java.lang.NumberFormatException', `For input string: "${digits}"`)
}

function parseWithMachine(digits: string): Value {
  if (!/^[+-]?\d+$/.test(digits)) {
    const shown = digits === 'null' ? 'Cannot parse null string' : `For input string: "${digits}"`
    throw hostError('java.lang.NumberFormatException', shown)
  }
  return Number(digits)
}

function* randomUUID(_args: Value[], machine: Machine): Run {
  let hex = ''
  while (hex.length < 32) {
    hex += Math.floor((yield* machine.random()) * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  }
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]!
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join('-')
}

/** Undefined when the class has no such static method that scripts may use. */
export function findStatic(type: GroovyClass, name: string): Static | undefined {
  const methods = Object.hasOwn(byClass, type.name) ? byClass[type.name]! : timeStatics[type.name]
  return methods && Object.hasOwn(methods, name) ? methods[name] : undefined
}

const CONSTANTS: Record<string, Value> = {
  'java.lang.Integer.MAX_VALUE': 2_147_483_647,
  'java.lang.Integer.MIN_VALUE': -2_147_483_648,
  'java.lang.Long.MAX_VALUE': 9_223_372_036_854_775_807n,
  'java.lang.Long.MIN_VALUE': -9_223_372_036_854_775_808n,
  'java.lang.Math.PI': new GroovyDouble(Math.PI),
  'java.lang.Math.E': new GroovyDouble(Math.E),
  'java.lang.Boolean.TRUE': true,
  'java.lang.Boolean.FALSE': false,
  'groovy.lang.Closure.OWNER_FIRST': 0,
  'groovy.lang.Closure.DELEGATE_FIRST': 1,
  'groovy.lang.Closure.OWNER_ONLY': 2,
  'groovy.lang.Closure.DELEGATE_ONLY': 3,
  'groovy.lang.Closure.TO_SELF': 4,
  'java.util.regex.Pattern.CASE_INSENSITIVE': 2,
  'java.util.regex.Pattern.MULTILINE': 8,
  'java.util.regex.Pattern.DOTALL': 32,
  'java.math.BigDecimal.ZERO': new GroovyDecimal(0n, 0),
  'java.math.BigDecimal.ONE': new GroovyDecimal(1n, 0),
  'java.math.BigDecimal.TEN': new GroovyDecimal(10n, 0),
  ...Object.fromEntries(ROUNDINGS.map((each, at) => [`java.math.BigDecimal.ROUND_${each}`, at])),
  'java.nio.charset.StandardCharsets.UTF_8': 'UTF-8',
  'java.lang.Double.MAX_VALUE': new GroovyDouble(Number.MAX_VALUE),
  'java.lang.Double.NaN': new GroovyDouble(Number.NaN),
  // A result is its name, which is all that scripts do with it.
  'hudson.model.Result.SUCCESS': 'SUCCESS',
  'hudson.model.Result.UNSTABLE': 'UNSTABLE',
  'hudson.model.Result.FAILURE': 'FAILURE',
  'hudson.model.Result.NOT_BUILT': 'NOT_BUILT',
  'hudson.model.Result.ABORTED': 'ABORTED',
}

const LOCALES: Record<string, string> = {
  ENGLISH: 'en',
  US: 'en_US',
  UK: 'en_GB',
  ROOT: '',
  KOREA: 'ko_KR',
  GERMANY: 'de_DE',
}

export function staticConstant(type: GroovyClass, name: string): Value | undefined {
  const key = `${type.name}.${name}`
  if (Object.hasOwn(CONSTANTS, key)) return CONSTANTS[key]
  const time = timeConstant(type.name, name)
  if (time !== undefined) return time
  if (type.name === 'java.util.Calendar') return CALENDAR_FIELDS[name]
  if (type.name === 'java.util.Locale') return LOCALES[name]
  // java.util.concurrent.TimeUnit.MINUTES prints as its name.
  if (type.name === 'java.util.concurrent.TimeUnit' && /^[A-Z_]+$/.test(name)) {
    const constant = new GroovyObject(type)
    constant.fields.set('$name', name)
    return constant
  }
  return undefined
}

/** What `new` makes of a built-in class; undefined when the sandbox has no such constructor. */
export function construct(
  type: GroovyClass,
  args: Value[],
  machine: Machine,
): Value | Run | undefined {
  if (isSubclass(type, builtinClass('Throwable')!)) return makeThrowable(type, args)
  const first = arg(args, 0)
  switch (type.simpleName) {
    case 'ArrayList':
    case 'LinkedList':
      return isNumber(first) ? [] : [...(itemsOf(first) ?? [])]
    case 'GStringImpl':
      return undefined
    case 'HashMap':
    case 'ConcurrentHashMap':
      return hashMap(first instanceof GroovyMap ? first : null, type.name)
    case 'LinkedHashMap':
      return first instanceof GroovyMap ? copyMap(putAll(new GroovyMap(), first)) : new GroovyMap()
    case 'TreeMap':
      return treeMap(first instanceof GroovyMap ? first : null)
    case 'TreeSet':
      return treeSet(itemsOf(first) ?? [])
    case 'HashSet':
      return hashSet(itemsOf(first) ?? [])
    case 'LinkedHashSet':
      return setOf(itemsOf(first) ?? [])
    case 'String':
      return constructString(first)
    case 'StringBuilder':
    case 'StringBuffer':
      return new GroovyBuilder(
        first === null || typeof first === 'number' ? '' : toGroovyString(first),
      )
    case 'Object':
    case 'JsonSlurper':
    case 'JsonSlurperClassic':
    case 'JsonOutput':
      return new GroovyObject(type)
    case 'SimpleDateFormat':
    case 'JsonBuilder':
    case 'Integer':
    case 'Long':
      return constructHolder(type, args)
    case 'Random':
      return new GroovyRandom()
    case 'Date':
      if (args.length > 2) return dateOfFields(args)
      return isNumber(first) ? new GroovyDate(toDouble(first)) : currentDate(machine)
    case 'BigDecimal':
      return isNumber(first) ? toDecimal(first) : parseDecimal(toGroovyString(first))
    case 'BigInteger':
      return new GroovyBigInteger(isNumber(first) ? toBigInt(first) : BigInt(toGroovyString(first)))
    default:
      return undefined
  }
}

function constructString(first: Value): Value {
  if (!Array.isArray(first)) return first === null ? '' : toGroovyString(first)
  if (first.every((each) => typeof each === 'number')) {
    return new TextDecoder().decode(Uint8Array.from(first as number[]))
  }
  return first.map(toGroovyString).join('')
}

function constructHolder(type: GroovyClass, args: Value[]): Value {
  const first = arg(args, 0)
  if (type.simpleName === 'Integer')
    return isNumber(first) ? first : parseWithMachine(toGroovyString(first))
  if (type.simpleName === 'Long') return BigInt(toGroovyString(first))
  const holder = new GroovyObject(type)
  holder.fields.set('content', first)
  return holder
}

/** `new Date(120, 0, 31)`: years from 1900, months from 0. */
function dateOfFields(args: Value[]): Value {
  const [year, month, day, hour, minute, second] = Array.from({ length: 6 }, (_, at) =>
    at < args.length ? double(args, at) : 0,
  )
  return new GroovyDate(Date.UTC(1900 + year!, month!, day, hour, minute, second))
}

function parsedDate(given: string, pattern: string, zone: Value = 'UTC'): Value {
  const read = parseTime(given, pattern)
  if (!read) throw hostError('java.text.ParseException', `Unparseable date: "${given}"`)
  const { localMs, offset } = read
  const ms = offset === undefined ? instantOf(localMs, toGroovyString(zone)) : localMs - offset
  return new GroovyDate(ms)
}

function* currentDate(machine: Machine): Run {
  return new GroovyDate(yield* machine.now())
}

/** Methods of JsonSlurper, JsonBuilder, JsonOutput and SimpleDateFormat objects. */
export function holderMethod(self: GroovyObject, name: string, args: Value[]): Value | undefined {
  const content = self.fields.get('content') ?? null
  switch (`${self.type.simpleName}.${name}`) {
    case 'JsonSlurper.parseText':
    case 'JsonSlurperClassic.parseText':
      return slurp(
        arg(args, 0) === null ? '' : text(args),
        self.type.simpleName.endsWith('Classic'),
      )
    case 'JsonBuilder.toString':
      return jsonText(content)
    case 'JsonBuilder.toPrettyString':
      return prettyJson(jsonText(content))
    case 'Base64.encodeToString':
    case 'Base64.encode':
      return Buffer.from((itemsOf(arg(args, 0)) ?? []).map(Number)).toString('base64')
    case 'Base64.decode':
      return [...Buffer.from(text(args), 'base64')].map((byte) => (byte > 127 ? byte - 256 : byte))
    case 'JsonOutput.toJson':
      return jsonText(arg(args, 0))
    case 'SimpleDateFormat.format': {
      const date = arg(args, 0)
      return formatDate(
        date instanceof GroovyDate ? date.ms : double(args),
        toGroovyString(content),
        toGroovyString(self.fields.get('$zone') ?? 'UTC'),
      )
    }
    case 'SimpleDateFormat.parse':
      return parsedDate(text(args), toGroovyString(content), self.fields.get('$zone'))
    case 'SimpleDateFormat.setTimeZone':
      self.fields.set('$zone', arg(args, 0))
      return null
    case 'SimpleDateFormat.setLenient':
      return null
    case 'SimpleDateFormat.toPattern':
      return content
    default:
      return self.type.simpleName === 'Calendar' ? calendarMethod(self, name, args) : undefined
  }
}

/** `value as Type` and typed declarations, for built-in classes. Undefined = no such conversion. */
export function convert(value: Value, type: GroovyClass): Value | undefined {
  if (value === null) return type.simpleName === 'Boolean' ? false : null
  switch (type.simpleName) {
    case 'Object':
      return value
    case 'String':
      return toGroovyString(value)
    case 'List':
    case 'ArrayList':
    case 'LinkedList':
    case 'Collection':
    case 'Iterable':
      if (value instanceof GroovyArray) return [...value]
      return Array.isArray(value) ? value : (itemsOf(value) ?? undefined)
    case 'HashSet':
      return itemsOf(value) ? hashSet(itemsOf(value)!) : undefined
    case 'Set':
    case 'LinkedHashSet':
      return itemsOf(value) ? setOf(itemsOf(value)!) : undefined
    case 'TreeSet':
    case 'SortedSet':
      return itemsOf(value) ? treeSet(itemsOf(value)!) : undefined
    case 'Pattern':
      return value instanceof GroovyPattern ? value : compilePattern(toGroovyString(value))
    case 'Character':
      return typeof value === 'string' && value.length === 1 ? value : undefined
    default:
      return isSubclass(classOf(value), type) ? value : undefined
  }
}
