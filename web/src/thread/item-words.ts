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
