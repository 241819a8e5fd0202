import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where this server may make groups of its own, and how a group's memory is limited there. */
export interface CgroupPlace {
  version: 1 | 2
  folder: string
}

/** A made group: its folder takes processes by `cgroup.procs`. */
export interface Cgroup {
  folder: string
  /** Once its processes have ended; they may take a moment. */
  remove(): Promise<void>
}

const MOUNT = '/sys/fs/cgroup'
const REMOVE_LIMIT_MS = 5_000
const REMOVE_PAUSE_MS = 50
let made = 0

/**
 * The memory controller below the server's own group. Version 2 hands controllers on only in a group
 * without processes, so there the groups are made beside the server's, where its user may do so.
 */
export function findCgroups(): CgroupPlace | undefined {
  const groups = read('/proc/self/cgroup')?.split('\n') ?? []
  const v1 = groups.map((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/.exec(line)?.[1])
  const v2 = groups.map((line) => /^0::(.*)$/.exec(line)?.[1]).find((path) => path !== undefined)
  const own = v1.find((path) => path !== undefined)
  const places: CgroupPlace[] = [
    ...(own === undefined ? [] : [{ version: 1 as const, folder: join(MOUNT, 'memory', own) }]),
    ...(v2 === undefined
      ? []
      : [join(MOUNT, v2), dirname(join(MOUNT, v2))]
          .filter((folder) => folder.startsWith(MOUNT))
          .map((folder) => ({ version: 2 as const, folder }))),
  ]
  return places.find(isUsable)
}

export function makeCgroup(place: CgroupPlace, memoryBytes: number): Cgroup {
  const folder = join(place.folder, `madang-${process.pid}-${++made}`)
  mkdirSync(folder)
  try {
    limit(place, folder, memoryBytes)
  } catch (error) {
    rmdirSync(folder)
    throw error
  }
  return { folder, remove: () => removeLater(folder) }
}

/** Groups of servers that are gone. */
export function reapCgroups(place: CgroupPlace): void {
  for (const name of readdirSync(place.folder)) {
    const server = /^madang-(\d+)-\d+$/.exec(name)?.[1]
    if (server && read(`/proc/${server}/stat`) === undefined) tryRemove(join(place.folder, name))
  }
}

function limit({ version }: CgroupPlace, folder: string, memoryBytes: number): void {
  const file = version === 1 ? 'memory.limit_in_bytes' : 'memory.max'
  writeFileSync(join(folder, file), String(memoryBytes))
  if (version === 2) writeFileSync(join(folder, 'memory.oom.group'), '1')
}

function isUsable(place: CgroupPlace): boolean {
  try {
    const group = makeCgroup(place, 64 * 1024 * 1024)
    rmdirSync(group.folder)
    return true
  } catch {
    return false // not mounted, not ours to write, or without the memory controller
  }
}

async function removeLater(folder: string): Promise<void> {
  const untilMs = performance.now() + REMOVE_LIMIT_MS
  while (!tryRemove(folder) && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, REMOVE_PAUSE_MS))
  }
}

/** False while it still has processes; the next server's `reap` takes what stays. */
function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
