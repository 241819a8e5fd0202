import type { Deployment } from '@madang/api'
import { type Database, parseColumn } from '../kernel/index.ts'
import type { DeploymentRow } from './migrations.ts'
import { endpointsOf, page } from './model.ts'
import { keptTemplates, runsById } from './store.ts'

/** What of the stack is kept with a deployment. */
export interface DeploymentDetails {
  parameters: Record<string, string>
  capabilities: string[]
  outputs: Record<string, string>
  tags: Record<string, string>
  resources: { logicalId: string; type: string; physicalId: string }[]
}

export function detailsOf(row: DeploymentRow): DeploymentDetails {
  return parseColumn<DeploymentDetails>(row.details)
}

/** Rows as the contract shows them, with their runs and whether each can be gone back to. */
export async function presented(
  from: Pick<Database, 'tables'>,
  rows: DeploymentRow[],
): Promise<Deployment[]> {
  const runs = await runsById(
    from,
    rows.flatMap((row) => row.run_id ?? []),
  )
  const kept = await keptTemplates(
    from,
    rows.map((row) => row.template_hash),
  )
  return rows.map((row) => {
    const run = row.run_id === null ? undefined : runs.get(row.run_id)
    const { project, repo, commit_sha: sha } = row
    // The repository may have gone to another project since.
    const home = run?.project ?? project
    return {
      id: row.id,
      project,
      environment: row.environment,
      service: row.service,
      stackId: row.stack_id,
      stackName: row.stack_name,
      version: row.version,
      status: row.status,
      stackStatus: row.stack_status,
      reason: row.reason ?? undefined,
      run: run && {
        id: run.id,
        label: `${run.repo}/${run.branch} #${run.number}`,
        url: page.run(home, run.repo, run.branch, run.number),
      },
      commit: repo && sha ? { repo, sha, url: page.commit(home, repo, sha) } : undefined,
      actor: row.actor,
      actorName: row.actor_name,
      at: new Date(row.at).toISOString(),
      templateHash: row.template_hash,
      canRollBack: row.status === 'succeeded' && kept.has(row.template_hash),
      rollbackOf: row.rollback_of ?? undefined,
      isCurrent: row.is_current === 1,
      endpoints: endpointsOf(detailsOf(row).outputs),
    }
  })
}
