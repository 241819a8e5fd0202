import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { refusals } from '../kernel/index.ts'
import { codeErrors } from '@madang/api'
import { gitEnvironment } from './git-process.ts'

// merge-tree --write-tree and cat-file -z came with git 2.38 (October 2022).
const NEEDED = [2, 38] as const

/**
 * Refuses to start on a git that lacks what we call; without any git the error is the system's.
 */
export async function checkGitVersion(): Promise<void> {
  const { stdout } = await promisify(execFile)('git', ['--version'], { env: gitEnvironment() })
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
  const isEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
  if (isEnough) return
  throw refusals(codeErrors)('gitTooOld', {
    found: stdout.trim().replace('git version ', ''),
    needed: NEEDED.join('.'),
  })
}
