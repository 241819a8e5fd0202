import { builtinClass } from './classes.ts'
import { hostError } from './errors.ts'
import { ROUNDINGS } from './rounding.ts'
import { GroovyObject } from './value.ts'
import type { GroovyClass, Value } from './value.ts'

// Java's own enumerations: their constants by name, each but once.

const UNIT_NANOS: [string, bigint][] = [
  ['NANOSECONDS', 1n],
  ['MICROSECONDS', 1000n],
  ['MILLISECONDS', 1_000_000n],
  ['SECONDS', 1_000_000_000n],
  ['MINUTES', 60_000_000_000n],
  ['HOURS', 3_600_000_000_000n],
  ['DAYS', 86_400_000_000_000n],
]

const NAMES: Record<string, readonly string[]> = {
  'java.math.RoundingMode': ROUNDINGS,
  'java.util.concurrent.TimeUnit': UNIT_NANOS.map(([name]) => name),
}

const made = new Map<string, GroovyObject[]>()

/** All of a class's constants; undefined of a class that is none of these. */
export function enumConstants(className: string): GroovyObject[] | undefined {
  if (!Object.hasOwn(NAMES, className)) return undefined
  let all = made.get(className)
  if (!all) {
    all = NAMES[className]!.map((name, at) => {
      const constant = new GroovyObject(builtinClass(className)!)
      constant.fields.set('$name', name)
      constant.fields.set('$ordinal', at)
      return constant
    })
    made.set(className, all)
  }
  return all
}

export function enumConstant(className: string, name: string): GroovyObject | undefined {
  return enumConstants(className)?.find((each) => each.fields.get('$name') === name)
}

/** `values()` and `valueOf(name)`. */
export function enumStatic(className: string, name: string, args: Value[]): Value | undefined {
  const all = enumConstants(className)
  if (!all) return undefined
  if (name === 'values' && args.length === 0) return [...all]
  if (name !== 'valueOf') return undefined
  return enumConstant(className, String(args[0])) ?? noConstant(className, String(args[0]))
}

function noConstant(className: string, name: string): never {
  const text = `No enum constant ${className}.${name}`
  throw hostError('java.lang.IllegalArgumentException', text)
}

/** Of an enum that the script declares. */
export const ownConstant = ({ name, statics }: GroovyClass, wanted: string): Value =>
  statics.get(wanted) ?? noConstant(name, wanted)

/** `TimeUnit.MINUTES.toSeconds(2)`, `HOURS.convert(120, MINUTES)`. */
export function unitMethod(self: GroovyObject, name: string, args: Value[]): Value | undefined {
  const nanos = (unit: Value) =>
    UNIT_NANOS.find(
      ([each]) => unit instanceof GroovyObject && unit.fields.get('$name') === each,
    )?.[1] ?? 1n
  const amount = BigInt(Math.trunc(Number(args[0] ?? 0)))
  if (name === 'convert') return (amount * nanos(args[1] ?? null)) / nanos(self)
  const to = /^to([A-Z][a-z]+)$/.exec(name)?.[1]?.toUpperCase()
  const wanted = UNIT_NANOS.find(([each]) => to !== undefined && each.startsWith(to))
  return wanted ? (amount * nanos(self)) / wanted[1] : undefined
}
