import type { Actor } from '../../kernel/index.ts'
import type { OpenRepo } from '../context.ts'
import { git } from '../git-process.ts'
import type { MovedRef } from '../ref-name.ts'
import type { RefsSync } from '../refs-sync.ts'

/**
 * Moves references to what came from elsewhere: recorded and told like a push, but not judged like
 * one, since a history that exists already is not going to be rewritten for our rules.
 */
export async function landRefs(
  sync: RefsSync,
  repo: OpenRepo,
  { actor, moves }: { actor: Actor; moves: MovedRef[] },
): Promise<void> {
  if (moves.length === 0) return
  const refs = Object.fromEntries(moves.map(({ ref, after }) => [ref, after]))
  const begun = await sync.begin(repo, actor, refs)
  const lines = moves.map(({ ref, before, after }) => `update ${ref}\0${after}\0${before}\0`)
  try {
    await git(['update-ref', '--stdin', '-z'], { folder: repo.folder, input: lines.join('') })
  } finally {
    await sync.settle(repo, [begun])
  }
}
