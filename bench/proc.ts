import { readFileSync } from 'node:fs'

const NS_PER_SECOND = 1e9
const TICKS_PER_SECOND = 100
/** Places of utime and stime, counted from the state. */
const [USER, SYSTEM] = [11, 12]

/** Resident memory in MB; undefined where there is no /proc. */
export function memoryMb(pid: number): number | undefined {
  const kb = /VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1]
  return kb === undefined ? undefined : Number(kb) / 1024
}

/**
 * Seconds of processor time. Of the main thread from the scheduler's own count in ns; of all, those that
 * have ended as well (moto has a thread for each connection), from `stat`, in steps of 10 ms.
 */
export function cpuSeconds(pid: number): { all: number; main: number } {
  // The program's name in brackets may hold spaces.
  const [, rest = ''] = readProc(`/proc/${pid}/stat`).split(/\) /)
  const fields = rest.split(' ').map(Number)
  const all = ((fields[USER] ?? 0) + (fields[SYSTEM] ?? 0)) / TICKS_PER_SECOND
  return { all, main: nsOf(pid, String(pid)) / NS_PER_SECOND }
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
