import type { Actor } from '../kernel/index.ts'
import type { OpenRepo } from './context.ts'
import { git, GitFailure } from './git-process.ts'
import { type MovedRef, branchOf } from './ref-name.ts'
import { refuse } from './refuse.ts'
import type { RefsSync } from './refs-sync.ts'

/**
 * Moves references from here, all or none, each only if it still is where it was. Resolves when the
 * move is on record and told. What they bring is looked at
 * like a push. Throws `refMoved`, `changeRefused`.
 */
export async function changeRefs(
  sync: RefsSync,
  repo: OpenRepo,
  { actor, moves }: { actor: Actor; moves: MovedRef[] },
): Promise<void> {
  await sync.admit(repo, actor, moves)
  const refs = Object.fromEntries(moves.map(({ ref, after }) => [ref, after]))
  const begun = await sync.begin(repo, actor, refs)
  const input = moves
    .map(({ ref, before, after }) => `update ${ref}\0${after}\0${before}\0`)
    .join('')
  try {
    await git(['update-ref', '--stdin', '-z'], { folder: repo.folder, input })
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    throw refuse('refMoved', { ref: moves.map(({ ref }) => branchOf(ref) ?? ref).join(', ') })
  } finally {
    await sync.settle(repo, [begun])
  }
}
