import { deploymentStatuses, issueStatuses, threadKinds } from '@madang/api'
import { t } from '../i18n/index.ts'

const pullStates = ['open', 'merged', 'declined'] as const
const runStates = ['queued', 'running', 'paused'] as const

/** What a kind of thing is called. */
export function kindLabel(kind: string): string {
  const known = threadKinds.find((entry) => entry === kind)
  return known ? t(`ui.kind_${known}`) : kind
}

/** Our own states in the reader's language; a tool's words (SUCCESS, ALARM) stay as they are. */
export function stateLabel(kind: string, state: string): string {
  const status = kind === 'issue' && issueStatuses.find((entry) => entry === state)
  if (status) return t(`plan.status_${status}`)
  const pull =
    (kind === 'pullRequest' || kind === 'branch') && pullStates.find((entry) => entry === state)
  if (pull) return t(`code.${pull}`)
  const deployment = kind === 'deployment' && deploymentStatuses.find((entry) => entry === state)
  if (deployment) return t(`releases.status_${deployment}`)
  const run = kind === 'run' && runStates.find((entry) => entry === state)
  if (run) return t(`pipelines.state_${run}`)
  return state
}

/** What a thing is called: what tests gave in words instead of marks. */
export function titleText({ kind, title }: { kind: string; title: string }): string {
  const counts = kind === 'tests' && /^✓ (\d+) · ✗ (\d+) · – (\d+)$/.exec(title)
  if (!counts) return title
  const [passed, failed, skipped] = counts.slice(1).map(Number)
  const words = [t('pipelines.passed', { count: passed! })]
  if (failed! > 0) words.push(t('pipelines.failed', { count: failed! }))
  if (skipped! > 0) words.push(t('pipelines.skipped', { count: skipped! }))
  return words.join(' · ')
}
