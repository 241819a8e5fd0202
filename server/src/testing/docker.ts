import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BUSYBOX = '/usr/bin/busybox'
/** Whatever is built on an image has its labels, too. */
const LABEL = `madang.test.process=${process.pid}`

/** Whether this machine has a Docker Engine that answers, and a static busybox to make images of. */
export const hasDocker = succeeds('docker', ['info']) && existsSync(BUSYBOX)
export const has = (program: string) => succeeds(program, ['--version'])

function succeeds(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Imports a root folder with busybox in it under the name; no registry is asked. */
export function makeImage(name: string, programs: readonly string[]): void {
  const root = mkdtempSync(join(tmpdir(), 'madang-image-'))
  mkdirSync(join(root, 'bin'))
  mkdirSync(join(root, 'tmp'))
  copyFileSync(BUSYBOX, join(root, 'bin/busybox'))
  for (const program of programs) symlinkSync('busybox', join(root, 'bin', program))
  const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 26 })
  const args = ['import', '--change', `LABEL ${LABEL}`, '-', name]
  execFileSync('docker', args, { input: archive, stdio: 'pipe' })
  rmSync(root, { recursive: true, force: true })
}

/** Takes away what `makeImage` made in this process and what was built on it, also what has no name any more. */
export function removeImages(): void {
  const list = () =>
    execFileSync('docker', ['images', '--quiet', '--filter', `label=${LABEL}`], {
      encoding: 'utf8',
    })
  // An image goes only after those that were built on it: every round shows the next ones.
  for (let ids = list(), before = ''; ids !== '' && ids !== before; before = ids, ids = list()) {
    execFileSync('docker', ['rmi', '-f', ...new Set(ids.trim().split('\n'))], { stdio: 'pipe' })
  }
}
