import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Kysely } from 'kysely'
import { parseColumn } from '../kernel/index.ts'
import { buildVariables, interruption, type Session } from './engine/index.ts'
import { keptVariables } from './run-variables.ts'
import { finishedBefore } from './store-runs.ts'
import type { ChangeRow, PipelinesTables, RunRow } from './tables.ts'

const exec = promisify(execFile)

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
  await takeVariables(session)
  const facts = await journal.fixed('facts', async () => ({
    previous: await finishedBefore(db, record),
    change: (await changesOf(db, record))[0],
    taggedAtS: record.tag === null ? undefined : await taggedAtS(session, record.tag),
  }))
  session.previous = facts.previous
  if (facts.taggedAtS !== undefined) setTagTimes(session, facts.taggedAtS)
  if (facts.change) setChange(session, facts.change)
  const abort = journal.get('abort')
  if (!abort) return
  const { text } = abort.result as { text: string }
  session.worsen('ABORTED')
  session.interrupts.interrupt(interruption('ABORTED', text))
}

/** When the tag was made; of one that is only a name, when its commit was. */
async function taggedAtS({ parts, record }: Session, tag: string): Promise<number | undefined> {
  const cwd = await parts.code.repoPath(record.project, record.repo)
  const wanted = ['--format=%(creatordate:unix)', `refs/tags/${tag}`]
  const { stdout } = await exec('git', ['for-each-ref', ...wanted], { cwd })
  return stdout.trim() === '' ? undefined : Number(stdout)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The same moment three times, the last as Java prints a date. */
function setTagTimes({ environment }: Session, atS: number): void {
  const at = new Date(atS * 1000)
  const [, day, month, year, time] = at.toUTCString().split(' ')
  environment.set('TAG_TIMESTAMP', String(atS * 1000))
  environment.set('TAG_UNIXTIME', String(atS))
  environment.set('TAG_DATE', `${DAYS[at.getUTCDay()]} ${month} ${day} ${time} UTC ${year}`)
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

/** Variables of the workspace and the repository, beneath what the run itself sets. */
async function takeVariables(session: Session): Promise<void> {
  const { parts, record } = session
  const found = await keptVariables(session, 'variables', () => parts.variables.ofRun(record))
  if (found.length === 0) return
  const own = buildVariables(session)
  for (const { key, value } of found) {
    if (!Object.hasOwn(own, key)) session.environment.set(key, value)
  }
}
