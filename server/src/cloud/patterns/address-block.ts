import { isIPv4, isIPv6 } from 'node:net'

const v4 = /^\d+\.\d+\.\d+\.\d+$/
const v6 = /^[\da-fA-F:]*:[\da-fA-F:]*$/

/** An address as a number and its width; undefined for what is none. */
export function addressOf(text: string): { bits: 32 | 128; value: bigint } | undefined {
  if (v4.test(text) && isIPv4(text)) {
    const value = text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
    return { bits: 32, value }
  }
  if (v6.test(text) && isIPv6(text)) return { bits: 128, value: valueOf6(text) }
  return undefined
}

function valueOf6(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  const all = [...left, ...Array.from({ length: gap }, () => '0'), ...right]
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

/** The test of a CIDR block, or why it is none (the rule compiler's words). */
export function blockOf(text: string): ((value: string) => boolean) | string {
  const parts = text.split('/')
  if (parts.length !== 2) return "Malformed CIDR, one '/' required"
  const [base, mask] = parts as [string, string]
  if (!/^[+-]?\d+$/.test(mask)) return 'Malformed CIDR, mask bits must be an integer'
  const maskBits = Number(mask)
  if (maskBits < 0) return 'Malformed CIDR, mask bits must not be negative'
  const from = addressOf(base)
  if (!from)
    return `${v4.test(base) || v6.test(base) ? 'Invalid' : 'Nonstandard'} IP address: ${base}`
  if (maskBits >= from.bits) {
    return `IPv${from.bits === 32 ? 4 : 6} mask bits must be < ${from.bits}`
  }
  // The block begins at the address that is written, not at the network's.
  const top = from.value | ((1n << BigInt(from.bits - maskBits)) - 1n)
  return (value) => {
    const address = addressOf(value)
    return address?.bits === from.bits && address.value >= from.value && address.value <= top
  }
}
