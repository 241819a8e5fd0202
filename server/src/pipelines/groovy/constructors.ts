import { hashMap, hashSet, treeMap, treeSet } from './arranged.ts'
import { builtinClass, isSubclass } from './classes.ts'
import { setOf } from './equality.ts'
import { makeThrowable } from './errors.ts'
import { itemsOf } from './items.ts'
import type { Machine, Run } from './machine.ts'
import { arg } from './machine.ts'
import { copyMap, putAll } from './map-methods.ts'
import { bigDecimal, bigInteger, mathContext, parseWhole } from './number-statics.ts'
import { isNumber, toBigInt, toDouble } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { urlOf } from './urls.ts'
import {
  GroovyBuilder,
  GroovyClosure,
  GroovyDate,
  GroovyMap,
  GroovyObject,
  GroovyRandom,
  OtherList,
} from './value.ts'
import type { GroovyClass, Value } from './value.ts'

/** What `new` makes of a built-in class; undefined when the sandbox has no such constructor. */
export function construct(
  type: GroovyClass,
  args: Value[],
  machine: Machine,
): Value | Run | undefined {
  if (isSubclass(type, builtinClass('Throwable')!)) return makeThrowable(type, args)
  return collection(type, args) ?? text(type, args) ?? other(type, args, machine)
}

function collection(type: GroovyClass, args: Value[]): Value | undefined {
  const first = arg(args, 0)
  const by = first instanceof GroovyClosure ? first : null
  const items = isNumber(first) || by ? [] : (itemsOf(first) ?? [])
  const map = first instanceof GroovyMap ? first : null
  switch (type.simpleName) {
    case 'ArrayList':
      return [...items]
    case 'LinkedList':
      return OtherList.holding(type.name, items)
    case 'HashMap':
    case 'ConcurrentHashMap':
      return hashMap(map, type.name)
    case 'LinkedHashMap':
      return map ? copyMap(putAll(new GroovyMap(), map)) : new GroovyMap()
    case 'TreeMap':
      return treeMap(map)
    case 'TreeSet':
      return treeSet(items, by !== null && by.native !== null)
    case 'HashSet':
      return hashSet(items)
    case 'LinkedHashSet':
      return setOf(items)
    default:
      return undefined
  }
}

function text(type: GroovyClass, args: Value[]): Value | undefined {
  const first = arg(args, 0)
  switch (type.simpleName) {
    case 'String':
      return constructString(args)
    case 'StringBuilder':
    case 'StringBuffer':
    case 'StringWriter': {
      const isSize = first === null || typeof first === 'number'
      return new GroovyBuilder(isSize ? '' : toGroovyString(first), type.name)
    }
    case 'PrintWriter':
      return first instanceof GroovyBuilder ? holding(type, first) : undefined
    case 'StringReader':
      return holding(type, toGroovyString(first))
    default:
      return undefined
  }
}

function other(type: GroovyClass, args: Value[], machine: Machine): Value | Run | undefined {
  const first = arg(args, 0)
  switch (type.simpleName) {
    case 'Object':
    case 'JsonSlurper':
    case 'JsonSlurperClassic':
    case 'JsonOutput':
      return new GroovyObject(type)
    case 'SimpleDateFormat':
    case 'JsonBuilder':
      return holding(type, first)
    case 'URL':
      return args.length === 1 && typeof first === 'string' ? urlOf(first) : undefined
    case 'Integer':
      return isNumber(first) ? first : parseWhole(first, 10, 32)
    case 'Long':
      return isNumber(first) ? toBigInt(first) : parseWhole(first, 10, 64)
    case 'Boolean':
      return first === true || /^true$/i.test(toGroovyString(first))
    case 'Random':
      return random(first)
    case 'Date':
      if (args.length > 2) return dateOfFields(args)
      if (typeof first === 'string') return undefined
      return isNumber(first) ? new GroovyDate(toDouble(first)) : currentDate(machine)
    case 'BigDecimal':
      return bigDecimal(args)
    case 'BigInteger':
      return bigInteger(args)
    case 'MathContext':
      return mathContext(args)
    default:
      return undefined
  }
}

function random(seed: Value): GroovyRandom {
  const made = new GroovyRandom()
  if (isNumber(seed)) made.seed(BigInt.asIntN(64, toBigInt(seed)))
  return made
}

const CHARSETS: Record<string, string> = {
  'ISO-8859-1': 'latin1',
  'US-ASCII': 'ascii',
  'UTF-16LE': 'utf16le',
}

/** Of bytes, of letters, or of a text. */
function constructString(args: Value[]): Value {
  const first = arg(args, 0)
  if (!Array.isArray(first)) return first === null ? '' : toGroovyString(first)
  const isPart = args.length > 2
  const part = isPart ? first.slice(Number(args[1]), Number(args[1]) + Number(args[2])) : first
  if (!part.every((each) => typeof each === 'number')) return part.map(toGroovyString).join('')
  const charset = args.at(-1)!
  const name = typeof charset === 'string' ? charset.toUpperCase() : 'UTF-8'
  return Buffer.from(part as number[]).toString((CHARSETS[name] ?? 'utf8') as BufferEncoding)
}

function holding(type: GroovyClass, content: Value): Value {
  const holder = new GroovyObject(type)
  holder.fields.set('content', content)
  return holder
}

/** `new Date(120, 0, 31)`: years from 1900, months from 0. */
function dateOfFields(args: Value[]): Value {
  const [year, month, day, hour, minute, second] = Array.from({ length: 6 }, (_, at) => {
    const value = arg(args, at)
    return isNumber(value) ? toDouble(value) : 0
  })
  return new GroovyDate(Date.UTC(1900 + year!, month!, day, hour, minute, second))
}

function* currentDate(machine: Machine): Run {
  return new GroovyDate(yield* machine.now())
}
