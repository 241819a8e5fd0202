import type { Actor } from '../../kernel/index.ts'
import type { CodeContext, OpenRepo } from '../context.ts'
import { type MovedRef, NO_SHA } from '../ref-name.ts'

/** What a push or a change made here brings, before any reference moves. */
export interface Arrival {
  repo: OpenRepo
  actor: Actor
  moves: MovedRef[]
  /** Where git finds objects that it still keeps apart; empty when they are in the repository. */
  env: Record<string, string>
}

/** Gives the lines people read when it refuses. */
export type ArrivalCheck = (context: CodeContext, arrival: Arrival) => Promise<string[] | undefined>

/** What no reference held before, as arguments of `git log` and `git rev-list`. */
export function freshRevisions(moves: readonly MovedRef[]): string[] {
  const tips = moves.map(({ after }) => after).filter((sha) => sha !== NO_SHA)
  return tips.length === 0 ? [] : [...new Set(tips), '--not', '--all']
}
