import { javaDate } from './java-date.ts'
import { DAY_MS } from './lifecycle-expiry.ts'
import { invalidArgument } from './refusals.ts'

/** `given` is text where a rule that was kept is set again from within the cloud. */
export function checkMidnight(given: Date): void {
  const date = new Date(given)
  if (date.getTime() % DAY_MS === 0) return
  throw invalidArgument('Date', javaDate(date), "'Date' must be at midnight GMT")
}
