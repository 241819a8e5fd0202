import type { NewEvent, ThreadEdge } from '../kernel/index.ts'
import type { DeploymentRow } from './migrations.ts'
import { endpointsOf, page } from './model.ts'
import { detailsOf } from './present.ts'

/** Data of `releases.deployed` and, when an earlier one was brought back, `releases.rolledBack`. */
export interface Deployed {
  deploymentId: string
  project: string
  environment: string
  service: string
  stackId: string
  version: string
  status: DeploymentRow['status']
  runId?: string
  repo?: string
  commit?: string
  endpoints: string[]
  rollbackOf?: string
}

export function deployed(row: DeploymentRow): NewEvent {
  const ref = { kind: 'deployment', id: row.id }
  const data: Deployed = {
    deploymentId: row.id,
    project: row.project,
    environment: row.environment,
    service: row.service,
    stackId: row.stack_id,
    version: row.version,
    status: row.status,
    runId: row.run_id ?? undefined,
    repo: row.repo ?? undefined,
    commit: row.commit_sha ?? undefined,
    endpoints: endpointsOf(detailsOf(row).outputs),
    rollbackOf: row.rollback_of ?? undefined,
  }
  const edges: ThreadEdge[] = [{ from: { kind: 'stack', id: row.stack_id }, to: ref }]
  if (row.run_id) edges.push({ from: { kind: 'run', id: row.run_id }, to: ref })
  if (row.repo && row.commit_sha) {
    const id = `${row.project}/${row.repo}@${row.commit_sha}`
    edges.push({ from: { kind: 'commit', id }, to: ref })
  }
  return {
    type: row.rollback_of === null ? 'releases.deployed' : 'releases.rolledBack',
    subject: `stack:${row.stack_id}`,
    project: row.project,
    actor: row.actor,
    data,
    nodes: [
      {
        ...ref,
        project: row.project,
        title: `${row.service} ${row.version} → ${row.environment}`,
        state: row.status,
        url: page.releases(row.project, row.environment),
        text: `${row.stack_name} ${row.commit_sha ?? ''} ${row.actor_name}`,
      },
    ],
    edges,
  }
}
