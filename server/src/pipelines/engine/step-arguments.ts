import { GroovyClosure, GroovyDecimal, GroovyMap, type Value } from '../groovy/index.ts'
import { abortException } from './failures.ts'
import { nullPointer } from './step-refusals.ts'
import { toJson } from './values.ts'

/** Arguments of a step by name, with the checks a step would else repeat. */
export class StepArguments {
  readonly #step: string
  readonly values: Map<string, Value>

  constructor(step: string, values: Map<string, Value>) {
    this.#step = step
    this.values = values
  }

  has(name: string): boolean {
    return this.values.has(name) && this.values.get(name) !== null
  }

  value(name: string): Value {
    return this.values.get(name) ?? null
  }

  text(name: string): string {
    const value = this.optionalText(name)
    if (value === undefined) {
      throw abortException(`${this.#step}: the argument "${name}" is missing`)
    }
    return value
  }

  /** A path on the node's machine; Jenkins asks how it begins, and not whether there is one. */
  path(name: string): string {
    const path = this.optionalText(name)
    if (path === undefined) throw nullPointer('String.startsWith(String)', 'rel')
    return path
  }

  optionalText(name: string): string | undefined {
    const value = this.value(name)
    if (value === null) return undefined
    if (typeof value === 'object' && !(value instanceof GroovyDecimal)) {
      throw abortException(`${this.#step}: the argument "${name}" has to be text`)
    }
    return String(toJson(value))
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.value(name)
    if (value === null) return otherwise
    return value === true || value === 'true'
  }

  number(name: string, otherwise: number): number {
    const value = this.value(name)
    if (value === null) return otherwise
    const number = Number(toJson(value))
    if (Number.isFinite(number)) return number
    throw abortException(`${this.#step}: the argument "${name}" has to be a number`)
  }

  /** A list of texts; a single text counts as a list of one. */
  texts(name: string): string[] {
    const value = this.value(name)
    if (value === null) return []
    return (Array.isArray(value) ? value : [value]).map((item) => String(toJson(item)))
  }

  /** Entries of a map; none when it is no map. */
  members(name: string): [string, Value][] {
    const value = this.value(name)
    if (!(value instanceof GroovyMap)) return []
    return [...value].map(([key, entry]) => [String(key), entry])
  }

  closure(name: string): GroovyClosure | undefined {
    const value = this.value(name)
    return value instanceof GroovyClosure ? value : undefined
  }
}
