import { pipelinesErrors } from '@madang/api'
import { sql } from 'kysely'
import type { RepoMove } from '../code/index.ts'
import { refusals, type Transaction } from '../kernel/index.ts'
import type { Registry } from '../registry/index.ts'
import type { SshStore } from './ssh/index.ts'
import { moveSchedules } from './schedules/index.ts'
import type { PipelinesTables } from './tables.ts'

const refuse = refusals(pipelinesErrors)

interface Parts {
  registry: Pick<Registry, 'artifactsMove'>
  ssh: Pick<SshStore, 'move'>
}

/**
 * What goes with a repository to another project: its jobs with their runs, what those archived, and its
 * variables, schedules, key pair and known hosts. Credentials are the project's and stay.
 */
export async function moveRuns(parts: Parts, tx: Transaction, move: RepoMove): Promise<void> {
  const { repo, before, after } = move
  const db = tx.tables<PipelinesTables>()
  const own = { project: before, repo }
  const active = db.selectFrom('pipelines_run').select('id').where('state', '!=', 'finished')
  if (await active.where('project', '=', before).where('repo', '=', repo).executeTakeFirst()) {
    throw refuse('repoBuilding', { repo })
  }
  const jobs = db.selectFrom('pipelines_job').select('id')
  const had = jobs.where('project', '=', after).where('repo', '=', repo)
  const isFree = await parts.registry.artifactsMove(tx, { project: before, name: repo, to: after })
  if (!isFree || (await had.executeTakeFirst())) {
    throw refuse('repoHadRuns', { project: after, repo })
  }
  const tables = [
    'pipelines_job',
    'pipelines_run',
    'pipelines_change',
    'pipelines_build_number',
  ] as const
  for (const table of ['pipelines_change', 'pipelines_build_number'] as const) {
    // Left behind by a repository that is gone.
    await db.deleteFrom(table).where('project', '=', after).where('repo', '=', repo).execute()
  }
  for (const table of tables) {
    const moved = db.updateTable(table).set({ project: after })
    await moved.where('project', '=', before).where('repo', '=', repo).execute()
  }
  await moveSchedules(tx, own, after)
  await ownersMoved(tx, `${before}/${repo}`, `${after}/${repo}`)
  await parts.ssh.move(tx, `${before}/${repo}`, `${after}/${repo}`)
}

/** `GB/guestbook`, and `GB/guestbook/production` of an environment. */
async function ownersMoved(tx: Transaction, from: string, to: string): Promise<void> {
  await tx
    .tables<PipelinesTables>()
    .updateTable('pipelines_variable')
    .set({ owner: sql<string>`${to} || substr(owner, ${from.length + 1})` })
    .where((row) =>
      row.or([
        row('owner', '=', from),
        row(sql`substr(owner, 1, ${from.length + 1})`, '=', `${from}/`),
      ]),
    )
    .execute()
}
