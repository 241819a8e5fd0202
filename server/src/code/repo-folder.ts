import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The configuration of every repository here.
 * - `core.fsync`: what a push was told is done survives a power cut (git's default leaves
 * references
 *   and packs' indexes to the page cache).
 * - `receive.unpackLimit=1` keeps each push as one pack: two flushes instead of one per object.
 * - `receive.fsckObjects` refuses trees with `.git`, `..` or broken objects; the two relaxed checks
 *   meet old, real histories (as on the well-known hosts).
 * - Objects are tidied by our own job, so git starts nothing in the background.
 */
const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = false
\thooksPath = /dev/null
\tfsync = committed,pack-metadata,reference
[receive]
\tfsckObjects = true
\tunpackLimit = 1
\tautogc = false
\tdenyDeletes = false
\tdenyNonFastForwards = false
\tdenyDeleteCurrent = refuse
\thideRefs = refs/pull
\tadvertisePushOptions = false
[receive "fsck"]
\tzeroPaddedFilemode = ignore
\tmissingSpaceBeforeDate = ignore
[transfer]
\tunpackLimit = 1
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = false
\tallowReachableSHA1InWant = true
[http]
\treceivepack = true
[gc]
\tauto = 0
\tautoDetach = false
\tautoPackLimit = 50
[repack]
\twriteBitmaps = true
[pack]
\tthreads = 1
`

/** Bare repositories on disk; the path comes from the id, never from what a person typed. */
export interface RepoFolders {
  path(id: string): string
  /** Makes the folder when it is missing; all of it or nothing. */
  ensure(id: string, defaultBranch: string): Promise<string>
  remove(id: string): Promise<void>
  /** What its packs take on the disk, in bytes; loose objects are few. */
  sizeOf(id: string): Promise<number>
  /**
   * Whether so many packs or loose objects lie there that git should repack (git's own limits).
   */
  isUntidy(id: string): Promise<boolean>
}

export function createRepoFolders(root: string): RepoFolders {
  const known = new Set<string>()
  const path = (id: string) => join(root, `${id}.git`)
  return {
    path,
    async ensure(id, defaultBranch) {
      const folder = path(id)
      if (known.has(id)) return folder
      if (!existsSync(join(folder, 'HEAD'))) await make(root, folder, defaultBranch)
      known.add(id)
      return folder
    },
    async remove(id) {
      known.delete(id)
      await rm(path(id), { recursive: true, force: true })
    },
    sizeOf: (id) => packBytes(join(path(id), 'objects/pack')),
    isUntidy: (id) => isUntidy(path(id)),
  }
}

async function make(root: string, folder: string, defaultBranch: string): Promise<void> {
  const draft = join(root, `.new-${randomUUID()}`)
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info']) {
    await mkdir(join(draft, part), { recursive: true })
  }
  await write(join(draft, 'config'), CONFIG)
  await write(join(draft, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`)
  try {
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(join(folder, 'HEAD'))) throw error // else another call was first
  }
}

async function packBytes(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pack'))
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (file) => file.size,
        () => 0, // repacked meanwhile
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function isUntidy(folder: string): Promise<boolean> {
  const packs = await readdir(join(folder, 'objects/pack'))
  if (packs.filter((name) => name.endsWith('.pack')).length > 50) return true
  const sample = join(folder, 'objects/17') // git's own estimate: 1/256 of all, limit 6700
  const isThere = await stat(sample).then(
    () => true,
    () => false,
  )
  return isThere && (await readdir(sample)).length > 27
}
