import {
  abortException,
  type ChangeEntry,
  invokeStep,
  type Scope,
  type Session,
} from '../engine/index.ts'
import { GroovyMap } from '../groovy/index.ts'
import { sourceOf } from '../model.ts'
import { firstRunOf } from '../store-runs.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'
import { git } from './git-command.ts'

const MOST_COMMITS = 1000

/**
 * The commits that conditions look at: those since the job's run before and, of a branch that is
 * proposed, those of all its runs. The log is told of what is out of the ordinary.
 */
export async function examinedCommits(scope: Scope): Promise<ChangeEntry[]> {
  const { session } = scope
  const isProposed = scope.environment.get('CHANGE_ID') !== undefined
  if (isProposed) {
    await echo(scope, 'Examining changelog from all builds of this change request.')
  }
  const all = isProposed ? await commitsOfAllRuns(session) : []
  const commits = all.length > 0 ? all : await commitsOf(session)
  if (commits.length === 0) {
    const isFirst = session.record.number <= 1
    const why = isFirst ? 'Probably because this is the first build.' : 'Have you run checkout?'
    await echo(scope, `Warning, empty changelog. ${why}`)
  }
  return commits
}

function echo(scope: Scope, text: string) {
  const named = new GroovyMap()
  return invokeStep(scope, { name: 'echo', positional: [text], named, body: undefined })
}

/** Commits since the job's run before, the newest first; none of the first run, as in Jenkins. */
export function commitsOf(session: Session, row: RunRow = session.record): Promise<ChangeEntry[]> {
  const key = row.id === session.record.id ? 'change-sets' : `change-sets/${row.id}`
  return session.journal.fixed(key, () => commitsSince(session, row.before_sha, row))
}

function commitsOfAllRuns(session: Session): Promise<ChangeEntry[]> {
  const { record, kernel } = session
  return session.journal.fixed('change-sets/all', async () => {
    const first = await firstRunOf(kernel.database.tables<PipelinesTables>(), record.job_id)
    return commitsSince(session, first?.commit_sha ?? null, record)
  })
}

async function commitsSince(
  { parts }: Session,
  from: string | null,
  row: RunRow,
): Promise<ChangeEntry[]> {
  const { commit_sha, project } = row
  const { repo } = sourceOf(row)
  if (!from || repo === null || from === commit_sha) return []
  const cwd = await parts.code.repoPath(project, repo)
  const format = '--format=%x01%H%x00%an%x00%ae%x00%ct%x00%s%x00%B%x00'
  const shown = ['-n', String(MOST_COMMITS), '--name-status', '--no-renames', format]
  // Names as they are, also those beyond ASCII.
  const config = ['-c', 'core.quotePath=false']
  const answer = await git([...config, 'log', ...shown, `${from}..${commit_sha}`], { cwd })
  if (answer.code !== 0) throw abortException(`git log: ${answer.errors.trim()}`)
  return answer.output.split('\u0001').slice(1).map(entryOf)
}

function entryOf(text: string): ChangeEntry {
  const [commitId = '', authorName = '', authorEmail = '', time = '0', msg = '', body = '', rest] =
    text.split('\0')
  const files = (rest ?? '').split('\n').flatMap(fileOf)
  const comment = `${body.trimEnd()}\n`
  return { commitId, authorName, authorEmail, timestamp: Number(time) * 1000, msg, comment, files }
}

/** `M`, a tab and the path. What became a link or a module is another file, too. */
function fileOf(line: string): ChangeEntry['files'] {
  const [state = '', path] = line.split('\t')
  if (path === undefined) return []
  return [{ path, edit: state === 'A' || state === 'D' ? state : 'M' }]
}
