import type { TypeRef } from './ast.ts'
import { builtinClass, classOf } from './classes.ts'
import { castError, hostError } from './errors.ts'
import { itemsOf } from './items.ts'
import {
  isNumber,
  parseDecimal,
  parseDouble,
  toBigInt,
  toDecimal,
  toDouble,
  toInt,
  toLong,
} from './numbers.ts'
import { toGroovyString } from './print.ts'
import { PRIMITIVES } from './tokens.ts'
import { hasDeclared, refusedConstructor } from './signatures.ts'
import { convert } from './statics.ts'
import { urlOf } from './urls.ts'
import { isTruthy } from './truth.ts'
import {
  GroovyArray,
  GroovyBigInteger,
  GroovyDouble,
  GroovyFloat,
  GroovyMap,
  GroovySet,
  GString,
} from './value.ts'
import type { GroovyClass, Value } from './value.ts'

const NUMERIC = new Set([
  'Integer',
  'Long',
  'Short',
  'Byte',
  'Float',
  'Double',
  'BigDecimal',
  'BigInteger',
])

function toNumeric(value: Value, kind: string): Value | undefined {
  const textual = typeof value === 'string' || value instanceof GString
  const source = textual ? textNumber(toGroovyString(value), kind) : value
  if (!isNumber(source)) return undefined
  switch (kind) {
    case 'Integer':
      return toInt(source)
    case 'Short':
      return (toInt(source) << 16) >> 16
    case 'Byte':
      return (toInt(source) << 24) >> 24
    case 'Long':
      return toLong(source)
    case 'BigInteger':
      return new GroovyBigInteger(toBigInt(source))
    case 'BigDecimal':
      return toDecimal(source)
    case 'Float':
      return new GroovyFloat(toDouble(source))
    default:
      return new GroovyDouble(toDouble(source))
  }
}

/** As each class reads a text. */
function textNumber(text: string, kind: string): Value {
  if (kind === 'BigDecimal') return parseDecimal(text)
  if (kind === 'Double' || kind === 'Float') return new GroovyDouble(parseDouble(text))
  if (/^[+-]?\d+$/.test(text.trim())) return parseDecimal(text)
  throw hostError('java.lang.NumberFormatException', `For input string: "${text.trim()}"`)
}

const LISTS = new Set(['List', 'ArrayList', 'LinkedList'])

/** `value as Type`: converts freely. `explicit` false is a typed declaration, which refuses more. */
export function coerce(value: Value, type: TypeRef, explicit: boolean): Value {
  if (type.dimensions > 0) return coerceArray(value, type, explicit)
  const target = builtinClass(type.name)
  if (!target) return value
  const name = target.simpleName
  if (name === 'Boolean') {
    return value === null && !explicit && type.name !== 'boolean' ? null : isTruthy(value)
  }
  if (value === null)
    return explicit || !PRIMITIVES.has(type.name) || type.name === 'void'
      ? null
      : refuseNull(type.name)
  if (NUMERIC.has(name)) {
    if (typeof value === 'string' && value.length === 1 && !explicit) {
      return toNumeric(value.charCodeAt(0), name) ?? null
    }
    const parsed = explicit || isNumber(value) ? toNumeric(value, name) : undefined
    return parsed ?? refuse(value, target, type.name)
  }
  if (name === 'Character' && isNumber(value)) return String.fromCharCode(toInt(value))
  const isSetToList = value instanceof GroovySet && LISTS.has(name)
  if (!explicit && (isSetToList || isTextToCollection(value, name)))
    refuse(value, target, type.name)
  const converted = convert(value, target)
  if (converted !== undefined) return converted
  if (Array.isArray(value)) {
    // The items are the arguments of a constructor, which the sandbox asks for.
    if (target.name === 'java.net.URL') return urlOf(toGroovyString(value[0] ?? null))
    if (hasDeclared(target, value)) throw refusedConstructor(target, value)
  }
  // An interface asked of a closure or map is served by it as it is.
  const flexible = !explicit || typeof value === 'object'
  if (flexible && !(value instanceof GroovyMap) && explicit) return value
  return refuse(value, target, type.name)
}

/** What a boxed class takes, a primitive type refuses. */
function refuseNull(primitive: string): never {
  const boxed = builtinClass(primitive)?.name ?? primitive
  const text = `Cannot cast object 'null' with class 'null' to class '${primitive}'. Try '${boxed}' instead`
  throw hostError('org.codehaus.groovy.runtime.typehandling.GroovyCastException', text)
}

/** Only `as` takes a text apart into a list of its characters. */
function isTextToCollection(value: Value, name: string): boolean {
  const isText = typeof value === 'string' || value instanceof GString
  return (
    isText && ['List', 'ArrayList', 'Collection', 'Set', 'LinkedHashSet', 'HashSet'].includes(name)
  )
}

function coerceArray(value: Value, type: TypeRef, explicit: boolean): Value {
  const items = itemsOf(value)
  if (value === null || !items) return value
  const element = { ...type, dimensions: type.dimensions - 1 }
  const component = builtinClass(type.name)?.name ?? type.name
  return GroovyArray.holding(
    PRIMITIVES.has(type.name) ? type.name : component,
    items.map((item) => coerce(item, element, explicit)),
  )
}

/** A list is tried as the arguments of a constructor first, and the message says so. */
function refuse(value: Value, target: GroovyClass, asked: string): never {
  const wanted = PRIMITIVES.has(asked) ? asked : target.name
  const held = Array.isArray(value) || value instanceof GroovySet ? itemsOf(value)! : null
  const items = held?.map((item) => classOf(item).name).join(', ') ?? null
  const cause =
    items === null
      ? ''
      : ` due to: groovy.lang.GroovyRuntimeException: Could not find matching constructor for: ${wanted}(${items})`
  throw castError(toGroovyString(value), classOf(value).name, wanted, cause)
}
