import type { z as zod } from 'zod'
import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

export const issueTypes = ['story', 'task', 'bug', 'epic'] as const
/** In the order of the board's columns; any may follow any. */
export const issueStatuses = ['todo', 'inProgress', 'inReview', 'done'] as const
export const issuePriorities = ['highest', 'high', 'medium', 'low', 'lowest'] as const
export type IssueType = (typeof issueTypes)[number]
export type IssueStatus = (typeof issueStatuses)[number]
export type IssuePriority = (typeof issuePriorities)[number]

const type = z.enum(issueTypes)
const status = z.enum(issueStatuses)
const priority = z.enum(issuePriorities)
const title = z.string().trim().min(1).max(250)
const description = z.string().max(100_000)
const labels = z
  .array(z.string().regex(/^[^\s,]{1,50}$/u, 'a label is 1 to 50 characters, no space or comma'))
  .max(30)
const commentText = z.string().trim().min(1).max(50_000)

/** Who wrote something: a person, a run, or the system. */
const author = z.object({ id: z.string(), name: z.string() })
const assignee = z.object({ id: z.string(), name: z.string(), displayName: z.string() })

/** What lists and the board show of an issue. */
export const issueCard = z.object({
  key: z.string(),
  type,
  status,
  title: z.string(),
  priority,
  assignee: assignee.optional(),
  labels: z.array(z.string()),
  comments: z.number(),
  updatedAt: z.string(),
  version: z.number(),
})
export type IssueCard = Infer<typeof issueCard>

export const issueLink = z.object({ id: z.string(), title: z.string(), url: z.string() })
export type IssueLink = Infer<typeof issueLink>

export const issue = issueCard.extend({
  project: z.string(),
  /** Markdown. */
  description: z.string(),
  reporter: author,
  links: z.array(issueLink),
  createdAt: z.string(),
  /** When it was last moved to done; missing while it is not. */
  doneAt: z.string().optional(),
})
export type Issue = Infer<typeof issue>

export const issueComment = z.object({
  id: z.string(),
  author,
  /** Markdown. */
  text: z.string(),
  createdAt: z.string(),
  editedAt: z.string().optional(),
  /** Whether the asker may edit and delete it. */
  isOwn: z.boolean(),
})
export type IssueComment = Infer<typeof issueComment>

export const issueChange = z.object({
  id: z.string(),
  at: z.string(),
  actor: author,
  /** `created`, a member's name, `comment` or `link`. */
  field: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
})
export type IssueChange = Infer<typeof issueChange>

export const boardColumn = z.object({
  status,
  /** How many there are; `issues` may hold fewer. */
  total: z.number(),
  /** In rank order; those done, the latest first. */
  issues: z.array(issueCard),
})
export const board = z.object({ project: z.string(), columns: z.array(boardColumn) })
export type BoardColumn = Infer<typeof boardColumn>
export type Board = Infer<typeof board>

const inProject = z.object({ project: z.string() })
const ofIssue = z.object({ project: z.string(), key: z.string() })
const ofIssuePart = ofIssue.extend({ id: z.string() })
const done = z.object({})

/** Several values of one filter, with commas. */
const several = <T extends zod.ZodType<string, string>>(item: T) =>
  z
    .string()
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(item))
    .optional()

const filter = {
  status: several(status),
  type: several(type),
  priority: several(priority),
  label: z.string().optional(),
  /** A person's name, `me`, or `none`. */
  assignee: z.string().optional(),
  /** In the title or the key. */
  text: z.string().max(200).optional(),
}

const issueEndpoints = {
  issueList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/issues',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object({
      ...filter,
      /** `created` and `updated`: the latest first; `rank`: the board's order. */
      order: z.enum(['created', 'updated', 'rank']).default('created'),
      ...paging,
    }),
    result: pageOf(issueCard),
  }),
  issueCreate: endpoint({
    method: 'POST',
    path: '/api/projects/:project/issues',
    access: { project: 'developer' },
    params: inProject,
    body: z.object({
      type: type.default('task'),
      title,
      description: description.default(''),
      priority: priority.default('medium'),
      labels: labels.default([]),
      /** A person's name. */
      assignee: z.string().optional(),
    }),
    result: issue,
  }),
  issueGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/issues/:key',
    access: { project: 'viewer' },
    params: ofIssue,
    result: issue,
  }),
  /** Refuses with `issueChanged` when `version` is not the present one. */
  issueUpdate: endpoint({
    method: 'PATCH',
    path: '/api/projects/:project/issues/:key',
    access: { project: 'developer' },
    params: ofIssue,
    body: z.object({
      version: z.number().int(),
      type: type.optional(),
      title: title.optional(),
      description: description.optional(),
      priority: priority.optional(),
      labels: labels.optional(),
      /** Null: nobody. */
      assignee: z.string().nullable().optional(),
    }),
    result: issue,
  }),
  issueTransition: endpoint({
    method: 'POST',
    path: '/api/projects/:project/issues/:key/transition',
    access: { project: 'developer' },
    params: ofIssue,
    body: z.object({ status }),
    result: issue,
  }),
  /** Puts it into a column, next to another issue; to the column's end when neither is given. */
  issueMove: endpoint({
    method: 'POST',
    path: '/api/projects/:project/issues/:key/move',
    access: { project: 'developer' },
    params: ofIssue,
    body: z.object({ status, before: z.string().optional(), after: z.string().optional() }),
    result: issueCard,
  }),
  issueHistory: endpoint({
    method: 'GET',
    path: '/api/projects/:project/issues/:key/history',
    access: { project: 'viewer' },
    params: ofIssue,
    query: z.object(paging),
    result: pageOf(issueChange),
  }),
  board: endpoint({
    method: 'GET',
    path: '/api/projects/:project/board',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object({
      ...filter,
      /** At most this many in a column. */
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    result: board,
  }),
  labelList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/labels',
    access: { project: 'viewer' },
    params: inProject,
    result: z.object({ items: z.array(z.object({ label: z.string(), issues: z.number() })) }),
  }),
}

const commentEndpoints = {
  commentList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/issues/:key/comments',
    access: { project: 'viewer' },
    params: ofIssue,
    query: z.object(paging),
    result: pageOf(issueComment),
  }),
  commentAdd: endpoint({
    method: 'POST',
    path: '/api/projects/:project/issues/:key/comments',
    access: { project: 'developer' },
    params: ofIssue,
    body: z.object({ text: commentText }),
    result: issueComment,
  }),
  commentEdit: endpoint({
    method: 'PATCH',
    path: '/api/projects/:project/issues/:key/comments/:id',
    access: { project: 'developer' },
    params: ofIssuePart,
    body: z.object({ text: commentText }),
    result: issueComment,
  }),
  commentDelete: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/issues/:key/comments/:id',
    access: { project: 'developer' },
    params: ofIssuePart,
    result: done,
  }),
  linkAdd: endpoint({
    method: 'POST',
    path: '/api/projects/:project/issues/:key/links',
    access: { project: 'developer' },
    params: ofIssue,
    body: z.object({
      title: z.string().trim().min(1).max(250),
      /** A web address, or a page of this server. */
      url: z.string().regex(/^(https?:\/\/|\/(?!\/))\S{1,2000}$/, 'a web address'),
    }),
    result: issueLink,
  }),
  linkRemove: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/issues/:key/links/:id',
    access: { project: 'developer' },
    params: ofIssuePart,
    result: done,
  }),
}

export const planEndpoints = { ...issueEndpoints, ...commentEndpoints }

export const planErrors = defineErrors({
  issueNotFound: { status: 404, en: 'There is no issue {key}.', ko: '{key} 이슈가 없습니다.' },
  issueChanged: {
    status: 409,
    en: '{key} was changed meanwhile (version {version}). Look at it again, then repeat yours.',
    ko: '그 사이에 {key}이(가) 바뀌었습니다(버전 {version}). 다시 확인한 뒤 변경하세요.',
  },
  planProjectNotFound: {
    status: 404,
    en: 'There is no project {key}.',
    ko: '{key} 프로젝트가 없습니다.',
  },
  assigneeNotFound: {
    status: 400,
    en: 'There is nobody called {name} to give it to.',
    ko: '담당자로 지정할 {name}이라는 사람이 없습니다.',
  },
  commentNotFound: {
    status: 404,
    en: 'There is no such comment on {key}.',
    ko: '{key}에 그런 댓글이 없습니다.',
  },
  commentNotOwn: {
    status: 403,
    en: 'Only its author can change a comment.',
    ko: '댓글은 작성자만 바꿀 수 있습니다.',
  },
  linkNotFound: {
    status: 404,
    en: 'There is no such link on {key}.',
    ko: '{key}에 그런 링크가 없습니다.',
  },
})
