import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A developer's working copy in a throw-away folder, driven with the system's git. */
export interface WorkingCopy {
  readonly folder: string
  git(...args: string[]): Promise<string>
  /** Copies a folder's files over the working copy and commits them. */
  commit(from: string, message: string): Promise<string>
}

export interface Remote {
  /** Clone address, `http://127.0.0.1:4500/git/GB/guestbook.git`. */
  url: string
  token: string
}

/** Gives a working copy with `origin` set, and removes it afterwards. */
export async function withWorkingCopy<R>(
  remote: Remote,
  use: (copy: WorkingCopy) => Promise<R>,
): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'guestbook-'))
  const git = async (...args: string[]) => {
    const env = { ...process.env, ...identityOfSample, ...configOf(remote) }
    const done = await run('git', args, { cwd: folder, env })
    return done.stdout.trim()
  }
  try {
    await git('init', '--quiet', '--initial-branch=main')
    await git('remote', 'add', 'origin', remote.url)
    return await use({
      folder,
      git,
      async commit(from, message) {
        await cp(from, folder, { recursive: true })
        await git('add', '--all')
        await git('commit', '--quiet', '--message', message)
        return git('rev-parse', 'HEAD')
      },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const identityOfSample = {
  GIT_AUTHOR_NAME: 'Madang',
  GIT_AUTHOR_EMAIL: 'sample@madang.local',
  GIT_COMMITTER_NAME: 'Madang',
  GIT_COMMITTER_EMAIL: 'sample@madang.local',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

/** The token goes in by the environment: arguments can be read by everybody on the machine. */
function configOf({ token }: Remote): Record<string, string> {
  const credentials = Buffer.from(`token:${token}`).toString('base64')
  return {
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  }
}
