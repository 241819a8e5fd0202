/** `code.pushed`: references moved, by a push or by a merge or commit made here. */
export interface Pushed {
  project: string
  repo: string
  actor: { id: string; name: string }
  updates: RefUpdate[]
}

export interface RefUpdate {
  ref: string
  branch?: string
  tag?: string
  /** 40 zeros when it is new. */
  before: string
  /** 40 zeros when it is gone. */
  after: string
  /** Newest first, at most 100; none for tags and deletions. */
  commits: { sha: string; title: string; author: string }[]
}

/** `code.pullRequestOpened`, `code.pullRequestUpdated` (new head), `code.pullRequestDeclined`. */
export interface PullRequestChanged {
  project: string
  repo: string
  number: number
  title: string
  source: string
  target: string
  head: string
  issues: string[]
}

/** `code.pullRequestMerged`. */
export interface PullRequestMerged extends PullRequestChanged {
  mergedAs: string
  strategy: string
}

/** `code.pullRequestActivity`: what happened besides opening, closing and new heads. */
export interface PullRequestActivity {
  project: string
  repo: string
  number: number
  kind:
    | 'approved'
    | 'unapproved'
    | 'changesRequested'
    | 'changesRequestRemoved'
    | 'commented'
    | 'commentUpdated'
    | 'commentDeleted'
    | 'commentResolved'
    | 'commentReopened'
    | 'reviewersChanged'
    | 'taskCreated'
    | 'taskChanged'
    | 'taskDeleted'
    | 'updated'
    | 'queued'
    | 'dequeued'
  /** Id of the comment or task it is about. */
  about?: string
}

/** `code.commitStatusCreated`, `code.commitStatusUpdated`. */
export interface CommitStatusSet {
  project: string
  repo: string
  sha: string
  key: string
  state: string
}
