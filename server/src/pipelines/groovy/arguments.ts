import { GroovyMap, GString } from './value.ts'
import type { Value } from './value.ts'

/** What a call was given: `name(k: v, x)`. */
export interface Arguments {
  positional: Value[]
  named: GroovyMap | null
}

export function flatArguments(args: Arguments): Value[] {
  return args.named ? [args.named, ...args.positional] : args.positional
}

/** The GStrings of an argument, also those inside lists and maps. */
export function interpolatedIn(value: Value): GString[] {
  if (value instanceof GString) return [value]
  if (Array.isArray(value)) return value.flatMap(interpolatedIn)
  return value instanceof GroovyMap ? [...value.values()].flatMap(interpolatedIn) : []
}
