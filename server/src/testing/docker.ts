import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BUSYBOX = '/usr/bin/busybox'

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
  execFileSync('docker', ['import', '-', name], { input: archive, stdio: 'pipe' })
  rmSync(root, { recursive: true, force: true })
}
