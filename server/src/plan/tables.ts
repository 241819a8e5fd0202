import type { IssuePriority, IssueStatus, IssueType } from '@madang/api'
import type { Generated } from 'kysely'

export interface PlanTables {
  /** The last issue number given out in a project. */
  plan_counter: { project: string; last: number }
  plan_issue: {
    key: string
    project: string
    number: number
    type: IssueType
    status: IssueStatus
    title: string
    description: string
    priority: IssuePriority
    /** A person's id. */
    assignee: string | null
    reporter: string
    reporter_name: string
    /** The project-wide order of the board; see rank.ts. */
    rank: string
    version: number
    comments: number
    /** Key and title, folded for the text filter. */
    search: string
    created_at: number
    updated_at: number
    done_at: number | null
  }
  plan_label: { issue: string; label: string; project: string }
  plan_comment: {
    id: string
    issue: string
    author: string
    author_name: string
    text: string
    created_at: number
    edited_at: number | null
  }
  plan_change: {
    seq: Generated<number>
    issue: string
    at: number
    actor: string
    actor_name: string
    field: string
    before: string | null
    after: string | null
  }
  plan_link: { id: string; issue: string; title: string; url: string; created_at: number }
}
