import { abortException, type ChangeEntry, type Scope, type Session } from '../engine/index.ts'
import { sourceOf } from '../model.ts'
import { git } from './git-command.ts'

/** Files that differ from the job's earlier run; empty on the first run, as in Jenkins. */
export function changedFiles(scope: Scope): Promise<string[]> {
  return lines(scope, 'changed-files', ['diff', '--name-only', '-z'], '..', '\0')
}

/** Whole messages of the commits since the job's earlier run. */
export function commitMessages(scope: Scope): Promise<string[]> {
  return lines(scope, 'commit-messages', ['log', '-z', '--format=%B'], '..', '\0')
}

async function lines(
  scope: Scope,
  key: string,
  command: string[],
  between: string,
  separator: string,
): Promise<string[]> {
  const { session } = scope
  const { before_sha, commit_sha, project } = session.record
  const { repo } = sourceOf(session.record)
  if (!before_sha || repo === null || before_sha === commit_sha) return []
  return session.journal.fixed(key, async () => {
    const cwd = await session.parts.code.repoPath(project, repo)
    const answer = await git([...command, `${before_sha}${between}${commit_sha}`], { cwd })
    if (answer.code !== 0) throw abortException(`git ${command[0]}: ${answer.errors.trim()}`)
    return answer.output.split(separator).filter((line) => line !== '')
  })
}

/** The same commits whole, as `currentBuild.changeSets` shows them. */
export async function commitsOf(session: Session): Promise<ChangeEntry[]> {
  const { before_sha, commit_sha, project } = session.record
  const { repo } = sourceOf(session.record)
  if (!before_sha || repo === null || before_sha === commit_sha) return []
  return session.journal.fixed('change-sets', async () => {
    const cwd = await session.parts.code.repoPath(project, repo)
    const format = '--format=%x01%H%x00%an%x00%ae%x00%ct%x00%s%x00%B%x00'
    const range = `${before_sha}..${commit_sha}`
    const answer = await git(['log', '-n', '200', '--name-only', format, range], { cwd })
    return answer.output.split('\u0001').slice(1).map(entryOf)
  })
}

function entryOf(text: string): ChangeEntry {
  const [commitId = '', authorName = '', authorEmail = '', time = '0', msg = '', body = '', names] =
    text.split('\0')
  const affectedPaths = (names ?? '').split('\n').filter((name) => name !== '')
  const timestamp = Number(time) * 1000
  return {
    commitId,
    authorName,
    authorEmail,
    timestamp,
    msg,
    comment: body.trimEnd() + '\n',
    affectedPaths,
  }
}
