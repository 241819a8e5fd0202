import { invalidArgument } from './refusals.ts'

const LARGEST_NUMBER = 2_147_483_647

/** How many a page holds: a thousand at most, and where nothing is said. */
export function mostOf(
  name: 'max-annotation-results' | 'max-parts' | 'max-uploads' | 'maxResults',
  given = 1000,
): number {
  if (Number.isInteger(given) && given >= 0) return Math.min(given, 1000)
  const message = `Argument ${name} must be an integer between 0 and 2147483647`
  throw invalidArgument(name, String(given), message)
}

/** The number of the part a page begins after. */
export function partMarkerOf(given = '0'): number {
  if (/^\d{0,10}$/.test(given) && Number(given) <= LARGEST_NUMBER) return Number(given)
  const name = 'part-number-marker'
  const message = /^-\d+$/.test(given)
    ? `Argument ${name} must be an integer between 0 and ${LARGEST_NUMBER}`
    : `Provided ${name} not an integer or within integer range`
  throw invalidArgument(name, given, message)
}
