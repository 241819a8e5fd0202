import { Refusal } from '../../kernel/index.ts'

/** A refusal as Jenkins gives it: a page, with the text in `X-Error` where clients look for it. */
export class Failure extends Error {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'Failure'
    this.status = status
    this.headers = headers
  }
}

export const notFound = (what: string) => new Failure(404, `Not Found: ${what}`)

/** As Jenkins words it: `kim is missing the Job/Build permission`. */
export const missing = (name: string, permission: string) =>
  new Failure(403, `${name} is missing the ${permission} permission`, {
    'x-required-permission': permission,
  })

/** Refusals of the capabilities keep their status and say themselves. */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  return error instanceof Refusal ? new Failure(error.status, error.message) : undefined
}
