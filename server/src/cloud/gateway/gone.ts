import { AwsError } from './error.ts'

// A client that hangs up is no failure of ours.

export function goneError(): Error {
  return Object.assign(new Error('the client went away'), { code: 'ECONNRESET' })
}

/** Of an error of the client's own connection, never of one that an operation made. */
export function isGone(error: unknown): boolean {
  if (error instanceof BrokenOff) return true
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
}

/** What is noted of an upload that broke off: a refusal like any other, though nobody hears it. */
export class BrokenOff extends AwsError {
  constructor() {
    const message =
      'You did not provide the number of bytes specified by the Content-Length HTTP header'
    super('IncompleteBody', message, { status: 400 })
  }
}
