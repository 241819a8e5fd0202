import { git, records } from '../git-process.ts'
import { lockedByOthers } from '../lfs/index.ts'
import { type ArrivalCheck, freshRevisions } from './arrival.ts'

const MOST_SHOWN = 20

/**
 * A new commit may not change a file that somebody else holds a lock on. git-lfs asks before it
 * pushes; this holds for those who push without it, and for pages.
 */
export const checkLocks: ArrivalCheck = async (context, { repo, moves, env, actor }) => {
  const fresh = freshRevisions(moves)
  if (fresh.length === 0) return undefined
  const locks = await lockedByOthers(context.kernel.database, repo.row.id, actor.id)
  if (locks.size === 0) return undefined
  const args = ['log', '-c', '--no-renames', '--name-only', '-z', '--format=', ...fresh]
  const paths = new Set(records(await git(args, { folder: repo.folder, env })))
  const held = [...locks].filter(([path]) => paths.has(path)).slice(0, MOST_SHOWN)
  if (held.length === 0) return undefined
  return [
    'A file of this change is locked by somebody else. / 다른 사람이 잠근 파일이 들어 있습니다.',
    ...held.map(([path, owner]) => `  ${path}  (${owner})`),
    'Ask them to unlock it, or leave it out. / 잠금을 풀어 달라고 하거나 그 파일을 빼고 다시 시도하세요.',
  ]
}
