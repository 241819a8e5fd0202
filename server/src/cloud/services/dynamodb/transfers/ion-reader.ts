import type { Item, Value } from '../item-types.ts'

/** One value of Ion text: what an import's line holds, without Ion's times, symbols and clobs. */
const token =
  /\s+|\$ion_1_0\b|("(?:[^"\\]|\\.)*")|('(?:[^'\\]|\\.)*')|(\{\{[\s\w+/=]*\}\})|(-?\d[\d_]*(?:\.[\d_]*)?(?:[dDeE][+-]?\d+)?)|([A-Za-z_$][\w$]*)|(::|[{}[\]:,])/y

type Kind = 'text' | 'quoted' | 'blob' | 'number' | 'word' | 'mark'
const kinds: Kind[] = ['text', 'quoted', 'blob', 'number', 'word', 'mark']

interface Token {
  kind: Kind | 'end'
  text: string
}

/** Why a line is no Ion; its message is what the import tells. */
export class IonError extends Error {}

function tokensOf(line: string): Token[] {
  const tokens: Token[] = []
  token.lastIndex = 0
  while (token.lastIndex < line.length) {
    const from = token.lastIndex
    const match = token.exec(line)
    if (!match) throw new IonError(`Unexpected text at ${from}: ${line.slice(from, from + 20)}`)
    const at = match.slice(1).findIndex((group) => group !== undefined)
    if (at >= 0) tokens.push({ kind: kinds[at]!, text: match[0] })
  }
  return tokens
}

const sets: Record<string, 'SS' | 'NS' | 'BS'> = {
  $dynamodb_SS: 'SS',
  $dynamodb_NS: 'NS',
  $dynamodb_BS: 'BS',
}

/** Reads a line such as `$ion_1_0 {Item:{a:"x"}}`; undefined members are left to the caller. */
export function readIon(line: string): Value {
  const reader = new Reader(tokensOf(line))
  const value = reader.value()
  if (reader.next.kind !== 'end') throw new IonError(`Unexpected ${reader.next.text}`)
  return value
}

class Reader {
  readonly #tokens: Token[]
  #at = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'end of the line' }
  }

  #take(): Token {
    const { next } = this
    this.#at++
    return next
  }

  #takeIf(mark: string): boolean {
    const is = this.next.kind === 'mark' && this.next.text === mark
    if (is) this.#at++
    return is
  }

  #expect(mark: string): void {
    if (!this.#takeIf(mark)) throw new IonError(`Expected ${mark} instead of ${this.next.text}`)
  }

  value(): Value {
    if (this.#takeIf('{')) return { M: this.#struct() }
    if (this.#takeIf('[')) return { L: this.#list() }
    const { kind, text } = this.#take()
    if (kind === 'text') return { S: JSON.parse(text) as string }
    if (kind === 'number') return { N: text.replaceAll('_', '').replace(/d/i, 'e') }
    if (kind === 'blob') return { B: Buffer.from(text.slice(2, -2), 'base64') }
    if (kind === 'word' && this.#takeIf('::')) return this.#annotated(text)
    if (text === 'true' || text === 'false') return { BOOL: text === 'true' }
    if (text === 'null') return { NULL: true }
    throw new IonError(`Unexpected ${text}`)
  }

  #annotated(annotation: string): Value {
    const type = sets[annotation]
    const value = this.value()
    if (!type) throw new IonError(`Unsupported annotation ${annotation}`)
    if (!value.L) throw new IonError(`${annotation} is no list`)
    const single = type[0] as 'S'
    return { [type]: value.L.map((one) => one[single]) } as unknown as Value
  }

  #struct(): Item {
    const item: Item = {}
    if (this.#takeIf('}')) return item
    do {
      const { kind, text } = this.#take()
      const name = kind === 'word' ? text : nameOf(kind, text)
      this.#expect(':')
      Object.defineProperty(item, name, { value: this.value(), enumerable: true })
    } while (this.#takeIf(','))
    this.#expect('}')
    return { ...item }
  }

  #list(): Value[] {
    const all: Value[] = []
    if (this.#takeIf(']')) return all
    do all.push(this.value())
    while (this.#takeIf(','))
    this.#expect(']')
    return all
  }
}

function nameOf(kind: Token['kind'], text: string): string {
  if (kind === 'text') return JSON.parse(text) as string
  if (kind !== 'quoted') throw new IonError(`Unexpected ${text}`)
  const inner = text
    .slice(1, -1)
    .replaceAll("\\'", "'")
    .replaceAll(/(?<!\\)"/g, '\\"')
  return JSON.parse(`"${inner}"`) as string
}
