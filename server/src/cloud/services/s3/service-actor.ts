import { randomBytes } from 'node:crypto'
import type { Actor } from './change.ts'
import type { S3Parts } from './parts.ts'

/** S3 doing something of its own accord, by a rule it was given. */
export function asItself(
  { deps, kernel }: Pick<S3Parts, 'deps' | 'kernel'>,
  account?: string,
): Actor {
  return {
    principal: deps.sessions.serviceOf('s3.amazonaws.com', account),
    requestId: randomBytes(8).toString('hex').toUpperCase(),
    now: kernel.clock.now(),
    http: { sourceIp: 's3.amazonaws.com' },
  }
}
