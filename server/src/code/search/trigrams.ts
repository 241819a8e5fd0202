/**
 * A trigram is three bytes of UTF-8 as one number. Over bytes rather than characters one Korean
 * syllable already is one, so even a word of a single syllable is found. ASCII letters count as
 * small ones; which case it was is checked in the file itself.
 */
export function trigramsOf(text: string): number[] {
  const bytes = Buffer.from(text, 'utf8')
  const found = new Set<number>()
  for (let at = 2; at < bytes.length; at++) {
    found.add((fold(bytes[at - 2]!) << 16) | (fold(bytes[at - 1]!) << 8) | fold(bytes[at]!))
  }
  return [...found]
}

/** Maps a byte to how it is indexed: `A`–`Z` to `a`–`z`. */
export const folded = Uint8Array.from({ length: 256 }, (_none, byte) =>
  byte >= 65 && byte <= 90 ? byte + 32 : byte,
)

const fold = (byte: number): number => folded[byte]!

/**
 * Trigrams that every match of an extended regular expression holds; empty when none is certain.
 * Careful rather than clever: an alternative outside a group gives up, what stands in a group or class
 * or before a quantifier counts for nothing.
 */
export function trigramsOfPattern(pattern: string): number[] {
  const found = new Set<number>()
  for (const literal of literalsOf(pattern)) {
    for (const trigram of trigramsOf(literal)) found.add(trigram)
  }
  return [...found]
}

function literalsOf(pattern: string): string[] {
  const literals: string[] = []
  let run: string[] = []
  let depth = 0
  const flush = () => {
    if (run.length > 0 && depth === 0) literals.push(run.join(''))
    run = []
  }
  const signs = [...pattern]
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at]!
    if (sign === '|' && depth === 0) return []
    if (sign === '|') flush()
    else if (sign === '[') {
      flush()
      at = endOfClass(signs, at)
    } else if (sign === '\\' && /[A-Za-z0-9]/.test(signs[at + 1] ?? 'x')) {
      flush()
      at++
    } else if ('?*{'.includes(sign)) {
      run.pop() // what it stands behind may be missing
      flush()
      if (sign === '{') at = Math.max(at, signs.indexOf('}', at))
    } else if ('+.^$'.includes(sign)) flush()
    else if (sign === '(' || sign === ')') {
      flush()
      depth += sign === '(' ? 1 : -1
    } else run.push(sign === '\\' ? signs[++at]! : sign)
  }
  flush()
  return literals
}

function endOfClass(signs: string[], start: number): number {
  // A `]` right behind `[` or `[^` is one of the class.
  const first = signs[start + 1] === '^' ? start + 3 : start + 2
  const end = signs.indexOf(']', first)
  return end < 0 ? signs.length : end
}
