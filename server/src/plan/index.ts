import type { Issue, IssueComment, IssueLink, IssueStatus } from '@madang/api'
import type { Identity } from '../identity/index.ts'
import type { Actor, Kernel, Transaction } from '../kernel/index.ts'
import { Comments } from './comments.ts'
import { Issues } from './issues.ts'
import { Lists } from './lists.ts'
import { planMigrations } from './migrations.ts'
import { keysIn, type NewIssue } from './model.ts'
import { issueOf } from './present.ts'
import { planRoutes } from './routes.ts'
import { existingKeys, type From, issueByKey } from './store-issues.ts'

export type * from './events.ts'
export type { NewIssue } from './model.ts'

/** Issues, their board, comments and history. */
export interface Plan {
  /** Refuses `planProjectNotFound` and `assigneeNotFound`. */
  issueCreate(tx: Transaction, actor: Actor, given: NewIssue): Promise<Issue>
  issueGet(key: string, from?: From): Promise<Issue | undefined>
  /** Any status may follow any; the present one changes nothing. Refuses `issueNotFound`. */
  issueTransition(tx: Transaction, actor: Actor, key: string, status: IssueStatus): Promise<Issue>
  /**
   * The issues that a text names and that exist, in the order of the text. Inside a transaction pass
   * `tx` as `from`.
   */
  issueKeysIn(text: string, from?: From): Promise<string[]>
  commentAdd(tx: Transaction, actor: Actor, key: string, text: string): Promise<IssueComment>
  /** One link for each address; a second one with another title renames it. */
  linkAdd(
    tx: Transaction,
    actor: Actor,
    key: string,
    link: { title: string; url: string },
  ): Promise<IssueLink>
}

export async function createPlan(given: { kernel: Kernel; identity: Identity }): Promise<Plan> {
  const { kernel, identity } = given
  const { database, http } = kernel
  await database.migrate('plan', planMigrations)
  const issues = new Issues(kernel, identity)
  const comments = new Comments(kernel, issues)
  const lists = new Lists(kernel, identity, issues)
  http.add(planRoutes({ kernel, identity, issues, comments, lists }))
  return {
    issueCreate: (tx, actor, issue) => issues.create(tx, actor, issue),
    async issueGet(key, from = database) {
      const row = await issueByKey(from, key)
      return row && issueOf(identity, from, row)
    },
    issueTransition: (tx, actor, key, status) => issues.transition(tx, actor, key, status),
    async issueKeysIn(text, from = database) {
      const keys = keysIn(text)
      const existing = await existingKeys(from, keys)
      return keys.filter((key) => existing.has(key))
    },
    commentAdd: (tx, actor, key, text) => comments.add(tx, actor, key, text),
    linkAdd: (tx, actor, key, link) => comments.linkAdd(tx, actor, key, link),
  }
}
