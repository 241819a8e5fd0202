import type { IssueStatus } from '@madang/api'
import type { Actor, NewEvent, ThreadNode } from '../kernel/index.ts'
import { type CommentRow, type FieldChange, type IssueRow, pagePath } from './model.ts'

/** Data of `plan.issueCreated`. */
export interface IssueCreated {
  key: string
  title: string
  type: string
  status: IssueStatus
}

/** Data of `plan.issueChanged`. */
export interface IssueChanged {
  key: string
  changes: FieldChange[]
}

/** Data of `plan.issueTransitioned`. */
export interface IssueTransitioned {
  key: string
  from: IssueStatus
  to: IssueStatus
}

/** Data of `plan.commentAdded`, `plan.commentEdited`, `plan.commentDeleted`. */
export interface CommentEvent {
  key: string
  comment: string
}

/** Data of `plan.linkAdded`, `plan.linkRemoved`. */
export interface LinkEvent {
  key: string
  title: string
  url: string
}

const TEXT_LIMIT = 20_000

interface EventData {
  'plan.issueCreated': IssueCreated
  'plan.issueChanged': IssueChanged
  'plan.issueTransitioned': IssueTransitioned
  'plan.commentAdded': CommentEvent
  'plan.commentEdited': CommentEvent
  'plan.commentDeleted': CommentEvent
  'plan.linkAdded': LinkEvent
  'plan.linkRemoved': LinkEvent
}

/** A fact about an issue; `nodes` besides the issue's own. */
export function issueEvent<T extends keyof EventData>(
  type: T,
  about: { actor: Actor; row: IssueRow; labels?: string[] },
  data: EventData[T],
  nodes: ThreadNode[] = [],
): NewEvent {
  const { row, actor, labels } = about
  return {
    type,
    subject: `issue:${row.key}`,
    project: row.project,
    actor: actor.id,
    data,
    nodes: [issueNode(row, labels), ...nodes],
  }
}

function issueNode(row: IssueRow, labels: string[] | undefined): ThreadNode {
  const node: ThreadNode = {
    kind: 'issue',
    id: row.key,
    project: row.project,
    title: row.title,
    url: pagePath(row.project, row.key),
    state: row.status,
  }
  if (labels) node.text = [...labels, row.description].join(' ').slice(0, TEXT_LIMIT)
  return node
}

/** Found by search, and part of no thread. */
export function commentNode(row: IssueRow, comment: CommentRow): ThreadNode {
  return {
    kind: 'comment',
    id: comment.id,
    project: row.project,
    title: `${row.key} ${row.title}`,
    url: `${pagePath(row.project, row.key)}#${comment.id}`,
    text: comment.text.slice(0, TEXT_LIMIT),
  }
}
