// What Java's pattern compiler refuses, read in its order: it stops at the first thing that is wrong,
// and names the place where it stood.

const ESCAPES = /[^A-Za-z]|[ABDGHNRSVWXZabcdefhknPprstuvwxz]/
const ESCAPES_OF_CLASS = /[^A-Za-z1-9]|[DHNPSVWacdefhnprstuvwx]/

/** What ails a pattern, and the index that Java's message names; below zero it names none. */
class Ailment extends Error {
  readonly index: number

  constructor(text: string, index: number) {
    super(text)
    this.index = index
  }
}

/** The message of Java's `PatternSyntaxException`, with a caret; null for a pattern that will do. */
export function patternProblem(pattern: string): string | null {
  try {
    new PatternReader(pattern).read()
    return null
  } catch (problem) {
    if (!(problem instanceof Ailment)) throw problem
    const { message, index } = problem
    const place = index < 0 ? '' : ` near index ${index}`
    const caret = index >= 0 && index < pattern.length ? `\n${' '.repeat(index)}^` : ''
    return `${message}${place}\n${pattern}${caret}`
  }
}

class PatternReader {
  readonly #pattern: string
  readonly #names = new Set<string>()
  #at = 0
  #open = 0
  /** Whether the text before is something that a quantifier can be for. */
  #hasAtom = false
  #skipsBlanks = false

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  read(): void {
    while (this.#at < this.#pattern.length) this.#part(this.#pattern[this.#at]!)
    if (this.#open > 0) throw new Ailment('Unclosed group', this.#at)
  }

  #part(mark: string): void {
    if (this.#skipsBlanks && this.#take(/\s+|#.*/y)) return
    switch (mark) {
      case '\\':
        this.#escape(ESCAPES)
        break
      case '[':
        this.#at += 1
        this.#characterClass()
        break
      case '(':
        this.#hasAtom = false
        this.#group()
        return
      case ')':
        if (this.#open === 0) throw new Ailment("Unmatched closing ')'", this.#at - 1)
        this.#open -= 1
        this.#at += 1
        break
      case '*':
      case '+':
      case '?':
        if (!this.#hasAtom) throw new Ailment(`Dangling meta character '${mark}'`, this.#at)
        this.#at += 1
        this.#quantified()
        return
      case '{':
        this.#counted()
        this.#quantified()
        return
      default:
        this.#at += 1
    }
    this.#hasAtom = mark !== '|'
  }

  /** Lazy and possessive quantifiers have a mark behind. */
  #quantified(): void {
    this.#take(/[?+]/y)
    this.#hasAtom = false
  }

  #counted(): void {
    const open = this.#at
    const counts = this.#take(/\{(\d+)(?:,(\d*))?/y)
    if (!counts) throw new Ailment('Illegal repetition', open + 1)
    if (this.#pattern[this.#at] !== '}') throw new Ailment('Unclosed counted closure', this.#at)
    if (counts[2] && Number(counts[2]) < Number(counts[1])) {
      throw new Ailment('Illegal repetition range', this.#at)
    }
    this.#at += 1
  }

  #escape(known: RegExp): void {
    const quoted = this.#take(/\\Q(?:(?!\\E)[^])*(?:\\E)?/y)
    if (quoted) return
    const escaped = this.#pattern[this.#at + 1]
    if (escaped === undefined) throw new Ailment('Unexpected internal error', this.#at + 1)
    if (!known.test(escaped)) {
      throw new Ailment('Illegal/unsupported escape sequence', this.#at + 1)
    }
    const named = this.#take(/\\k<(\w+)>/y)
    if (named && !this.#names.has(named[1]!)) {
      const text = `named capturing group <${named[1]}> does not exist`
      throw new Ailment(text, this.#at - 1)
    }
    if (!named && !this.#take(/\\[pP]\{[^}]*\}|\\x\{[^}]*\}/y)) this.#at += 2
  }

  /** From behind its bracket. A closing bracket that comes first is one of its characters. */
  #characterClass(): void {
    this.#take(/\^/y)
    for (let isFirst = true; ; isFirst = false) {
      const mark = this.#pattern[this.#at]
      if (mark === undefined) {
        throw new Ailment('Unclosed character class', this.#pattern.length - 1)
      }
      if (mark === ']' && !isFirst) break
      if (mark === '[') {
        this.#at += 1
        this.#characterClass()
      } else if (mark === '\\') this.#escape(ESCAPES_OF_CLASS)
      else if (!this.#take(/&&/y)) this.#characters(mark)
    }
    this.#at += 1
  }

  #characters(from: string): void {
    this.#at += 1
    const range = this.#take(/-(?=[^\][])(\\?[^])/y)
    if (range) {
      const isBackwards = range[1]!.length === 1 && range[1]! < from
      if (isBackwards) throw new Ailment('Illegal character range', this.#at - 1)
    } else if (this.#take(/-$/y)) throw new Ailment('Illegal character range', this.#at)
  }

  #group(): void {
    if (this.#take(/\((?!\?)|\(\?(?:[:=!>]|<[=!])/y)) {
      this.#open += 1
    } else if (this.#take(/\(\?<(?=[A-Za-z])/y)) {
      this.#open += 1
      this.#groupName()
    } else {
      const flags = this.#take(/\(\?([idmsuxU]*)(?:-[idmsuxU]*)?/y)
      if (flags?.[1]?.includes('x')) this.#skipsBlanks = true
      const end = this.#take(/[:)]/y)
      if (!end) throw new Ailment('Unknown inline modifier', this.#at)
      if (end[0] === ':') this.#open += 1
    }
  }

  #groupName(): void {
    const name = this.#take(/[A-Za-z0-9]+/y)![0]
    if (this.#pattern[this.#at] !== '>') {
      throw new Ailment("named capturing group is missing trailing '>'", this.#at)
    }
    if (this.#names.has(name)) {
      throw new Ailment(`Named capturing group <${name}> is already defined`, this.#at)
    }
    this.#names.add(name)
    this.#at += 1
  }

  #take(wanted: RegExp): RegExpExecArray | null {
    wanted.lastIndex = this.#at
    const found = wanted.exec(this.#pattern)
    if (found) this.#at += found[0].length
    return found
  }
}
