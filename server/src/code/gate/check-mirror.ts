import type { ArrivalCheck } from './arrival.ts'

/** What a mirror brings from elsewhere is not moved here. */
export const checkMirror: ArrivalCheck = ({ guardMirror }, { repo, moves }) =>
  guardMirror(repo.row.id, moves)
