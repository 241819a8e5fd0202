import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { refusals } from '../kernel/index.ts'
import { codeErrors } from '@madang/api'
import { gitEnvironment } from './git-process.ts'

// merge-tree --write-tree and cat-file -z came with git 2.38 (October 2022).
const NEEDED = [2, 38] as const

/**
 * Refuses to start on a git that lacks what we call; without any git the error is the system's. A program
 * that was new enough is not asked again while it is the same file: asking costs a start 10 ms.
 */
export async function checkGitVersion(folder: string): Promise<void> {
  const env = gitEnvironment()
  const program = await programIn(env['PATH']!)
  const note = join(folder, 'new-enough')
  if (program !== undefined && program === (await textOf(note))) return
  const { stdout } = await promisify(execFile)('git', ['--version'], { env })
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
  const isEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
  if (isEnough) {
    await writeFile(note, program ?? '')
    return
  }
  throw refusals(codeErrors)('gitTooOld', {
    found: stdout.trim().replace('git version ', ''),
    needed: NEEDED.join('.'),
  })
}

/** The git that would be run: where it lies, how large it is and when it was made. */
async function programIn(path: string): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'git.exe' : 'git'
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined) // most folders have none
    if (found?.isFile()) return `${file} ${found.size} ${found.mtimeMs}\n`
  }
  return undefined
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined) // a first start has no note yet
}
