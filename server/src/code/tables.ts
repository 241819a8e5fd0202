import type { Role } from '@madang/api'
import type { Selectable } from 'kysely'

export interface CodeTables {
  code_repo: {
    id: string
    project: string
    /** What it was made as; it stays, since the thread, jobs and images know it by that. */
    name: string
    /** What it is called now, in addresses and on pages. */
    slug: string
    description: string
    default_branch: string
    is_protected: number
    require_passing: number
    required_approvals: number
    created_at: number
    created_by: string
    /** JSON of `RepoSettings`: what is asked for rarely. */
    settings: string
  }
  /** Every name a repository was ever called by, so that old addresses lead to it. */
  code_name: { project: string; name: string; repo_id: string }
  /** Who was given a role in one repository; `person_id` without `person:`. */
  code_repo_member: { repo_id: string; person_id: string; role: Role }
  /** Who looks at what any repository of a project changes. */
  code_project_reviewer: { project: string; person_id: string; name: string }
  /** What repositories of a project take over; `model` is JSON of `BranchingModel`. */
  code_project: { project: string; model: string }
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
    name: string
    /** 0 for what was set before this was kept. */
    created_at: number
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
    is_draft: number
    /** JSON of the merge that waits for its checks. */
    auto_merge: string | null
    /** Why it was declined, in the words of whoever did. */
    reason: string
    closed_by_id: string | null
  }
  code_approval: {
    pull_request_id: string
    actor_id: string
    actor_name: string
    head: string
    created_at: number
    /** `approved` or `changesRequested`. */
    verdict: string
  }
  code_comment: {
    id: string
    /** The same as a number, for clients that know comments by one. */
    number: number
    pull_request_id: string
    author_id: string
    author_name: string
    text: string
    /** JSON of `StoredPlace`, or null for a general comment. */
    place: string | null
    reply_to: string | null
    resolved_by: string | null
    is_deleted: number
    created_at: number
    edited_at: number | null
    resolved_by_id: string | null
    resolved_at: number | null
  }
  code_reviewer: {
    pull_request_id: string
    person_id: string
    name: string
    /** `asked`, `default` or `owner` (named by the CODEOWNERS file). */
    reason: string
    created_at: number
  }
  code_default_reviewer: { repo_id: string; person_id: string; name: string }
  code_task: {
    id: string
    number: number
    pull_request_id: string
    comment_id: string | null
    text: string
    is_done: number
    author_id: string
    author_name: string
    done_by_id: string | null
    done_by: string | null
    done_at: number | null
    created_at: number
    updated_at: number
  }
  code_branch_rule: {
    id: string
    number: number
    repo_id: string
    kind: string
    /** A glob; empty when the rule goes by `branch_type`. */
    pattern: string
    branch_type: string | null
    value: number | null
    /** JSON: ids of the people (`person:…`) it lets through. */
    people: string
    created_at: number
  }
  /** Targets that change only through a queue. */
  code_queue_rule: {
    id: string
    number: number
    repo_id: string
    /** A glob over target branches. */
    pattern: string
    most_builds: number
    wait_minutes: number
    created_at: number
  }
  /** A pull request's stay in a merge queue; the latest that ended are kept. */
  code_queue_entry: {
    id: string
    repo_id: string
    target: string
    pull_request_id: string
    number: number
    /** The smaller ones are before it. */
    position: number
    /** The pull request's head that was put into the queue. */
    head: string
    strategy: string
    message: string | null
    delete_source: number
    /** What was made of it and what that stands on; null while nothing is made. */
    sha: string | null
    base: string | null
    built_at: number | null
    actor_id: string
    actor_name: string
    added_at: number
    ended_at: number | null
    /** A `QueueOutcome`. */
    outcome: string | null
    detail: string
    ended_by: string | null
  }
  /** What happened to a pull request besides comments. */
  code_pull_activity: {
    id: string
    pull_request_id: string
    kind: string
    actor_id: string
    actor_name: string
    /** JSON, by kind. */
    data: string
    created_at: number
  }
  code_hook: {
    id: string
    /** A repository's id, or `workspace`. */
    owner: string
    url: string
    description: string
    is_active: number
    /** JSON: event keys such as `repo:push`. */
    events: string
    /** Sealed. */
    secret: string | null
    /** Where whoever made it found this server, for the links in what it is sent. */
    origin: string
    created_at: number
    created_by: string
  }
  code_hook_delivery: {
    id: string
    hook_id: string
    event: string
    url: string
    body: string
    attempts: number
    /** `waiting`, `delivered` or `failed`. */
    state: string
    status: number | null
    /** What the other side said, or why it could not be reached; cut to 4 KB. */
    answer: string
    created_at: number
    sent_at: number | null
  }
  code_key: {
    id: string
    number: number
    /** A repository's id or `project:GB` (deploy keys), or `person:…`. */
    owner: string
    label: string
    key: string
    fingerprint: string
    created_at: number
    created_by: string
  }
}

export type RepoRow = Selectable<CodeTables['code_repo']>
export type RefRow = Selectable<CodeTables['code_ref']>
export type PushRow = Selectable<CodeTables['code_push']>
export type StatusRow = Selectable<CodeTables['code_status']>
export type PullRequestRow = Selectable<CodeTables['code_pull_request']>
export type ApprovalRow = Selectable<CodeTables['code_approval']>
export type CommentRow = Selectable<CodeTables['code_comment']>
export type ReviewerRow = Selectable<CodeTables['code_reviewer']>
export type TaskRow = Selectable<CodeTables['code_task']>
export type BranchRuleRow = Selectable<CodeTables['code_branch_rule']>
export type QueueRuleRow = Selectable<CodeTables['code_queue_rule']>
export type QueueEntryRow = Selectable<CodeTables['code_queue_entry']>
export type ActivityRow = Selectable<CodeTables['code_pull_activity']>
export type HookRow = Selectable<CodeTables['code_hook']>
export type DeliveryRow = Selectable<CodeTables['code_hook_delivery']>
export type KeyRow = Selectable<CodeTables['code_key']>
