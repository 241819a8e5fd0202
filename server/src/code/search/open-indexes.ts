import { join } from 'node:path'
import { type Manifest, readManifest } from './repo-index.ts'
import { Segment } from './segment.ts'

/** A repository's index, open. */
export interface OpenIndex {
  sha: string
  segments: { segment: Segment; dead: Set<number> }[]
}

const MOST_OPEN = 200

/** Keeps the indexes asked last open; what changed on disk is opened anew. */
export interface OpenIndexes {
  /** Undefined when there is none yet. */
  get(repoId: string): Promise<OpenIndex | undefined>
  /** After a change of the files. */
  forget(repoId: string): void
}

export function createOpenIndexes(folderOf: (repoId: string) => string): OpenIndexes {
  const open = new Map<string, OpenIndex>()
  const forget = (repoId: string) => {
    for (const { segment } of open.get(repoId)?.segments ?? []) segment.close()
    open.delete(repoId)
  }
  return {
    forget,
    async get(repoId) {
      const known = open.get(repoId)
      if (known) {
        open.delete(repoId)
        open.set(repoId, known)
        return known
      }
      const folder = folderOf(repoId)
      const manifest = await readManifest(folder)
      if (!manifest) return undefined
      // Another search may have opened it while the manifest was read.
      const index = open.get(repoId) ?? openAll(folder, manifest)
      open.set(repoId, index)
      if (open.size > MOST_OPEN) forget(open.keys().next().value!)
      return index
    },
  }
}

function openAll(folder: string, { sha, segments }: Manifest): OpenIndex {
  return {
    sha,
    segments: segments.map(({ name, dead }) => ({
      segment: new Segment(join(folder, name)),
      dead: new Set(dead),
    })),
  }
}
