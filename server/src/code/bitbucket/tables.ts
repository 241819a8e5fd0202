import type { Selectable } from 'kysely'
import type { Tables, Transaction } from '../../kernel/index.ts'

/** What only this API speaks of. */
export interface BitbucketTables {
  code_commit_comment: {
    id: string
    /** Clients know comments by a number. */
    number: number
    repo_id: string
    sha: string
    author_id: string
    author_name: string
    text: string
    /** JSON of `{path, line, side}`, or null for a comment on the whole commit. */
    place: string | null
    reply_to: number | null
    is_deleted: number
    created_at: number
    edited_at: number | null
  }
  code_commit_approval: {
    repo_id: string
    sha: string
    actor_id: string
    actor_name: string
    created_at: number
  }
  /** What a tool found in a commit. */
  code_report: {
    id: string
    repo_id: string
    sha: string
    external_id: string
    /** JSON of its members as they came. */
    content: string
    created_at: number
    updated_at: number
  }
  code_report_annotation: {
    id: string
    report_id: string
    external_id: string
    content: string
    created_at: number
    updated_at: number
  }
  /** A file that stands beside the repository; its bytes are a blob. */
  code_download: {
    repo_id: string
    name: string
    blob_id: string
    size: number
    author_id: string
    author_name: string
    /** How often it was fetched. */
    fetches: number
    created_at: number
  }
  /** A value that an application notes down about a thing. */
  code_property: {
    /** Whose thing: a repository's id, or `person:…`. */
    owner: string
    /** `repository`, `commit <sha>`, `pullrequest <number>`, `user`. */
    subject: string
    app_key: string
    name: string
    /** JSON of an object. */
    value: string
  }
}

export type PropertyRow = Selectable<BitbucketTables['code_property']>
export type CommitCommentRow = Selectable<BitbucketTables['code_commit_comment']>
export type CommitApprovalRow = Selectable<BitbucketTables['code_commit_approval']>
export type ReportRow = Selectable<BitbucketTables['code_report']>
export type DownloadRow = Selectable<BitbucketTables['code_download']>
export type AnnotationRow = Selectable<BitbucketTables['code_report_annotation']>

export type Db = Tables<BitbucketTables>

export const bitbucketTables = (on: Pick<Transaction, 'tables'>): Db => on.tables<BitbucketTables>()
