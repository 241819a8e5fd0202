import type { IssueComment, IssueLink } from '@madang/api'
import type { Actor, Kernel, Transaction } from '../kernel/index.ts'
import { commentNode, issueEvent } from './events.ts'
import { type Issues, refuse } from './issues.ts'
import { type CommentRow, type IssueRow, isoOf } from './model.ts'
import { issueSet } from './store-issues.ts'
import * as parts from './store-parts.ts'

/** What hangs on an issue: comments and links. Neither raises the issue's version. */
export class Comments {
  readonly #kernel: Kernel
  readonly #issues: Issues

  constructor(kernel: Kernel, issues: Issues) {
    this.#kernel = kernel
    this.#issues = issues
  }

  async add(tx: Transaction, actor: Actor, key: string, text: string): Promise<IssueComment> {
    const { ids, clock, events } = this.#kernel
    const issue = await this.#issues.must(tx, key)
    const row: CommentRow = {
      id: ids.next('com'),
      issue: key,
      author: actor.id,
      author_name: actor.name,
      text,
      created_at: clock.now(),
      edited_at: null,
    }
    await parts.commentInsert(tx, row)
    const saved = await this.#touch(tx, issue, 1)
    const nodes = [commentNode(issue, row)]
    const data = { key, comment: row.id }
    await events.append(tx, issueEvent('plan.commentAdded', { actor, row: saved }, data, nodes))
    return asComment(row, actor)
  }

  async edit(
    tx: Transaction,
    actor: Actor,
    given: { key: string; id: string; text: string },
  ): Promise<IssueComment> {
    const { key, id, text } = given
    const issue = await this.#issues.must(tx, key)
    const row = await this.#own(tx, actor, key, id)
    const next = { ...row, text, edited_at: this.#kernel.clock.now() }
    await parts.commentSet(tx, id, { text, edited_at: next.edited_at })
    await this.#history(tx, actor, key, { field: 'comment', before: row.text, after: text })
    const saved = await this.#touch(tx, issue, 0)
    const nodes = [commentNode(issue, next)]
    const event = issueEvent(
      'plan.commentEdited',
      { actor, row: saved },
      { key, comment: id },
      nodes,
    )
    await this.#kernel.events.append(tx, event)
    return asComment(next, actor)
  }

  async remove(tx: Transaction, actor: Actor, given: { key: string; id: string }): Promise<void> {
    const { key, id } = given
    const issue = await this.#issues.must(tx, key)
    const row = await this.#own(tx, actor, key, id)
    await parts.commentRemove(tx, id)
    await this.#history(tx, actor, key, { field: 'comment', before: row.text })
    const saved = await this.#touch(tx, issue, -1)
    const nodes = [{ kind: 'comment', id, removed: true }]
    const data = { key, comment: id }
    const event = issueEvent('plan.commentDeleted', { actor, row: saved }, data, nodes)
    await this.#kernel.events.append(tx, event)
  }

  async linkAdd(
    tx: Transaction,
    actor: Actor,
    key: string,
    given: { title: string; url: string },
  ): Promise<IssueLink> {
    const { ids, clock, events } = this.#kernel
    const issue = await this.#issues.must(tx, key)
    const { title, url } = given
    const before = (await parts.linksOf(tx, key)).find((link) => link.url === url)
    if (before?.title === title) return before
    const row = { id: ids.next('lnk'), issue: key, title, url, created_at: clock.now() }
    const id = await parts.linkPut(tx, row)
    await this.#history(tx, actor, key, { field: 'link', before: before?.title, after: title })
    const saved = await this.#touch(tx, issue, 0)
    const data = { key, title, url }
    await events.append(tx, issueEvent('plan.linkAdded', { actor, row: saved }, data))
    return { id, title, url }
  }

  async linkRemove(
    tx: Transaction,
    actor: Actor,
    given: { key: string; id: string },
  ): Promise<void> {
    const { key, id } = given
    const issue = await this.#issues.must(tx, key)
    const link = (await parts.linksOf(tx, key)).find((entry) => entry.id === id)
    if (!link) throw refuse('linkNotFound', { key })
    await parts.linkRemove(tx, id)
    await this.#history(tx, actor, key, { field: 'link', before: link.title })
    const saved = await this.#touch(tx, issue, 0)
    const data = { key, title: link.title, url: link.url }
    const event = issueEvent('plan.linkRemoved', { actor, row: saved }, data)
    await this.#kernel.events.append(tx, event)
  }

  async #own(tx: Transaction, actor: Actor, key: string, id: string): Promise<CommentRow> {
    const row = await parts.commentById(tx, key, id)
    if (!row) throw refuse('commentNotFound', { key })
    if (row.author !== actor.id && !actor.isAdministrator) throw refuse('commentNotOwn')
    return row
  }

  async #touch(tx: Transaction, issue: IssueRow, more: number): Promise<IssueRow> {
    const change = { comments: issue.comments + more, updated_at: this.#kernel.clock.now() }
    await issueSet(tx, issue.key, change)
    this.#issues.announce(tx, issue)
    return { ...issue, ...change }
  }

  async #history(
    tx: Transaction,
    actor: Actor,
    key: string,
    change: { field: string; before?: string | undefined; after?: string | undefined },
  ): Promise<void> {
    const at = this.#kernel.clock.now()
    await parts.changesInsert(tx, key, { actor, at, changes: [change] })
  }
}

export function asComment(row: CommentRow, asker: Actor): IssueComment {
  return {
    id: row.id,
    author: { id: row.author, name: row.author_name },
    text: row.text,
    createdAt: isoOf(row.created_at),
    editedAt: row.edited_at === null ? undefined : isoOf(row.edited_at),
    isOwn: row.author === asker.id || asker.isAdministrator,
  }
}
