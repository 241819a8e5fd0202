import { type ErrorText, fillText, kernelErrors } from '@madang/api'

/**
 * A refusal: the caller asked for something that can't be, and is told what and why. Comes from a
 * capability's closed list (`defineErrors` in the contract) and becomes a wire form once, at the edge.
 */
export class Refusal extends Error {
  readonly code: string
  readonly status: number
  readonly parameters: Record<string, string | number>
  readonly text: ErrorText

  constructor(code: string, text: ErrorText, parameters: Record<string, string | number> = {}) {
    super(fillText(text.en, parameters))
    this.name = 'Refusal'
    this.code = code
    this.status = text.status
    this.parameters = parameters
    this.text = text
  }
}

/** Makes the thrower of a capability's refusals: `throw refuse('issueNotFound', { key })`. */
export function refusals<T extends Record<string, ErrorText>>(list: T) {
  return (code: keyof T & string, parameters?: Record<string, string | number>): Refusal =>
    new Refusal(code, list[code]!, parameters)
}

export const refuse = refusals(kernelErrors)

/** A broken invariant is a bug: it ends in a 500 and a line in the log. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant: ${message}`)
}

/** The text of anything thrown, for logs. */
export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
