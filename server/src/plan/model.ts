import type { IssueCard, IssueChange, IssuePriority, IssueStatus, IssueType } from '@madang/api'
import type { Selectable } from 'kysely'
import type { PlanTables } from './tables.ts'

export type IssueRow = Selectable<PlanTables['plan_issue']>
export type CommentRow = Selectable<PlanTables['plan_comment']>
export type ChangeRow = Selectable<PlanTables['plan_change']>

export interface NewIssue {
  project: string
  type: IssueType
  title: string
  /** Markdown. */
  description?: string
  labels?: string[]
  priority?: IssuePriority
  /** A person's name. */
  assignee?: string | undefined
}

/** One member's change, as history and events tell it. */
export interface FieldChange {
  field: string
  before?: string | undefined
  after?: string | undefined
}

const MOST_KEYS = 100
// Neither a letter nor a digit beside it; a Hangul particle (GB-1을) and an underscore may follow.
const keyPattern = /(?<![A-Za-z0-9])[A-Z][A-Z0-9]{1,9}-[1-9]\d{0,8}(?![A-Za-z0-9])/g

/** What looks like an issue key in a branch name, a message, a title; each once. */
export function keysIn(text: string): string[] {
  return [...new Set(text.match(keyPattern) ?? [])].slice(0, MOST_KEYS)
}

export function foldText(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

export function searchOf(key: string, title: string): string {
  return foldText(`${key} ${title}`)
}

export function pagePath(project: string, key: string): string {
  return `/p/${project}/issues/${key}`
}

/** When it was done: now when it gets there, never when it leaves. */
export function doneAt(
  row: { status: IssueStatus; done_at: number | null },
  status: IssueStatus,
  nowMs: number,
) {
  if (status !== 'done') return null
  return row.status === 'done' ? row.done_at : nowMs
}

export function asCard(
  row: Omit<IssueRow, 'description'>,
  parts: { labels: string[]; assignee: IssueCard['assignee'] },
): IssueCard {
  return {
    key: row.key,
    type: row.type,
    status: row.status,
    title: row.title,
    priority: row.priority,
    assignee: parts.assignee,
    labels: parts.labels,
    comments: row.comments,
    updatedAt: isoOf(row.updated_at),
    version: row.version,
  }
}

export function asChange(row: ChangeRow): IssueChange {
  return {
    id: String(row.seq),
    at: isoOf(row.at),
    actor: { id: row.actor, name: row.actor_name },
    field: row.field,
    before: row.before ?? undefined,
    after: row.after ?? undefined,
  }
}

export function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
