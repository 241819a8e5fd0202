/** How one invocation ended. */
export interface Outcome {
  payload: Uint8Array
  /** Present when the function failed; AWS says `Unhandled` for every error of today's runtimes. */
  functionError?: 'Unhandled'
  durationMs: number
  logTail(): string
}

/** An error in the form runtimes give it, told by the platform itself. */
export function platformError(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }))
}
