import type { SessionCredentials } from '../../deps.ts'
import { invalid } from './input-rules.ts'
import { wholeSecond } from '../../whole-second.ts'

export const presentCredentials = (issued: SessionCredentials) => ({
  AccessKeyId: issued.accessKeyId,
  SecretAccessKey: issued.secretAccessKey,
  SessionToken: issued.sessionToken,
  Expiration: wholeSecond(issued.expiresAtMs),
})

const HOUR_S = 3600

/** Seconds, if the role allows as many; from another role's session an hour at most. */
export function roleDuration(seconds: number, maxSessionS: number, isChained = false): number {
  if (isChained && seconds > HOUR_S) {
    throw invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  if (seconds > maxSessionS) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  return seconds
}
