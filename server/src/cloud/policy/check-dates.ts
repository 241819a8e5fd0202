const form =
  /^(?:\d+(?:-(?<month>\d{1,2})(?:-(?<day>\d{1,2}))?)?)?(?:[tT](?:(?<hour>\d{1,2})(?::(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:\.\d{1,9})?)?)?)?(?:[zZ]|[+-]\d{2}(?::?\d{2})?)?)?$/

const greatest: Record<string, number> = { month: 12, day: 31, hour: 24, minute: 59, second: 60 }
const INT64 = 2n ** 63n

/** Whether a date condition's value is one IAM takes: seconds since the epoch, or ISO 8601 in parts. */
export function isConditionDate(text: string): boolean {
  if (text.includes('${')) return true
  if (/^-?\d+$/.test(text)) {
    const seconds = BigInt(text)
    return seconds >= -INT64 && seconds < INT64
  }
  const { groups } = form.exec(text) ?? {}
  if (!groups || text === '') return false
  return Object.entries(groups).every(
    ([name, digits]) => digits === undefined || Number(digits) <= greatest[name]!,
  )
}
