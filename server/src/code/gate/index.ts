import type { CodeContext } from '../context.ts'
import type { Arrival, ArrivalCheck } from './arrival.ts'
import { checkLocks } from './check-locks.ts'
import { checkMirror } from './check-mirror.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkSignatures } from './check-signatures.ts'
import { checkSizes } from './check-sizes.ts'

export type { Arrival } from './arrival.ts'
export { installGate, openGate, type Gate } from './gate.ts'

/** In this order; the cheap and the general first. */
const checks: readonly ArrivalCheck[] = [
  checkMirror,
  checkSizes,
  checkSignatures,
  checkLocks,
  checkSecrets,
]

/** The lines why what arrives is refused; undefined when it may come in. */
export async function refusalOf(
  context: CodeContext,
  arrival: Arrival,
): Promise<string[] | undefined> {
  for (const check of checks) {
    const lines = await check(context, arrival)
    if (lines) return lines
  }
  return undefined
}
