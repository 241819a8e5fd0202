import { hash } from 'node:crypto'

// Hash keys are 128-bit numbers, decimal in the API. Inside they are 32 hex digits, which sort alike.

export const LAST = 'f'.repeat(32)
const LIMIT = 1n << 128n

export const ofPartitionKey = (key: string): string => hash('md5', key, 'hex')

export const toHex = (value: bigint): string => value.toString(16).padStart(32, '0')

export const toNumber = (hex: string): bigint => BigInt(`0x${hex}`)

export const toDecimal = (hex: string): string => toNumber(hex).toString()

export const before = (hex: string): string => toHex(toNumber(hex) - 1n)

/** Undefined for a number that no hash key can be. */
export function ofDecimal(text: string): string | undefined {
  const value = BigInt(text)
  return value < LIMIT ? toHex(value) : undefined
}

/** Where `count` even ranges begin and end, as AWS divides them. */
export function ranges(count: number): { from: string; to: string }[] {
  const width = LIMIT / BigInt(count)
  return Array.from({ length: count }, (_, i) => {
    const from = toHex(width * BigInt(i))
    return { from, to: i === count - 1 ? LAST : toHex(width * BigInt(i + 1) - 1n) }
  })
}
