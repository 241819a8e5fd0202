import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Another Madang already uses the data folder. */
export class FolderInUse extends Error {
  constructor(folder: string, pid: number) {
    super(
      `Another Madang (process ${pid}) is using ${folder}. Stop it, or choose another folder with --home or MADANG_HOME.`,
    )
    this.name = 'FolderInUse'
  }
}

/**
 * Takes the data folder for this process. The file holds the process id and, where the system tells
 * it, the moment that process started, so a reused id after a crash or a reboot does not lock it out.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'madang.lock')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, 'wx')
      writeSync(handle, `${process.pid} ${startOf(process.pid) ?? ''}`)
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [pid = '', start = ''] = readFileSync(file, 'utf8').split(' ')
    if (isAlive(Number(pid), start)) throw new FolderInUse(folder, Number(pid))
    rmSync(file, { force: true })
  }
  throw new FolderInUse(folder, 0)
}

function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return start === '' || now === undefined || now === start
}

/** The process's start in clock ticks since boot (Linux), field 22 of /proc/<pid>/stat. */
export function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // not Linux, or the process is gone: the caller treats it as unknown
  }
}
