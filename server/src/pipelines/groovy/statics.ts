import { hashSet, treeMap, treeSet } from './arranged.ts'
import { builtinClass, classOf, isSubclass } from './classes.ts'
import { arrays, collections, comparator, objects } from './collection-statics.ts'
import { calendarMethod, CALENDAR_FIELDS } from './date-methods.ts'
import { enumConstant, enumStatic, unitMethod } from './enums.ts'
import { setOf } from './equality.ts'
import { hostError } from './errors.ts'
import { formatDate, javaFormat } from './format.ts'
import { itemsOf } from './items.ts'
import { jsonText, prettyJson } from './json.ts'
import { slurp } from './json-slurper.ts'
import type { Frame, Machine, Run } from './machine.ts'
import { arg } from './machine.ts'
import { numberConstant, numberStatics } from './number-statics.ts'
import type { Static } from './number-statics.ts'
import { isNumber, toDouble } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { compilePattern, matchesWhole } from './regex.ts'
import { instantOf, parseTime } from './time-format.ts'
import { timeConstant, timeStatics } from './time-statics.ts'
import {
  FixedList,
  GroovyArray,
  GroovyBuilder,
  GroovyClass,
  GroovyClosure,
  GroovyDate,
  GroovyMap,
  GroovyMatcher,
  GroovyPattern,
  GroovyObject,
  OtherList,
} from './value.ts'
import type { Value } from './value.ts'

function double(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toDouble(value) : Number(toGroovyString(value))
}

function text(args: Value[], at = 0): string {
  return toGroovyString(arg(args, at))
}

const byClass: Record<string, Record<string, Static>> = {
  ...numberStatics,
  'java.util.Collections': collections,
  'java.util.Arrays': arrays,
  'java.util.Objects': objects,
  'java.lang.String': {
    format: (given) => {
      // A locale before it changes nothing that is printed here.
      const args = isLocale(given) ? given.slice(1) : given
      return javaFormat(text(args), args[1] instanceof GroovyArray ? args[1] : args.slice(1))
    },
    valueOf: (args: Value[], machine: Machine, frame: Frame) =>
      machine.javaText(arg(args, 0), frame),
    join: (args) => {
      const items = args.length === 2 ? (itemsOf(arg(args, 1)) ?? []) : args.slice(1)
      return items.map(toGroovyString).join(text(args))
    },
  },
  'java.util.Base64': Object.fromEntries(
    ['', 'Url', 'Mime'].flatMap((kind) => [
      [`get${kind}Encoder`, () => base64Coder(kind)],
      [`get${kind}Decoder`, () => base64Coder(kind)],
    ]),
  ),
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
  'java.util.UUID': { randomUUID, fromString: (args) => uuidOf(text(args)) },
  'java.nio.charset.Charset': { forName: (args) => text(args), defaultCharset: () => 'UTF-8' },
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
  'groovy.xml.XmlUtil': {
    escapeXml: (args) => text(args).replace(/[&<>"']/g, (char) => XML_ESCAPES[char]!),
  },
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

const XML_ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const LOCALE = /^[a-z]{2}(_[A-Z]{2})?$/
const isLocale = (args: Value[]) =>
  typeof args[0] === 'string' && LOCALE.test(args[0]) && typeof args[1] === 'string'

function base64Coder(kind: string): GroovyObject {
  const coder = new GroovyObject(builtinClass('Base64')!)
  coder.fields.set('kind', kind)
  return coder
}

/** As Java prints a UUID whose parts have fewer digits than they might. */
function uuidOf(given: string): string {
  const parts = given.split('-')
  if (parts.length !== 5) {
    throw hostError('java.lang.IllegalArgumentException', `Invalid UUID string: ${given}`)
  }
  return parts.map((part, at) => part.toLowerCase().padStart([8, 4, 4, 4, 12][at]!, '0')).join('-')
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
  if (methods && Object.hasOwn(methods, name)) return methods[name]
  if (enumStatic(type.name, 'values', []) === undefined) return undefined
  return name === 'values' || name === 'valueOf'
    ? (args) => enumStatic(type.name, name, args) ?? null
    : undefined
}

function ignoringCase(): GroovyClosure {
  const order = comparator()
  order.native = function* (args, machine, frame) {
    return yield* machine.method(arg(args, 0), 'compareToIgnoreCase', args.slice(1), frame)
  }
  return order
}

const CONSTANTS: Record<string, Value> = {
  'groovy.lang.Closure.OWNER_FIRST': 0,
  'groovy.lang.Closure.DELEGATE_FIRST': 1,
  'groovy.lang.Closure.OWNER_ONLY': 2,
  'groovy.lang.Closure.DELEGATE_ONLY': 3,
  'groovy.lang.Closure.TO_SELF': 4,
  'java.util.regex.Pattern.CASE_INSENSITIVE': 2,
  'java.util.regex.Pattern.MULTILINE': 8,
  'java.util.regex.Pattern.DOTALL': 32,
  'java.lang.String.CASE_INSENSITIVE_ORDER': ignoringCase(),
  'java.nio.charset.StandardCharsets.UTF_8': 'UTF-8',
  'java.nio.charset.StandardCharsets.US_ASCII': 'US-ASCII',
  'java.nio.charset.StandardCharsets.ISO_8859_1': 'ISO-8859-1',
  'java.nio.charset.StandardCharsets.UTF_16': 'UTF-16',
  'java.util.regex.Pattern.COMMENTS': 4,
  'java.util.regex.Pattern.UNIX_LINES': 1,
  'java.util.regex.Pattern.LITERAL': 16,
  'java.util.regex.Pattern.UNICODE_CASE': 64,
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
  const number = numberConstant(type.name, name) ?? enumConstant(type.name, name)
  if (number !== undefined) return number
  const time = timeConstant(type.name, name)
  if (time !== undefined) return time
  if (type.name === 'java.util.Calendar') return CALENDAR_FIELDS[name]
  if (type.name === 'java.util.Locale') return LOCALES[name]
  return undefined
}

function parsedDate(given: string, pattern: string, zone: Value = 'UTC'): Value {
  const read = parseTime(given, pattern)
  if (!read) throw hostError('java.text.ParseException', `Unparseable date: "${given}"`)
  const { localMs, offset } = read
  const ms = offset === undefined ? instantOf(localMs, toGroovyString(zone)) : localMs - offset
  return new GroovyDate(ms)
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
      return encoded(self, arg(args, 0))
    case 'Base64.encode':
      return bytesOf(Buffer.from(encoded(self, arg(args, 0))))
    case 'Base64.withoutPadding':
      self.fields.set('bare', true)
      return self
    case 'Base64.decode':
      return decoded(self, arg(args, 0))
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
      if (content instanceof GroovyBuilder) return printed(content, name, args)
      if (self.type.simpleName === 'StringReader') return readFrom(self, name)
      if (self.type.simpleName === 'TimeUnit') return unitMethod(self, name, args)
      return self.type.simpleName === 'Calendar' ? calendarMethod(self, name, args) : undefined
  }
}

/** A PrintWriter over a StringWriter. */
function printed(into: GroovyBuilder, name: string, args: Value[]): Value | undefined {
  if (name === 'flush' || name === 'close') return null
  if (!['print', 'println', 'write', 'append', 'printf', 'format'].includes(name)) return undefined
  const isFormat = name === 'printf' || name === 'format'
  const shown = isFormat ? javaFormat(text(args), args.slice(1)) : args.map(toGroovyString).join('')
  into.text += shown + (name === 'println' ? '\n' : '')
  return null
}

function readFrom(self: GroovyObject, name: string): Value | undefined {
  const whole = String(self.fields.get('content'))
  const lines = whole.replace(/\n$/, '').split('\n')
  if (name === 'getText') return whole
  if (name === 'readLines') return whole === '' ? [] : lines
  if (name === 'close') return null
  if (name !== 'readLine') return undefined
  self.fields.set('content', lines.slice(1).join('\n'))
  return whole === '' ? null : lines[0]!
}

function bytesOf(buffer: Buffer): Value {
  return GroovyArray.holding(
    'byte',
    Array.from(buffer, (byte) => (byte << 24) >> 24),
  )
}

function encoded(self: GroovyObject, bytes: Value): string {
  const isUrl = self.fields.get('kind') === 'Url'
  const made = Buffer.from((itemsOf(bytes) ?? []).map(Number)).toString('base64')
  const shown = isUrl ? made.replaceAll('+', '-').replaceAll('/', '_') : made
  const bare = self.fields.get('bare') === true ? shown.replace(/=+$/, '') : shown
  return self.fields.get('kind') === 'Mime' ? bare.replace(/.{76}(?=.)/g, '$&\r\n') : bare
}

function decoded(self: GroovyObject, given: Value): Value {
  const shown = Array.isArray(given)
    ? Buffer.from(given.map(Number)).toString('latin1')
    : toGroovyString(given)
  const kind = self.fields.get('kind')
  const text = kind === 'Mime' ? shown.replace(/[^A-Za-z0-9+/=]/g, '') : shown
  const odd = [...text].find((char) => !(kind === 'Url' ? /[\w=-]/ : /[A-Za-z0-9+/=]/).test(char))
  if (odd !== undefined) {
    const code = odd.charCodeAt(0).toString(16)
    throw hostError('java.lang.IllegalArgumentException', `Illegal base64 character ${code}`)
  }
  return bytesOf(Buffer.from(text, 'base64'))
}

function listFrom(value: Value): Value | undefined {
  if (value instanceof GroovyArray) return [...value]
  return Array.isArray(value) ? value : (itemsOf(value) ?? undefined)
}

/** `value as Type` and typed declarations, for built-in classes. Undefined = no such conversion. */
export function convert(value: Value, type: GroovyClass): Value | undefined {
  if (value === null) return type.simpleName === 'Boolean' ? false : null
  switch (type.simpleName) {
    case 'Object':
      return value
    case 'String':
      return toGroovyString(value)
    case 'LinkedList':
      if (value instanceof OtherList) return value
      return itemsOf(value) ? OtherList.holding(type.name, itemsOf(value)!) : undefined
    case 'ArrayList':
      if (value instanceof OtherList || value instanceof FixedList) return [...value]
      return listFrom(value)
    case 'List':
    case 'Collection':
    case 'Iterable':
      return listFrom(value)
    case 'TreeMap':
    case 'SortedMap':
      return value instanceof GroovyMap && value.javaClass !== 'java.util.TreeMap'
        ? treeMap(value)
        : isSubclass(classOf(value), type)
          ? value
          : undefined
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
