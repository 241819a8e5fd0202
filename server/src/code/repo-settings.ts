import { parseColumn } from '../kernel/index.ts'
import type { RepoRow } from './tables.ts'

export const branchTypes = ['feature', 'bugfix', 'release', 'hotfix'] as const
export type BranchType = (typeof branchTypes)[number]

/** How a team names its branches, after Bitbucket's branching model. */
export interface BranchingModel {
  /** `undefined`: the default branch. */
  development: string | undefined
  production: string | undefined
  types: { kind: BranchType; prefix: string; isEnabled: boolean }[]
}

/** What a repository is told and code itself seldom asks; kept as one text. */
export interface RepoSettings {
  language?: string
  website?: string
  forkPolicy?: 'allow_forks' | 'no_public_forks' | 'no_forks'
  hasWiki?: boolean
  /** Id of the repository it was forked from. */
  forkOf?: string
  /** Without one that of its project applies. */
  model?: BranchingModel
}

export const settingsOf = (row: Pick<RepoRow, 'settings'>): RepoSettings =>
  parseColumn<RepoSettings>(row.settings)

/** Prefixes as Bitbucket gives them to a new repository. */
export const plainModel: BranchingModel = {
  development: undefined,
  production: undefined,
  types: branchTypes.map((kind) => ({ kind, prefix: `${kind}/`, isEnabled: true })),
}
