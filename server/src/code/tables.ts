import type { Selectable } from 'kysely'

export interface CodeTables {
  code_repo: {
    id: string
    project: string
    name: string
    description: string
    default_branch: string
    is_protected: number
    require_passing: number
    required_approvals: number
    created_at: number
    created_by: string
  }
  /** References as the last recorded fact has them; git's own are compared with these. */
  code_ref: { repo_id: string; name: string; sha: string; updated_at: number }
  /** A change of references about to happen, so that after a crash its author is still known. */
  code_push: {
    id: string
    repo_id: string
    actor_id: string
    actor_name: string
    /** JSON: `{ [ref]: new sha }`. */
    refs: string
    created_at: number
  }
  code_status: {
    repo_id: string
    sha: string
    key: string
    state: string
    description: string
    url: string
    actor_id: string
    updated_at: number
  }
  code_pull_request: {
    id: string
    repo_id: string
    number: number
    title: string
    description: string
    state: string
    source: string
    target: string
    head: string
    author_id: string
    author_name: string
    delete_source: number
    /**
     * The sha a merge is about to put on the target, kept from before until after it is there.
     */
    merging_as: string | null
    merged_as: string | null
    /** Merge base at the moment it was closed, so that its diff stays what it was. */
    base: string | null
    strategy: string | null
    closed_by: string | null
    created_at: number
    updated_at: number
    closed_at: number | null
  }
  code_approval: {
    pull_request_id: string
    actor_id: string
    actor_name: string
    head: string
    created_at: number
  }
  code_comment: {
    id: string
    pull_request_id: string
    author_id: string
    author_name: string
    text: string
    /** JSON of `{path, line, side, head}`, or null for a general comment. */
    place: string | null
    reply_to: string | null
    resolved_by: string | null
    is_deleted: number
    created_at: number
    edited_at: number | null
  }
}

export type RepoRow = Selectable<CodeTables['code_repo']>
export type RefRow = Selectable<CodeTables['code_ref']>
export type PushRow = Selectable<CodeTables['code_push']>
export type StatusRow = Selectable<CodeTables['code_status']>
export type PullRequestRow = Selectable<CodeTables['code_pull_request']>
export type ApprovalRow = Selectable<CodeTables['code_approval']>
export type CommentRow = Selectable<CodeTables['code_comment']>
