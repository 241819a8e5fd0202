import type { RunCause } from '@madang/api'
import { t } from '../i18n/index.ts'

/** Why a run began, in the reader's language; who began it by hand is in the server's words. */
export function causeLabel(cause: RunCause): string {
  const label = t(`pipelines.cause_${cause.kind}`)
  const who = /by user (.+)$/.exec(cause.text)?.[1]
  return who ? `${label} · ${who}` : label
}
