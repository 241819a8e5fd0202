import { classOf } from './classes.ts'
import { describeThrown, isThrowable } from './errors.ts'
import { isJsonLib, jsonLibText } from './json-lib-text.ts'
import { isNumber, numberText } from './numbers.ts'
import { rangeItems } from './range.ts'
import { timeText } from './time-values.ts'
import {
  GroovyArray,
  GroovyBuilder,
  GroovyClass,
  GroovyDate,
  GroovyMap,
  GroovyMatcher,
  GroovyObject,
  GroovyPattern,
  GroovyRange,
  GroovySet,
  GroovyTime,
  GString,
  HostObject,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/**
 * The text of a value as Groovy prints it, where no script code has to run: the interpreter's
 * `print` also calls lazy closures and a class's own toString().
 */
export function toGroovyString(value: Value): string {
  return shownAs(value, GROOVY)
}

/** What Java makes of a value (`String.valueOf`, `println`, `%s`): maps in braces, JSON as JSON. */
export function toJavaString(value: Value): string {
  return shownAs(value, JAVA)
}

/** How maps are shown, and whether values of net.sf.json are JSON. */
export interface TextStyle {
  isJava: boolean
  empty: string
  open: string
  between: string
  close: string
}

export const GROOVY: TextStyle = {
  isJava: false,
  empty: '[:]',
  open: '[',
  between: ':',
  close: ']',
}
export const JAVA: TextStyle = { isJava: true, empty: '{}', open: '{', between: '=', close: '}' }

function shownAs(value: Value, style: TextStyle): string {
  const shown = (item: Value) => shownAs(item, style)
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (isNumber(value)) return numberText(value)
  if (value instanceof GString) return gstringText(value)
  if (style.isJava && isJsonLib(value)) return jsonLibText(value, toJavaString)
  if (style.isJava && value instanceof GroovyArray) return `${value.javaName}@1`
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (value instanceof GroovySet) return `[${[...value].map(shown).join(', ')}]`
  if (value instanceof GroovyMap) return mapText(value, style)
  if (value instanceof GroovyBuilder) return value.text
  if (value instanceof GroovyRange) {
    return `${toGroovyString(value.from)}..${value.exclusive ? '<' : ''}${toGroovyString(value.to)}`
  }
  if (value instanceof MapEntryValue) {
    return `${toGroovyString(value.key)}=${toGroovyString(value.map.get(value.key) ?? null)}`
  }
  return objectText(value)
}

function objectText(value: Value): string {
  if (value instanceof GroovyClass) return `class ${value.name}`
  if (value instanceof GroovyPattern) return value.source
  if (value instanceof GroovyDate) return dateText(value.ms)
  if (value instanceof GroovyTime) return timeText(value)
  if (value instanceof GroovyMatcher) {
    return `java.util.regex.Matcher[pattern=${value.pattern.source} region=0,${value.text.length} lastmatch=]`
  }
  if (value instanceof HostObject && value.port.print) return value.port.print()
  if (value instanceof GroovyObject) {
    const constant = value.fields.get('$name')
    if (typeof constant === 'string') return constant
    if (isThrowable(value)) return describeThrown(value)
  }
  // Java prints an identity hash; a fixed one keeps re-executed runs equal.
  return `${classOf(value).name}@1`
}

const QUOTED: Record<string, string> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  "'": "\\'",
}

/** `inspect()`: as it could stand in a script. */
export function inspected(value: Value): string {
  if (typeof value === 'string')
    return `'${value.replace(/[\n\r\t\\']/g, (char) => QUOTED[char]!)}'`
  if (Array.isArray(value)) return `[${value.map(inspected).join(', ')}]`
  if (!(value instanceof GroovyMap) || value.size === 0) return toGroovyString(value)
  return `[${[...value].map(([key, item]) => `${inspected(key)}:${inspected(item)}`).join(', ')}]`
}

/** A range by itself is the list of its items when it becomes part of a text. */
export function listed(value: Value): Value {
  return value instanceof GroovyRange ? rangeItems(value) : value
}

function gstringText(value: GString): string {
  let text = value.strings[0] ?? ''
  for (const [at, part] of value.values.entries()) {
    text += toGroovyString(listed(part)) + (value.strings[at + 1] ?? '')
  }
  return text
}

function mapText(map: GroovyMap, style: TextStyle): string {
  if (map.size === 0) return style.empty
  const entries = [...map].map(
    ([key, value]) => shownAs(key, style) + style.between + shownAs(value, style),
  )
  return style.open + entries.join(', ') + style.close
}

/** Date.toString() in UTC. */
function dateText(ms: number): string {
  const date = new Date(ms)
  const two = (part: number) => String(part).padStart(2, '0')
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())}`
  return `${day} ${clock} UTC ${date.getUTCFullYear()}`
}

/** String.hashCode(). */
export function hashOf(text: string): number {
  let code = 0
  for (let at = 0; at < text.length; at += 1) code = (Math.imul(31, code) + text.charCodeAt(at)) | 0
  return code
}
