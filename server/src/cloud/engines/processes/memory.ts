import { readFileSync } from 'node:fs'

/** From /proc/<pid>/status (Linux): anonymous and shared memory now, and the most ever resident. */
export function memoryOf(pid: number): { nowBytes: number; peakBytes: number } | undefined {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return undefined // not Linux, or the process is gone
  }
  const of = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)
    return found ? Number(found[1]) * 1024 : 0
  }
  const nowBytes = of('RssAnon') + of('RssShmem')
  // Files mapped by the runtime (the node binary) are shared by all and not the function's.
  return { nowBytes, peakBytes: Math.max(nowBytes, of('VmHWM') - of('RssFile')) }
}
