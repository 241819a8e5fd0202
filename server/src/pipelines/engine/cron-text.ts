// What Jenkins says of a cron text that it cannot read: its lexer and parser name the line and the column.

const KEYWORDS = ['yearly', 'annually', 'monthly', 'weekly', 'daily', 'midnight', 'hourly']
const BOUNDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

interface Token {
  text: string
  column: number
}

/** The words of `Trigger`'s constructor; undefined for a text that is well-formed. */
export function cronProblem(spec: string): string | undefined {
  for (const [at, raw] of spec.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (at === 0 && line.startsWith('TZ=')) {
      const zone = line.slice(3)
      if (!isZone(zone)) return `Invalid or unsupported timezone '${zone}'`
    } else if (line !== '' && !line.startsWith('#')) {
      const problem = problemOf(line, at + 1)
      if (problem !== undefined) return `Invalid input: "${line}": ${problem}`
    }
  }
  return undefined
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).format(0)
    return true
  } catch (problem) {
    if (problem instanceof RangeError) return false
    throw problem
  }
}

function problemOf(line: string, number: number): string | undefined {
  const at = (column: number, text: string) => `line ${number}:${column}: ${text}`
  const { tokens, stray } = tokensOf(line)
  const found = new FieldReader(tokens).problem()
  if (stray && (!found || found.column >= stray.column)) {
    return at(stray.column, `token recognition error at: '${stray.text}'`)
  }
  return found && at(found.column, found.text)
}

/** The tokens up to the first text that begins none; what could have become a keyword is named with it. */
function tokensOf(line: string): { tokens: Token[]; stray?: Token } {
  const tokens: Token[] = []
  for (let column = 0; column < line.length;) {
    const rest = line.slice(column)
    const keyword = KEYWORDS.find((word) => rest.startsWith(word))
    const text = keyword ?? /^(?:\d+|[ \t]+|[-*/,@H()])/.exec(rest)?.[0]
    if (text === undefined) return { tokens, stray: { text: begun(rest), column } }
    tokens.push({ text, column })
    column += text.length
  }
  return { tokens: [...tokens, { text: '<EOF>', column: line.length }] }
}

function begun(rest: string): string {
  let length = 1
  while (length < rest.length && KEYWORDS.some((word) => word.startsWith(rest.slice(0, length)))) {
    length += 1
  }
  return rest.slice(0, length)
}

class FieldReader {
  readonly #tokens: Token[]
  #next = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  problem(): Token | undefined {
    if (this.#take('@'))
      return KEYWORDS.some((word) => this.#take(word)) ? undefined : this.#mismatch()
    for (const [field, bounds] of BOUNDS.entries()) {
      if (field > 0 && !this.#take(' ')) return this.#mismatch('WS')
      do {
        const problem = this.#term(bounds)
        if (problem) return problem
      } while (this.#take(','))
    }
    return this.#take('<EOF>') ? undefined : this.#mismatch('<EOF>')
  }

  #term([low, high]: readonly [number, number]): Token | undefined {
    const numbers: number[] = []
    if (this.#take('H')) {
      if (this.#take('(') && !(this.#range(numbers) && this.#take(')'))) return this.#mismatch()
    } else if (!this.#take('*') && !this.#range(numbers, true)) return this.#mismatch()
    const steps: number[] = []
    if (this.#take('/') && !this.#number(steps)) return this.#mismatch('TOKEN')
    const outside = numbers.find((value) => value < low || value > high)
    if (outside !== undefined) {
      return this.#at(`${outside} is an invalid value. Must be within ${low} and ${high}`)
    }
    if (steps[0] === 0) return this.#at('step must be positive, but found 0')
    const [from = 0, to = from] = numbers
    return to < from ? this.#at(`You mean ${to}-${from}?`) : undefined
  }

  /** `3-5`, or, where that will do, `3`. */
  #range(into: number[], isSingle = false): boolean {
    if (!this.#number(into)) return false
    return this.#take('-') ? this.#number(into) : isSingle
  }

  #number(into: number[]): boolean {
    const { text } = this.#token
    if (!/^\d+$/.test(text)) return false
    into.push(Number(text))
    this.#next += 1
    return true
  }

  #take(wanted: string): boolean {
    const { text } = this.#token
    if (wanted === ' ' ? text.trim() !== '' : text !== wanted) return false
    this.#next += 1
    return true
  }

  /** Behind the last one stands what the lexer could not read. */
  get #token(): Token {
    const last = this.#tokens.at(-1)
    const column = last ? last.column + last.text.length : 0
    return this.#tokens[this.#next] ?? { text: '?', column }
  }

  #at(text: string): Token {
    return { text, column: this.#token.column }
  }

  #mismatch(expected = "{TOKEN, '*', 'H'}"): Token {
    return this.#at(`mismatched input '${this.#token.text}' expecting ${expected}`)
  }
}
