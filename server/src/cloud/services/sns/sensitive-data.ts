import { isIPv6 } from 'node:net'

// Every expression is bound in length, and begins where a word does: a text that is made to be slow is not.

interface Finder {
  expression: RegExp
  /** Whether what the expression found is one. */
  isOne?: (found: string) => boolean
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'

/** Of AWS's managed data identifiers those that a pattern tells, by name. */
const finders: Record<string, Finder[]> = {
  EmailAddress: [
    { expression: /(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z\d-]{1,63}\.){1,8}[A-Za-z]{2,63}/g },
  ],
  CreditCardNumber: [
    { expression: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, isOne: (found) => isLuhn(found) },
  ],
  IpAddress: [
    { expression: new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?!\\.?\\d)`, 'g') },
    { expression: /(?<![\w:])[\dA-Fa-f:]{2,39}(?![\w:])/g, isOne: isIPv6 },
  ],
}

export const isKnownKind = (name: string): boolean => Object.hasOwn(finders, name)

/** The text with everything of these kinds replaced; undefined where it holds nothing of them. */
export function replaced(
  text: string,
  kinds: string[],
  replacement: (found: string) => string,
): string | undefined {
  let isFound = false
  let result = text
  for (const { expression, isOne } of kinds.flatMap((kind) => finders[kind] ?? [])) {
    result = result.replace(expression, (found) => {
      if (isOne && !isOne(found)) return found
      isFound = true
      return replacement(found)
    })
  }
  return isFound ? result : undefined
}

/** The check digit of card numbers (ISO/IEC 7812). */
function isLuhn(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].toReversed().map(Number)
  const values = digits.map((digit, at) => (at % 2 === 0 ? digit : (digit * 2) % 9 || (digit && 9)))
  return values.reduce((sum, value) => sum + value, 0) % 10 === 0
}
