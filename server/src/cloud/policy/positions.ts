/** Line and column from one. */
export interface Position {
  Line: number
  Column: number
}

export interface Span {
  start: Position
  end: Position
}

/**
 * Where a policy's statements stand in its text, as the policy simulator counts: the first one from
 * just after the bracket before it, the others from their own brace, each to just after its end; a
 * statement without a list from just after its brace.
 */
export function statementSpans(text: string): Span[] {
  const scan = new Scanner(text)
  const at = scan.memberOf('Statement')
  if (at === undefined) return []
  if (text[at] === '{') return [spanOf(text, at + 1, scan.skip(at))]
  const spans: Span[] = []
  let next = scan.blank(at + 1)
  while (text[next] === '{') {
    const end = scan.skip(next)
    spans.push(spanOf(text, spans.length === 0 ? at + 1 : next, end))
    next = scan.blank(end)
    if (text[next] === ',') next = scan.blank(next + 1)
  }
  return spans
}

const spanOf = (text: string, start: number, end: number): Span => ({
  start: positionAt(text, start),
  end: positionAt(text, end),
})

function positionAt(text: string, index: number): Position {
  const before = text.slice(0, index)
  const newline = before.lastIndexOf('\n')
  return { Line: before.split('\n').length, Column: index - newline }
}

/** Over text that is known to be JSON. */
class Scanner {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  blank(from: number): number {
    let at = from
    while (/\s/.test(this.#text[at] ?? '')) at++
    return at
  }

  /** Where the value of a top-level member begins. */
  memberOf(name: string): number | undefined {
    let at = this.blank(this.blank(0) + 1)
    while (this.#text[at] === '"') {
      const end = this.skip(at)
      const key = JSON.parse(this.#text.slice(at, end)) as string
      const value = this.blank(this.blank(end) + 1)
      if (key === name) return value
      at = this.blank(this.skip(value))
      if (this.#text[at] === ',') at = this.blank(at + 1)
    }
    return undefined
  }

  /** Just after the value that begins at `from`. */
  skip(from: number): number {
    let depth = 0
    for (let at = from; at < this.#text.length; at++) {
      const letter = this.#text[at]!
      if (letter === '"') at = this.#endOfString(at)
      else if (letter === '{' || letter === '[') depth++
      else if (letter === '}' || letter === ']') depth--
      else if (depth > 0 || !/[,\s]/.test(letter)) continue
      if (depth === 0 && /["\]}]/.test(this.#text[at]!)) return at + 1
      if (depth <= 0 && /[,\s]/.test(this.#text[at]!)) return at
    }
    return this.#text.length
  }

  #endOfString(from: number): number {
    let at = from + 1
    while (this.#text[at] !== '"' && at < this.#text.length) at += this.#text[at] === '\\' ? 2 : 1
    return at
  }
}
