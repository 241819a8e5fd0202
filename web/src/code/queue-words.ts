import type { QueueEnd } from '@madang/api'
import { t } from '../i18n/index.ts'
import { blockers } from './pull-blockers.ts'

/** How a stay in the queue ended, as one line. */
export function endText(end: QueueEnd): string {
  const { outcome, detail } = end
  if (outcome === 'left') return t('queue.outcome_left', { who: end.endedBy ?? '' })
  if (outcome === 'timedOut') return t('queue.outcome_timedOut', { count: Number(detail) })
  if (outcome === 'blocked') return [t('queue.outcome_blocked'), ...missingOf(detail)].join(' · ')
  return t(`queue.outcome_${outcome}`, { detail })
}

/** Codes of what is missing, in words. */
function missingOf(detail: string): string[] {
  const codes = detail.split(', ')
  const known = blockers.filter((code) => codes.includes(code))
  const words = known.map((code) => t(`code.blocker_${code}`))
  return codes.includes('notAllowed') ? [...words, t('queue.notAllowed')] : words
}
