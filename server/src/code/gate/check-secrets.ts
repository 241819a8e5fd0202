import type { ArrivalCheck } from './arrival.ts'
import { freshRevisions } from './arrival.ts'

export const checkSecrets: ArrivalCheck = async (context, { repo, moves, env }) => {
  const fresh = freshRevisions(moves)
  if (fresh.length === 0) return undefined
  return context.scanSecrets(repo.row.id, { folder: repo.folder, fresh, env })
}
