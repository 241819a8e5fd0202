import { javaDate } from './java-date.ts'
import { DAY_MS } from './lifecycle-expiry.ts'
import { invalidArgument } from './refusals.ts'

export function checkMidnight(date: Date): void {
  if (date.getTime() % DAY_MS === 0) return
  throw invalidArgument('Date', javaDate(date), "'Date' must be at midnight GMT")
}
