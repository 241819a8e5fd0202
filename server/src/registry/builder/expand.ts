import { BuildError } from './errors.ts'

/** Looks a variable up; undefined: not set. */
export type Lookup = (name: string) => string | undefined

/**
 * Puts variables into a word and takes the quotes off, as Docker's own lexer: `$x`, `${x}`,
 * `${x:-word}`, `${x:+word}`, `${x:?word}` (and without the colon), `${x#glob}`, `${x%glob}`,
 * `${x/glob/word}`, each of the last three doubled as well.
 */
export function expand(text: string, lookup: Lookup, escape = '\\'): string {
  return new Expansion(text, lookup, escape).until(() => false)
}

class Expansion {
  readonly #text: string
  readonly #lookup: Lookup
  readonly #escape: string
  #at = 0

  constructor(text: string, lookup: Lookup, escape: string) {
    this.#text = text
    this.#lookup = lookup
    this.#escape = escape
  }

  until(isEnd: (character: string) => boolean): string {
    let out = ''
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!
      if (isEnd(character)) break
      this.#at++
      if (character === "'") out += this.#single()
      else if (character === '"') out += this.#double()
      else if (character === '$') out += this.#variable()
      else if (character === this.#escape) out += this.#text[this.#at++] ?? ''
      else out += character
    }
    return out
  }

  #single(): string {
    const end = this.#text.indexOf("'", this.#at)
    if (end < 0)
      throw new BuildError('unexpected end of statement while looking for matching single-quote')
    const inside = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return inside
  }

  #double(): string {
    let out = ''
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at++]!
      if (character === '"') return out
      if (character === '$') out += this.#variable()
      else if (character === this.#escape) out += this.#escapedInDouble()
      else out += character
    }
    throw new BuildError('unexpected end of statement while looking for matching double-quote')
  }

  #escapedInDouble(): string {
    const next = this.#text[this.#at] ?? ''
    if (next !== '"' && next !== '$' && next !== this.#escape) return this.#escape
    this.#at++
    return next
  }

  #variable(): string {
    if (this.#text[this.#at] === '{') {
      this.#at++
      return this.#braced()
    }
    const name = /^([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(this.#text.slice(this.#at))?.[0]
    if (name === undefined) return '$'
    this.#at += name.length
    return this.#lookup(name) ?? ''
  }

  #braced(): string {
    const name = /^([A-Za-z_]\w*|\d+)/.exec(this.#text.slice(this.#at))?.[0]
    if (name === undefined) throw new BuildError('syntax error: missing name in ${…}')
    this.#at += name.length
    const operator = /^(:?[-+?]|##?|%%?|\/\/?)/.exec(this.#text.slice(this.#at))?.[0] ?? ''
    this.#at += operator.length
    const value = this.#lookup(name)
    if (operator === '') {
      this.#close(name)
      return value ?? ''
    }
    const isReplacing = operator.startsWith('/')
    const word = this.until((it) => it === '}' || (isReplacing && it === '/'))
    const replacement = isReplacing ? this.#replacement() : ''
    this.#close(name)
    return applied({ name, operator, value, word, replacement })
  }

  #replacement(): string {
    if (this.#text[this.#at] !== '/') return ''
    this.#at++
    return this.until((it) => it === '}')
  }

  #close(name: string): void {
    if (this.#text[this.#at] === '}') return void this.#at++
    const rest = this.#text[this.#at] ?? ''
    throw new BuildError(
      rest === ''
        ? 'syntax error: missing }'
        : `unsupported modifier (${rest}) in substitution of ${name}`,
    )
  }
}

interface Substitution {
  name: string
  operator: string
  value: string | undefined
  word: string
  replacement: string
}

function applied({ name, operator, value, word, replacement }: Substitution): string {
  const kind = operator.at(-1)!
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  if (kind === '-') return isSet ? value! : word
  if (kind === '+') return isSet ? word : ''
  if (kind === '?') {
    if (isSet) return value!
    throw new BuildError(`${name}: ${word || 'not allowed to be unset'}`)
  }
  const text = value ?? ''
  const isLong = operator.length === 2
  const form = globSource(word, kind === '/' || isLong)
  if (kind === '#') return text.replace(new RegExp(`^(?:${form})`, 's'), '')
  if (kind === '%') return withoutEnd(text, form, isLong)
  return text.replace(new RegExp(form, isLong ? 'gs' : 's'), () => replacement)
}

/** The shortest (or longest) end that fits goes. */
function withoutEnd(text: string, form: string, isLongest: boolean): string {
  const whole = new RegExp(`^(?:${form})$`, 's')
  const lengths = Array.from({ length: text.length + 1 }, (_, at) => at)
  const starts = isLongest ? lengths : lengths.toReversed()
  const start = starts.find((at) => whole.test(text.slice(at)))
  return start === undefined ? text : text.slice(0, start)
}

function globSource(glob: string, isGreedy: boolean): string {
  const star = isGreedy ? '.*' : '.*?'
  return glob.replace(/[\s\S]/g, (it) =>
    it === '*' ? star : it === '?' ? '.' : it.replace(/[\\^$.+()|[\]{}/-]/, '\\$&'),
  )
}
