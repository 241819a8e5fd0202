import { abortException, type Scope } from '../engine/index.ts'
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
  const { before_sha, commit_sha, project, repo } = session.record
  if (before_sha === null || before_sha === commit_sha) return []
  return session.journal.fixed(key, async () => {
    const cwd = await session.parts.code.repoPath(project, repo)
    const answer = await git([...command, `${before_sha}${between}${commit_sha}`], { cwd })
    if (answer.code !== 0) throw abortException(`git ${command[0]}: ${answer.errors.trim()}`)
    return answer.output.split(separator).filter((line) => line !== '')
  })
}
