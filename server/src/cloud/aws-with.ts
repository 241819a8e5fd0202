import { timingSafeEqual } from 'node:crypto'
import { type Aws, AwsError, type Caller } from './gateway/index.ts'
import type { Authority } from './services/iam/index.ts'

/** Keys as a program holds them. */
export interface AwsKeys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

export type AwsWith = (keys: AwsKeys & { region: string }) => Promise<Aws>

/**
 * The cloud as whoever holds these keys, in process: what a signature would prove over HTTP is compared
 * here directly. Throws AwsError as the gateway would.
 */
export function createAwsWith(authority: Authority, as: (caller: Caller) => Aws): AwsWith {
  return async ({ accessKeyId, secretAccessKey, sessionToken, region }) => {
    const known = await authority.credential(accessKeyId)
    const isRight =
      known !== undefined &&
      isSame(known.secretAccessKey, secretAccessKey) &&
      isSame(known.sessionToken ?? '', sessionToken ?? '')
    if (!isRight) {
      const message = 'The security token included in the request is invalid.'
      throw new AwsError('UnrecognizedClientException', message, { status: 403 })
    }
    return as({ principal: known.principal, region })
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
