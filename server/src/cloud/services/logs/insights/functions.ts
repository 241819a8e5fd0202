export type Value = string | number | undefined

/** Text that is a number as one; undefined otherwise. */
export function numberIn(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value === undefined || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isNaN(number) ? undefined : number
}

const text = (value: Value) => (value === undefined ? '' : String(value))
const truth = (is: boolean) => (is ? 1 : 0)
export const isTrue = (value: Value) => value !== undefined && value !== 0 && value !== ''

type Scalar = (...given: Value[]) => Value

const numeric =
  (work: (...given: number[]) => number): Scalar =>
  (...given) => {
    const numbers = given.map(numberIn)
    return numbers.includes(undefined) ? undefined : work(...(numbers as number[]))
  }

const floor = (time: number, length: number) => Math.floor(time / length) * length
const without = (value: Value, letters: Value, sides: ('begin' | 'end')[]) => {
  const away = letters === undefined ? /\s/ : new Set(text(letters))
  const isAway = (letter: string) => ('has' in away ? away.has(letter) : away.test(letter))
  const all = [...text(value)]
  const first = sides.includes('begin') ? all.findIndex((it) => !isAway(it)) : 0
  const last = sides.includes('end') ? all.findLastIndex((it) => !isAway(it)) : all.length - 1
  return first < 0 ? '' : all.slice(first, last + 1).join('')
}

/** Of one event. `bin` and its like are moments, told as such. */
export const functions: Record<string, Scalar> = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  round: numeric((value, places = 0) => Math.round(value * 10 ** places) / 10 ** places),
  tonumber: numberIn,
  toint: numeric(Math.trunc),
  tolong: numeric(Math.trunc),
  todouble: numberIn,
  greatest: numeric(Math.max),
  least: numeric(Math.min),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  bin: numeric(floor),
  datefloor: numeric(floor),
  dateceil: numeric((time, length) => Math.ceil(time / length) * length),
  frommillis: numeric((ms) => ms),
  tomillis: numeric((ms) => ms),
  ispresent: (value) => truth(value !== undefined),
  isempty: (value) => truth(text(value) === ''),
  isblank: (value) => truth(text(value).trim() === ''),
  coalesce: (...given) => given.find((value) => value !== undefined),
  concat: (...given) => given.map(text).join(''),
  trim: (value, letters) => without(value, letters, ['begin', 'end']),
  ltrim: (value, letters) => without(value, letters, ['begin']),
  rtrim: (value, letters) => without(value, letters, ['end']),
  strlen: (value) => [...text(value)].length,
  toupper: (value) => text(value).toUpperCase(),
  tolower: (value) => text(value).toLowerCase(),
  substr: (value, from, length) => {
    const begin = numberIn(from) ?? 0
    const most = numberIn(length)
    return text(value).slice(begin, most === undefined ? undefined : begin + most)
  },
  replace: (value, piece, by) => text(value).replaceAll(text(piece), text(by)),
  startswith: (value, piece) => truth(text(value).startsWith(text(piece))),
  endswith: (value, piece) => truth(text(value).endsWith(text(piece))),
  if: (is, yes, no) => (isTrue(is) ? yes : no),
  strcontains: (value, piece) => truth(text(value).includes(text(piece))),
}

/** Functions whose value is a moment. */
export const moments = new Set(['bin', 'datefloor', 'dateceil', 'frommillis'])

const present = (values: Value[]) => values.filter((value) => value !== undefined)
const numbers = (values: Value[]) => values.map(numberIn).filter((value) => value !== undefined)
const whole = (values: number[]) => values.reduce((sum, value) => sum + value, 0)

/** Numbers by size, else text by its letters. */
export function compare(a: Value, b: Value): number {
  const [left, right] = [numberIn(a), numberIn(b)]
  if (left !== undefined && right !== undefined) return left - right
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return text(a) < text(b) ? -1 : Number(text(a) > text(b))
}

type Aggregate = (values: Value[], more: Value) => Value

const some =
  (work: (values: number[], more: Value) => number): Aggregate =>
  (values, more) => {
    const all = numbers(values)
    return all.length === 0 ? undefined : work(all, more)
  }

/** Of all events of a group, in the order of their time. */
export const aggregates: Record<string, Aggregate> = {
  count: (values) => present(values).length,
  count_distinct: (values) => new Set(present(values).map(text)).size,
  sum: (values) => whole(numbers(values)),
  avg: some((all) => whole(all) / all.length),
  min: (values) => present(values).toSorted(compare)[0],
  max: (values) => present(values).toSorted(compare).at(-1),
  stddev: some((all) => {
    const middle = whole(all) / all.length
    return Math.sqrt(whole(all.map((value) => (value - middle) ** 2)) / all.length)
  }),
  pct: some((all, percent) => {
    const sorted = all.toSorted((a, b) => a - b)
    const rank = Math.ceil(((numberIn(percent) ?? 50) / 100) * sorted.length)
    return sorted[Math.max(rank, 1) - 1]!
  }),
  earliest: (values) => present(values)[0],
  latest: (values) => present(values).at(-1),
  sortsfirst: (values) => present(values).toSorted(compare)[0],
  sortslast: (values) => present(values).toSorted(compare).at(-1),
}
