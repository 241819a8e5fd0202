import { readdirSync, readFileSync } from 'node:fs'

const NS_PER_SECOND = 1e9

/** Resident memory in MB; undefined where there is no /proc. */
export function memoryMb(pid: number): number | undefined {
  const kb = /VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1]
  return kb === undefined ? undefined : Number(kb) / 1024
}

/**
 * Seconds of processor time: of all threads, and of the main one. From the scheduler's own count in ns:
 * that of `stat` comes in steps of 10 ms, which are 3 % of a short round.
 */
export function cpuSeconds(pid: number): { all: number; main: number } {
  const of = (thread: string) => nsOf(pid, thread) / NS_PER_SECOND
  return { all: threadsOf(pid).reduce((sum, thread) => sum + of(thread), 0), main: of(String(pid)) }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

const nsOf = (pid: number, thread: string): number =>
  Number(readProc(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0])

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
