import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sourceOf } from '../model.ts'
import type { RunRow } from '../tables.ts'
import { type Bean, inline } from './bean.ts'
import type { Shower } from './context.ts'

const exec = promisify(execFile)
const MOST_COMMITS = 200

interface Commit {
  id: string
  author: string
  email: string
  timestampMs: number
  title: string
  message: string
  files: { status: string; path: string }[]
}

/** Commits since the job's earlier run, computed when they are shown. */
export function changeSets({ parts, base }: Shower, run: RunRow) {
  let found: Promise<Commit[]> | undefined
  const commits = () => (found ??= commitsOf(parts, run))
  return {
    async commits(): Promise<Bean[]> {
      const items = (await commits()).map((commit) => commitBean(base, commit))
      return items.length === 0
        ? []
        : [inline({ items, kind: 'git' }, 'hudson.plugins.git.GitChangeSetList')]
    },
    async culprits(): Promise<Bean[]> {
      const names = new Set((await commits()).map(({ author }) => author))
      return [...names].map((name) => authorBean(base, name))
    },
  }
}

async function commitsOf({ code }: Shower['parts'], run: RunRow): Promise<Commit[]> {
  const { repo } = sourceOf(run)
  const { before_sha: before, commit_sha: sha, project } = run
  if (!before || repo === null || before === sha) return []
  const cwd = await code.repoPath(project, repo)
  const format = '--format=%x01%H%x00%an%x00%ae%x00%ct%x00%s%x00%B%x00'
  const range = `${before}..${sha}`
  const args = ['log', '-n', String(MOST_COMMITS), '--name-status', format, range]
  const { stdout } = await exec('git', args, { cwd, maxBuffer: 64 * 1024 * 1024 })
  return stdout.split('\u0001').slice(1).map(readCommit)
}

function readCommit(text: string): Commit {
  const [id = '', author = '', email = '', time = '0', title = '', message = '', names = ''] =
    text.split('\0')
  const files = names
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((parts) => parts.length > 1)
    .map((parts) => ({ status: parts[0]!, path: parts.at(-1)! }))
  return { id, author, email, timestampMs: Number(time) * 1000, title, message, files }
}

const authorBean = (base: string, name: string): Bean =>
  inline({ absoluteUrl: `${base}user/${encodeURIComponent(name)}`, fullName: name })

const editTypes: Record<string, string> = { A: 'add', D: 'delete' }

function commitBean(base: string, commit: Commit): Bean {
  const { id, author, email, timestampMs, title, message, files } = commit
  return inline(
    {
      affectedPaths: files.map(({ path }) => path),
      commitId: id,
      timestamp: timestampMs,
      author: authorBean(base, author),
      authorEmail: email,
      comment: message,
      date: `${new Date(timestampMs).toISOString().slice(0, 19).replace('T', ' ')} +0000`,
      id,
      msg: title,
      paths: files.map(({ path, status }) =>
        inline({ editType: editTypes[status.charAt(0)] ?? 'edit', file: path }),
      ),
    },
    'hudson.plugins.git.GitChangeSet',
  )
}
