import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const guestbook = join(import.meta.dirname, '../../examples/guestbook')

/** A developer's clone, driven with the system's git. */
export class WorkingCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'madang-e2e-git-'))
  readonly #env: NodeJS.ProcessEnv

  constructor() {
    const who = { NAME: 'Minji', EMAIL: 'minji@example.com' }
    this.#env = {
      ...process.env,
      GIT_AUTHOR_NAME: who.NAME,
      GIT_AUTHOR_EMAIL: who.EMAIL,
      GIT_COMMITTER_NAME: who.NAME,
      GIT_COMMITTER_EMAIL: who.EMAIL,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    }
  }

  /** Both streams; rejects with them when git fails. */
  async git(...args: string[]): Promise<string> {
    const { stdout, stderr } = await run('git', args, { cwd: this.folder, env: this.#env })
    return (stdout + stderr).trim()
  }

  async clone(url: string): Promise<void> {
    await this.git('clone', '--quiet', url, '.')
  }

  /** Copies a folder's files over the working copy, commits them and gives the commit. */
  async commit(message: string, from?: string): Promise<string> {
    if (from) cpSync(from, this.folder, { recursive: true })
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--message', message)
    return this.git('rev-parse', 'HEAD')
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The clone address with the token in it, as people give it to git. */
export function cloneUrl(origin: string, repo: string, token: string): string {
  return `${origin.replace('://', `://minji:${token}@`)}/git/${repo}.git`
}
