import type { ImportSource } from '@madang/api'

/** Somebody at the source. */
export interface SourcePerson {
  /** What the source knows them by; never a person here. */
  login: string
  name: string
}

/** A pull request as its source lists it, whatever that calls it. Moments are ms. */
export interface SourcePull {
  number: number
  title: string
  description: string
  state: 'open' | 'merged' | 'declined'
  isDraft: boolean
  author: SourcePerson
  source: string
  /** Owner of the repository the branch is in, when that is another one. */
  fork?: string
  target: string
  /** Shas may be cut short, as Bitbucket's are. */
  head: string
  base?: string
  mergedAs?: string
  closedBy?: SourcePerson
  reason?: string
  url: string
  createdAt: number
  updatedAt: number
  closedAt?: number
}

export interface SourceComment {
  id: string
  author: SourcePerson
  text: string
  createdAt: number
  editedAt?: number
  replyTo?: string
  isResolved?: boolean
  resolvedBy?: SourcePerson
  place?: SourcePlace
  /** It was written in the code, but where cannot be told any more. */
  isPlaceLost?: boolean
}

export interface SourcePlace {
  path: string
  line: number
  startLine?: number
  side: 'old' | 'new'
  /** The commits it was written on, where the source tells. */
  head?: string
  base?: string
}

export interface SourceVerdict {
  author: SourcePerson
  verdict: 'approved' | 'changesRequested'
  atMs: number
  head?: string
}

export interface PullDetails {
  comments: SourceComment[]
  verdicts: SourceVerdict[]
}

/** One page of a listing; `next` is where the following one is. */
export interface PullPage {
  pulls: SourcePull[]
  next?: string
}

/** A host's API, as an import asks it. Oldest pull requests first, so that new ones come last. */
export interface Source {
  /** References that keep the heads of pull requests, if the host has them. */
  headRefs?: string
  page(next: string | undefined): Promise<PullPage>
  details(pull: SourcePull): Promise<PullDetails>
}

export type ApiSource = Exclude<ImportSource, 'git'>

/** How people call the hosts. */
export const sourceNames: Record<ImportSource, string> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket',
  bitbucketServer: 'Bitbucket Data Center',
  git: 'git',
}

/** Where a pull request of the source's branch comes from a fork: a branch of our own. */
export const forkBranch = (pull: SourcePull): string =>
  pull.fork === undefined ? pull.source : `fork/${pull.fork}/${pull.source}`

/** A moment as an API writes it; 0 where it is missing or none. */
export const momentMs = (text: unknown): number => {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? 0 : ms
}
