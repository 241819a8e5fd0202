import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ReleaseCommit } from '@madang/api'
import { page } from './model.ts'
import type { CodePort, PlanPort } from './ports.ts'

const run = promisify(execFile)
const MOST_COMMITS = 250
// Records end with RS and fields with US, which no title holds.
const FORMAT = '%H%x1f%an%x1f%ct%x1f%s%x1f%b%x1e'

interface Range {
  project: string
  repo: string
  /** Commits that it holds are left out. */
  from: string | undefined
  to: string
}

/** Commits of `to` that `from` does not have, newest first, with the issues that they name. */
export async function commitsBetween(
  parts: { code: CodePort; plan: PlanPort },
  { project, repo, from, to }: Range,
): Promise<ReleaseCommit[]> {
  const folder = await parts.code.repoPath(project, repo)
  const tips = from === undefined ? [to] : [to, `^${from}`]
  // Without an earlier deployment everything is new; the last ones are enough to say so.
  const most = from === undefined ? 20 : MOST_COMMITS
  const args = ['-C', folder, 'log', `--max-count=${most}`, `--format=${FORMAT}`, ...tips, '--']
  const { stdout } = await run('git', args, { maxBuffer: 16 * 1024 * 1024 })
  const records = stdout.split('\u001e').map((record) => record.trim())
  return Promise.all(
    records
      .filter((record) => record !== '')
      .map(async (record) => {
        const [sha = '', author = '', at = '0', title = '', body = ''] = record.split('\u001f')
        return {
          repo,
          sha,
          title,
          author,
          at: new Date(Number(at) * 1000).toISOString(),
          url: page.commit(project, repo, sha),
          issues: await parts.plan.issueKeysIn(`${title}\n${body}`),
        }
      }),
  )
}
