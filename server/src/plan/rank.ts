// A rank is 8 base-36 digits and an optional fraction; plain text order is the board's order. Digits and
// lower-case letters only, so that it sorts alike under every collation a PostgreSQL may have.
const WIDTH = 8
const BASE = 36
const FIRST = 'i0000000'

/** A rank strictly between two neighbours; an undefined one is the end of the order. */
export function rankBetween(before: string | undefined, after: string | undefined): string {
  if (before === undefined && after === undefined) return FIRST
  if (after === undefined) return whole(numberOf(before!) + 1)
  if (before === undefined) return whole(numberOf(after) - 1)
  const low = numberOf(before)
  const high = numberOf(after)
  if (high - low > 1) return whole(Math.floor((low + high) / 2))
  const limit = high === low ? after.slice(WIDTH) : undefined
  return whole(low) + fractionBetween(before.slice(WIDTH), limit)
}

function numberOf(rank: string): number {
  return Number.parseInt(rank.slice(0, WIDTH), BASE)
}

function whole(number: number): string {
  return number.toString(BASE).padStart(WIDTH, '0')
}

/** Digits after the point, strictly between two fractions; `high` undefined is 1. Never ends in 0. */
function fractionBetween(low: string, high: string | undefined): string {
  let text = ''
  for (let i = 0; ; i++) {
    const from = digit(low, i)
    const to = high === undefined ? BASE : digit(high, i)
    if (to - from > 1) return text + Math.floor((from + to) / 2).toString(BASE)
    text += from.toString(BASE)
    // One apart: whatever follows `from` stays below `high`, so from here only `low` bounds it.
    if (to > from) high = undefined
  }
}

function digit(fraction: string, index: number): number {
  const character = fraction[index]
  return character === undefined ? 0 : Number.parseInt(character, BASE)
}
