/** Values of one request by lower-case condition key. */
export type Values = Map<string, string[]>

type Piece = string | typeof ANY | typeof ONE
const ANY = Symbol('*')
const ONE = Symbol('?')

const compiled = new Map<string, Piece[]>()
const COMPILED_LIMIT = 5000

/**
 * Whether `value` fits `pattern`, where `*` stands for any text and `?` for one character. Policy
 * variables (`${aws:username}`) are filled from `values` first; what they bring is literal. A variable
 * without a value makes the pattern fit nothing, as in IAM.
 */
export function matches(pattern: string, value: string, values?: Values): boolean {
  if (pattern === '*') return true
  if (!pattern.includes('*') && !pattern.includes('?') && !pattern.includes('${')) {
    return pattern === value
  }
  const pieces = piecesOf(pattern, values)
  return pieces !== undefined && fits(pieces, value)
}

/** The pattern's variables filled in, wildcards taken as letters; undefined when one has no value. */
export function fill(text: string, values: Values): string | undefined {
  if (!text.includes('${')) return text
  const pieces = readPieces(text, values, false)
  return pieces?.map(String).join('')
}

function piecesOf(pattern: string, values: Values | undefined): Piece[] | undefined {
  if (values && pattern.includes('${')) return readPieces(pattern, values, true)
  let pieces = compiled.get(pattern)
  if (!pieces) {
    pieces = readPieces(pattern, undefined, true)!
    if (compiled.size >= COMPILED_LIMIT) compiled.clear()
    compiled.set(pattern, pieces)
  }
  return pieces
}

const tokens = /\$\{([^}]*)\}|\*|\?|[^*?$]+|\$/g

function readPieces(
  pattern: string,
  values: Values | undefined,
  wildcards: boolean,
): Piece[] | undefined {
  const pieces: Piece[] = []
  for (const [token, variable] of pattern.matchAll(tokens)) {
    if (variable !== undefined && values) {
      const value = variableValue(variable, values)
      if (value === undefined) return undefined
      pieces.push(value)
    } else if (wildcards && token === '*') pieces.push(ANY)
    else if (wildcards && token === '?') pieces.push(ONE)
    else pieces.push(token)
  }
  return pieces
}

/** `${*}`, `${?}` and `${$}` are the characters; `${key, 'default'}` has a default. */
function variableValue(variable: string, values: Values): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable
  const [, key, fallback] = /^\s*([^,]+?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(variable) ?? []
  if (key === undefined) return undefined
  const found = values.get(key.toLowerCase())
  // A multi-valued key can't be used as a variable (IAM user guide, "Policy variables").
  return found?.length === 1 ? found[0] : fallback
}

/** Greedy with one point to fall back to: linear in practice, never exponential. */
function fits(pieces: Piece[], value: string): boolean {
  let piece = 0
  let at = 0
  let back = -1
  let backAt = 0
  while (at < value.length || piece < pieces.length) {
    const step = piece < pieces.length ? pieces[piece]! : undefined
    if (step === ANY) {
      back = ++piece
      backAt = at
      continue
    }
    const length = step === undefined ? -1 : stepLength(step, value, at)
    if (length >= 0) {
      at += length
      piece++
      continue
    }
    if (back < 0 || backAt >= value.length) return false
    piece = back
    at = ++backAt
  }
  return true
}

/** How much of `value` the piece takes at `at`; -1 when it doesn't fit there. */
function stepLength(piece: Piece, value: string, at: number): number {
  if (piece === ONE) return at < value.length ? 1 : -1
  return value.startsWith(piece as string, at) ? (piece as string).length : -1
}
