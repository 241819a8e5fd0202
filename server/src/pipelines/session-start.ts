import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { parseColumn } from '../kernel/index.ts'
import { interruption, type Session } from './engine/index.ts'
import { finishedBefore } from './store-runs.ts'
import type { ChangeRow, PipelinesTables, RunRow } from './tables.ts'

/** Open pull requests that come from the run's branch. */
export function changesOf(
  db: Kysely<PipelinesTables>,
  run: Pick<RunRow, 'project' | 'repo' | 'branch'>,
): Promise<ChangeRow[]> {
  return db
    .selectFrom('pipelines_change')
    .selectAll()
    .where('project', '=', run.project)
    .where('repo', '=', run.repo)
    .where('branch', '=', run.branch)
    .orderBy('number', 'desc')
    .execute()
}

/** Reads what the run needs to know before its script runs; the same after a restart. */
export async function readySession(session: Session, isResumed: boolean): Promise<void> {
  const { journal, record, kernel } = session
  const db = kernel.database.tables<PipelinesTables>()
  if (isResumed) {
    await journal.load()
    await session.stages.load()
    session.loadMasks()
  }
  await takeStashes(session)
  const facts = await journal.fixed('facts', async () => ({
    previous: await finishedBefore(db, record),
    change: (await changesOf(db, record))[0],
  }))
  session.previous = facts.previous
  if (facts.change) setChange(session, facts.change)
  const abort = journal.get('abort')
  if (!abort) return
  const { text } = abort.result as { text: string }
  session.interrupts.interrupt(interruption('ABORTED', text))
}

function setChange(session: Session, change: ChangeRow): void {
  const { project, repo, number, title, branch, target } = change
  const url = `${session.parts.originUrl()}/p/${project}/code/${repo}/pulls/${number}`
  const variables = { ID: String(number), URL: url, TITLE: title, BRANCH: branch, TARGET: target }
  for (const [name, value] of Object.entries(variables)) {
    session.environment.set(`CHANGE_${name}`, value)
  }
}

/** A run that is restarted from a stage finds what the earlier one stashed, where that was kept. */
async function takeStashes(session: Session): Promise<void> {
  const { restart } = session.record
  if (restart === null) return
  const { from } = parseColumn<{ from: string }>(restart)
  const kept = join(session.kernel.folder('runs'), from, 'stashes')
  const own = session.file('stashes')
  if (existsSync(kept) && !existsSync(own)) await cp(kept, own, { recursive: true })
}
