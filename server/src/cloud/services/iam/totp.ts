import { createHmac, randomBytes } from 'node:crypto'

// RFC 6238 with RFC 4648's base 32: six digits, thirty seconds, SHA-1, as authenticator apps take.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const STEP_MS = 30_000
// A phone's clock may be a little off: this many steps to either side.
const DRIFT_STEPS = 2

/** 64 characters, as AWS's seeds have. */
export function newSeed(): string {
  return Array.from(randomBytes(64), (byte) => alphabet[byte & 31]).join('')
}

export function codeAt(seed: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', fromBase32(seed)).update(counter).digest()
  const at = digest[19]! & 15
  return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

export const stepAt = (nowMs: number): number => Math.floor(nowMs / STEP_MS)

/** The step the code belongs to, when it is one of now. */
export function matchingStep(seed: string, code: string, nowMs: number): number | undefined {
  const now = stepAt(nowMs)
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step++) {
    if (codeAt(seed, step) === code) return step
  }
  return undefined
}

/** Two codes that follow each other, as a device is asked for when it is set up. */
export function areConsecutive(seed: string, first: string, second: string, nowMs: number) {
  const step = matchingStep(seed, first, nowMs)
  return step !== undefined && codeAt(seed, step + 1) === second
}

function fromBase32(text: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of text) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >> bits) & 0xff)
    }
  }
  return Buffer.from(bytes)
}

/** What a device's seed is sealed for. */
export const purposeOf = (deviceArn: string) => `cloud-iam-mfa:${deviceArn}`
