import { readdirSync, readFileSync } from 'node:fs'

interface Memory {
  nowBytes: number
  peakBytes: number
}

/**
 * A process and its descendants (Linux): anonymous and shared memory now, and the most that was ever
 * resident, of which files are left out. Undefined elsewhere, or when the process is gone.
 */
export function memoryOf(pid: number): Memory | undefined {
  const own = memoryOfOne(pid)
  if (!own) return undefined
  const below = childrenOf(pid).flatMap((child) => memoryOf(child) ?? [])
  return {
    nowBytes: below.reduce((sum, { nowBytes }) => sum + nowBytes, own.nowBytes),
    peakBytes: below.reduce((sum, { peakBytes }) => sum + peakBytes, own.peakBytes),
  }
}

function memoryOfOne(pid: number): Memory | undefined {
  const status = read(`/proc/${pid}/status`)
  if (status === undefined) return undefined
  const of = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)
    return found ? Number(found[1]) * 1024 : 0
  }
  const nowBytes = of('RssAnon') + of('RssShmem')
  // Files mapped by the runtime (the node binary) are shared by all and not the function's.
  return { nowBytes, peakBytes: Math.max(nowBytes, of('VmHWM') - of('RssFile')) }
}

/** Any thread may have started it, and each thread has a list of its own. */
function childrenOf(pid: number): number[] {
  let threads: string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return [] // it has just ended
  }
  return threads.flatMap((thread) => {
    const list = read(`/proc/${pid}/task/${thread}/children`) ?? ''
    return list.split(' ').filter(Boolean).map(Number)
  })
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // not Linux, or the process is gone
  }
}
