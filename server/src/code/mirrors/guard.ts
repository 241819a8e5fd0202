import type { Database } from '../../kernel/index.ts'
import { branchOf, tagOf } from '../ref-name.ts'
import { coverOf } from './mirror-model.ts'
import { mirrorsOf } from './store-mirrors.ts'
import type { MirrorGuard } from '../ports.ts'

/** What a pull mirror brings nobody else moves, or the two would go different ways. */
export function createMirrorGuard(database: Database): MirrorGuard {
  return async (repoId, moves) => {
    const followed = (await mirrorsOf(database, repoId)).find(
      (row) => row.direction === 'pull' && row.is_active === 1,
    )
    if (!followed) return undefined
    const covers = coverOf(followed.branches)
    const held = moves.filter(({ ref }) => covers(ref))
    if (held.length === 0) return undefined
    const names = held.map(({ ref }) => branchOf(ref) ?? tagOf(ref) ?? ref)
    return [
      `${names.join(', ')}: mirrored from ${followed.url}. Push there.`,
      `${names.join(', ')}: ${followed.url}을(를) 따라가는 미러입니다. 그곳에 푸시하세요.`,
    ]
  }
}
