const SPANS: [string, number][] = [
  ['yr', 365 * 86_400_000],
  ['mo', 30 * 86_400_000],
  ['days', 86_400_000],
  ['hr', 3_600_000],
  ['min', 60_000],
  ['sec', 1000],
]

/** `1 min 30 sec`, `12 min`, `0.25 sec`: the smaller unit only beside fewer than ten of the larger. */
export function timeSpan(ms: number): string {
  const whole = Math.floor(ms)
  const at = SPANS.findIndex(([, size]) => whole >= size)
  if (at < 0) return whole >= 100 ? `${Math.floor(whole / 10) / 100} sec` : `${whole} ms`
  const [unit, size] = SPANS[at]!
  const count = Math.floor(whole / size)
  if (unit === 'sec') return `${count >= 10 ? count : Math.floor(whole / 100) / 10} sec`
  const name = unit === 'days' && count === 1 ? 'day' : unit
  const [smaller, smallerSize] = SPANS[at + 1]!
  const rest = Math.floor((whole - count * size) / smallerSize)
  const small = smaller === 'days' && rest === 1 ? 'day' : smaller
  return count >= 10 ? `${count} ${name}` : `${count} ${name} ${rest} ${small}`
}
