import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** Resident memory in MB; undefined where there is no /proc. */
export function memoryMb(pid: number): number | undefined {
  const kb = /VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1]
  return kb === undefined ? undefined : Number(kb) / 1024
}

/** Seconds of processor time: of all threads, and of the main one. */
export function cpuSeconds(pid: number): { all: number; main: number } {
  return {
    all: ticksOf(`/proc/${pid}/stat`) / TICKS_PER_SECOND,
    main: ticksOf(`/proc/${pid}/task/${pid}/stat`) / TICKS_PER_SECOND,
  }
}

function ticksOf(path: string): number {
  const text = readProc(path)
  // The name in brackets may hold spaces; what follows it may not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
