import { codeRemoteErrors, fillText, type SpokenError } from '@madang/api'
import { Refusal, refusals } from '../../kernel/index.ts'

export const refuseRemote = refusals(codeRemoteErrors)

/** A failure as it is kept, for whoever asks later. `host` stands in for what has no text of its own. */
export function spoken(error: unknown, host: string): SpokenError {
  const said =
    error instanceof Refusal ? error : refuseRemote('remoteFailed', reasonOf(error, host))
  const { code, text, parameters } = said
  return { code, en: fillText(text.en, parameters), ko: fillText(text.ko, parameters) }
}

function reasonOf(error: unknown, host: string) {
  const { message, code } = error as NodeJS.ErrnoException
  return { host, reason: (message || code || 'no answer').slice(0, 500) }
}

/** Refusals that trying again would only repeat. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof Refusal)) return false
  return error.code !== 'remoteFailed' && error.code !== 'outgoingUnknown'
}
