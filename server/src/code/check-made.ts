import { rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { git, GitFailure, gitText } from './git-process.ts'
import { refuse } from './refuse.ts'

/**
 * What git, or a file system of a clone, may take for one of its own files: `.GITMODULES`, Windows'
 * `gitmod~1`, and letters between which HFS+ sees nothing.
 */
const SUSPECT = /^\.git|~\d|[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/i

const isOwn = (path: string) => SUSPECT.test(path.slice(path.lastIndexOf('/') + 1))

/**
 * Asks of files made here what git asks of every push (`receive.fsckObjects`): a `.gitmodules` can name
 * a command as its address, which runs where it is cloned. Throws `objectUnsafe`.
 */
export async function checkMade(folder: string, tree: string, paths: string[]): Promise<void> {
  const asked = new Set<string>()
  for (const path of paths.filter(isOwn)) {
    asked.add(`${tree}:${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`).add(`${tree}:${path}`)
  }
  if (asked.size === 0) return
  // What a later file of the same commit replaced is not there.
  const input = [...asked].map((name) => `${name}\0`).join('')
  const found = await gitText(['cat-file', '-z', '--batch-check=%(objectname)'], { folder, input })
  const objects = found.split('\n').filter((line) => /^[0-9a-f]{40}$/.test(line))
  const file = join(folder, `made-${randomUUID()}`)
  try {
    await writeFile(
      `${file}.pack`,
      await git(['pack-objects', '-q', '--stdout'], { folder, input: `${objects.join('\n')}\n` }),
    )
    await git(['index-pack', '--fsck-objects', `${file}.pack`], { folder })
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    throw refuse('objectUnsafe', { reason: reasonOf(error.stderr) })
  } finally {
    for (const end of ['pack', 'idx', 'rev']) await rm(`${file}.${end}`, { force: true })
  }
}

/** `error: object <sha>: gitmodulesUrl: …` without what only git's own people read. */
function reasonOf(said: string): string {
  const [first = ''] = said.split('\n')
  return first.replace(/^error: object [0-9a-f]+: /, '').slice(0, 300)
}
