import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import { GroovyDate, GroovyDouble, GroovyMap, hostError, type Value } from '../groovy/index.ts'

// YAML 1.1 as SnakeYAML's SafeConstructor reads it, which `readYaml` goes through: `yes` and `on`
// are true, `0123` is octal, dates are dates, keys keep their type.

const BOOLEANS = new Map<string, boolean>()
for (const word of ['yes', 'true', 'on']) addCases(word, true)
for (const word of ['no', 'false', 'off']) addCases(word, false)

function addCases(word: string, value: boolean): void {
  for (const form of [word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1)]) {
    BOOLEANS.set(form, value)
  }
}

const INTEGER = new RegExp(
  String.raw`^(?<sign>[-+]?)(?:0b(?<binary>[01_]+)|0x(?<hex>[\da-fA-F_]+)|0(?<octal>[0-7_]+)` +
    String.raw`|(?<base60>[1-9]\d*(?::[0-5]?\d)+)|(?<decimal>0|[1-9][\d_]*))$`,
)
const FLOAT = /^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*(?=[eE]))(?:[eE][-+]?\d+)?$/
const DATE = new RegExp(
  String.raw`^\d{4}-\d\d-\d\d$|^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?` +
    String.raw`[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?)?$`,
)
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/

/** What a plain scalar stands for. */
export function plainScalar(text: string): Value {
  if (text === '' || text === '~' || /^(?:null|Null|NULL)$/.test(text)) return null
  const known = BOOLEANS.get(text)
  if (known !== undefined) return known
  const parts = INTEGER.exec(text)?.groups
  if (parts) return integer(parts)
  if (FLOAT.test(text)) return new GroovyDouble(Number(text.replaceAll('_', '')))
  const infinite = INFINITE.exec(text)
  if (infinite) return new GroovyDouble(infinite[1] === '-' ? -Infinity : Infinity)
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return new GroovyDouble(NaN)
  return DATE.test(text) ? moment(text) : text
}

function integer(parts: Record<string, string | undefined>): Value {
  const { sign, binary, hex, octal, base60, decimal } = parts
  const digits = (text: string) => text.replaceAll('_', '')
  const sixty = (text: string) =>
    text.split(':').reduce((sum, each) => sum * 60n + BigInt(each), 0n)
  const size =
    binary ? BigInt(`0b${digits(binary)}`)
    : hex ? BigInt(`0x${digits(hex)}`)
    : octal ? BigInt(`0o${digits(octal)}`)
    : base60 ? sixty(base60)
    : BigInt(digits(decimal!)) // prettier-ignore
  const value = sign === '-' ? -size : size
  return value >= -(2n ** 31n) && value < 2n ** 31n ? Number(value) : value
}

function moment(text: string): GroovyDate {
  const [date = '', clock, zone = ''] = text.split(/[Tt]|[ \t]+|(?=[-+]\d\d?(?::?\d\d)?$)|(?=Z$)/)
  if (clock === undefined || !text.includes(':'))
    return new GroovyDate(Date.parse(`${text}T00:00Z`))
  const day = date.replace(/\b\d\b/g, '0$&')
  const offset = zone.replace(/^([-+])(\d\d?):?(\d\d)?$/, offsetOf) || 'Z'
  return new GroovyDate(Date.parse(`${day}T${clock.padStart(8, '0')}${offset}`))
}

const offsetOf = (_: string, sign: string, hours: string, minutes = '00') =>
  `${sign}${hours.padStart(2, '0')}:${minutes}`

type Node = Document['contents']

const MAX_ALIASES = 50

class Reader {
  readonly #document: Document
  #aliases = 0

  constructor(document: Document) {
    this.#document = document
  }

  value(node: Node): Value {
    if (isAlias(node)) return this.#aliased(node)
    if (isScalar(node)) {
      const isPlain = node.type === 'PLAIN' && node.tag === undefined
      return isPlain ? plainScalar(String(node.source ?? node.value)) : tagged(node)
    }
    if (isSeq(node)) return node.items.map((item) => this.value(item as Node))
    if (!isMap(node)) return null
    const map = new GroovyMap()
    for (const { key, value } of node.items) {
      const isMerge = isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
      if (isMerge) this.#merge(map, this.value(value as Node))
      else map.set(this.value(key as Node), this.value(value as Node))
    }
    return map
  }

  #aliased(node: Alias): Value {
    this.#aliases += 1
    const target = node.resolve(this.#document)
    const isCollection = isMap(target) || isSeq(target)
    if (isCollection && this.#aliases > MAX_ALIASES) {
      const text = `Number of aliases for non-scalar nodes exceeds the specified max=${MAX_ALIASES}`
      throw hostError('org.yaml.snakeyaml.error.YAMLException', text)
    }
    return this.value((target ?? null) as Node)
  }

  #merge(map: GroovyMap, from: Value): void {
    for (const each of Array.isArray(from) ? from : [from]) {
      if (!(each instanceof GroovyMap)) continue
      for (const [key, value] of each) if (!map.has(key)) map.set(key, value)
    }
  }
}

function tagged({ tag, value }: { tag?: string | undefined; value: unknown }): Value {
  const text = String(value ?? '')
  if (tag === undefined || tag === '!' || tag.endsWith(':str')) return text
  return plainScalar(text)
}

/** Every document of the text. */
export function yamlDocuments(text: string): Value[] {
  return parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: false }).map((document) => {
    const [problem] = document.errors
    if (problem) throw scannerError(text, problem)
    return new Reader(document).value(document.contents)
  })
}

const WORDS: Record<string, string> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed here',
  TAB_AS_INDENT:
    "while scanning for the next token\nfound character '\\t(TAB)' that cannot start any token. " +
    '(Do not use \\t(TAB) for indentation)',
}

/** With the place and its line, as SnakeYAML shows them. */
function scannerError(
  text: string,
  problem: { code: string; message: string; pos: [number, number] },
) {
  const words = WORDS[problem.code] ?? problem.message.split(/ at line \d/)[0]!
  const colon = problem.code === 'BLOCK_AS_IMPLICIT_KEY' ? text.indexOf(': ', problem.pos[0]) : -1
  const at = colon < 0 ? problem.pos[0] : colon
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const shown = text.split('\n')[line - 1] ?? ''
  const place = ` in 'reader', line ${line}, column ${column}:`
  const pointer = ' '.repeat(column + 3)
  return hostError(
    'org.yaml.snakeyaml.scanner.ScannerException',
    `${words}\n${place}\n    ${shown}\n${pointer}^\n`,
  )
}
