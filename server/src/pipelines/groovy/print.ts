import { classOf } from './classes.ts'
import { describeThrown, isThrowable } from './errors.ts'
import { isNumber, numberText } from './numbers.ts'
import { timeText } from './time-values.ts'
import {
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
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (isNumber(value)) return numberText(value)
  if (value instanceof GString) return gstringText(value)
  if (Array.isArray(value)) return `[${value.map(toGroovyString).join(', ')}]`
  if (value instanceof GroovySet) return `[${[...value].map(toGroovyString).join(', ')}]`
  if (value instanceof GroovyMap) return mapText(value)
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

function gstringText(value: GString): string {
  let text = value.strings[0] ?? ''
  for (const [at, part] of value.values.entries()) {
    text += toGroovyString(part) + (value.strings[at + 1] ?? '')
  }
  return text
}

function mapText(map: GroovyMap): string {
  if (map.size === 0) return '[:]'
  return `[${[...map].map(([k, v]) => `${toGroovyString(k)}:${toGroovyString(v)}`).join(', ')}]`
}

/** Date.toString() in UTC. */
function dateText(ms: number): string {
  const date = new Date(ms)
  const two = (part: number) => String(part).padStart(2, '0')
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())}`
  return `${day} ${clock} UTC ${date.getUTCFullYear()}`
}
