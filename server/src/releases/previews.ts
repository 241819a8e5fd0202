import type { Preview } from '@madang/api'
import { AwsError } from '../cloud/index.ts'
import type { Kernel, StoredEvent } from '../kernel/index.ts'
import type { DeploymentRow } from './migrations.ts'
import { kindOf } from './model.ts'
import type { CloudPort, CodePort, PullRequestClosed } from './ports.ts'
import { presented } from './present.ts'
import * as store from './store.ts'

interface Parts {
  kernel: Kernel
  cloud: CloudPort
  code: CodePort
}

/** More deployments of one stack are not looked through. */
const MOST_DEPLOYMENTS = 1000

interface PreviewRow {
  state: Preview['state']
  newest: DeploymentRow
  /** Nothing but runs of the branch deployed it. */
  isOwn: boolean
}

/** What the runs of a pull request deployed, as it is now. */
export async function previews(
  { kernel, code }: Pick<Parts, 'kernel' | 'code'>,
  pull: { project: string; repo: string; number: number },
): Promise<Preview[]> {
  const rows = await previewRows({ kernel, code }, pull)
  const newest = await presented(
    kernel.database,
    rows.map((row) => row.newest),
  )
  return rows.map(({ state }, index) => ({ state, deployment: newest[index]! }))
}

async function previewRows(
  { kernel, code }: Pick<Parts, 'kernel' | 'code'>,
  { project, repo, number }: { project: string; repo: string; number: number },
): Promise<PreviewRow[]> {
  const { database } = kernel
  const name = await code.repoName(project, repo)
  const { source, sinceMs, untilMs } = await code.pullRequestLife(project, name, number)
  const of = { project, repo: name, branch: source, sinceMs, untilMs }
  const stacks = await store.stacksOfBranch(database, of)
  const found = stacks.map(async (stackId): Promise<PreviewRow> => {
    const all = await store.deployments(database, project, { stackId, limit: MOST_DEPLOYMENTS })
    const ids = all.flatMap((row) => row.run_id ?? [])
    const runs = await store.runsById(database, ids)
    const isOf = (row: DeploymentRow) => {
      const run = row.run_id === null ? undefined : runs.get(row.run_id)
      const isAfter = untilMs !== undefined && row.at > untilMs
      return run?.repo === name && run.branch === source && row.at >= sinceMs && !isAfter
    }
    const [newest] = all
    const changes = all.filter(({ status }) => status !== 'removed')
    const isOwn = changes.length < MOST_DEPLOYMENTS && changes.every(isOf)
    return { state: stateOf(newest!, isOf(newest!)), newest: newest!, isOwn }
  })
  return Promise.all(found)
}

function stateOf({ status }: DeploymentRow, isOwn: boolean): Preview['state'] {
  if (status === 'removed') return 'removed'
  if (!isOwn) return 'replaced'
  return status === 'failed' ? 'failed' : 'running'
}

/**
 * Takes away what only the branch of a closed pull request deployed, where the repository asks for
 * it: never what is staging or production by kind or name, nor what a lasting branch deployed.
 */
export async function removePreviews(parts: Parts, event: StoredEvent): Promise<void> {
  const { kernel, cloud, code } = parts
  const { project } = event
  const { repo, number } = event.data as PullRequestClosed
  if (project === undefined) return
  const rule = await store.previewRule(kernel.database, project, repo)
  if (!rule) return
  const { isLasting } = await code.pullRequestLife(project, repo, number)
  if (isLasting) return
  const kinds = new Map(
    (await store.environments(kernel.database, project)).map((one) => [one.name, one]),
  )
  const credentials = await cloud.credentialsFor({
    kind: 'person',
    id: rule.set_by.replace(/^person:/, ''),
    project,
    name: rule.set_by_name,
  })
  for (const { state, newest, isOwn } of await previewRows(parts, { project, repo, number })) {
    const kind = kindOf({ name: newest.environment, kind: null, ...kinds.get(newest.environment) })
    if (state === 'removed' || state === 'replaced' || !isOwn || kind !== 'Test') continue
    const aws = await cloud.awsWith({ ...credentials, region: newest.region })
    try {
      await aws.cloudformation.deleteStack({ StackName: newest.stack_id })
    } catch (error) {
      // Protected, say: it stays, and the pull request goes on showing it.
      if (!(error instanceof AwsError)) throw error
      kernel.log.warn('releases.previewStays', { stack: newest.stack_id, why: error.message })
    }
  }
}
