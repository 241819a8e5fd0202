import {
  type Board,
  type IssueCard,
  type IssueChange,
  type IssueComment,
  issueStatuses,
  type Page,
} from '@madang/api'
import type { Identity } from '../identity/index.ts'
import type { Actor, Kernel } from '../kernel/index.ts'
import { asComment } from './comments.ts'
import { type Issues, refuse } from './issues.ts'
import { asChange, type IssueRow } from './model.ts'
import { cardsOf } from './present.ts'
import * as store from './store-issues.ts'
import { changeList, commentList } from './store-parts.ts'

interface Paging {
  limit: number
  cursor?: string | undefined
}

export interface AskedFilter extends Omit<store.IssueFilter, 'assignee'> {
  /** A person's name, `me`, or `none`. */
  assignee?: string | undefined
}

/** The board and the lists: what is read, and never changed. */
export class Lists {
  readonly #kernel: Kernel
  readonly #identity: Identity
  readonly #issues: Issues

  constructor(kernel: Kernel, identity: Identity, issues: Issues) {
    this.#kernel = kernel
    this.#identity = identity
    this.#issues = issues
  }

  async issues(
    actor: Actor,
    project: string,
    asked: AskedFilter & Paging & { order: store.IssueOrder },
  ): Promise<Page<IssueCard>> {
    const { database } = this.#kernel
    const { order, cursor, limit } = asked
    const filter = await this.#filter(actor, asked)
    const rows = await store.issueList(database, project, {
      filter,
      order,
      cursor,
      limit: limit + 1,
    })
    const shown = rows.slice(0, limit)
    const items = await cardsOf(this.#identity, database, shown)
    if (rows.length <= limit) return { items }
    return { items, nextCursor: store.cursorOf(shown.at(-1)!, order) }
  }

  async board(
    actor: Actor,
    project: string,
    asked: AskedFilter & { limit: number },
  ): Promise<Board> {
    const { database } = this.#kernel
    const filter = await this.#filter(actor, asked)
    const totals = await store.columnCounts(database, project, filter)
    const found = await Promise.all(
      issueStatuses.map((status) =>
        store.columnRows(database, project, { status, filter, limit: asked.limit }),
      ),
    )
    const cards = await cardsOf(this.#identity, database, found.flat())
    const columns = issueStatuses.map((status) => ({
      status,
      total: totals.get(status) ?? 0,
      issues: cards.filter((card) => card.status === status),
    }))
    return { project, columns }
  }

  async history(row: IssueRow, page: Paging): Promise<Page<IssueChange>> {
    const asked = { ...page, limit: page.limit + 1 }
    const rows = await changeList(this.#kernel.database, row.key, asked)
    const items = rows.slice(0, page.limit).map(asChange)
    return rows.length > page.limit ? { items, nextCursor: items.at(-1)!.id } : { items }
  }

  async comments(actor: Actor, row: IssueRow, page: Paging): Promise<Page<IssueComment>> {
    const asked = { ...page, limit: page.limit + 1 }
    const rows = await commentList(this.#kernel.database, row.key, asked)
    const items = rows.slice(0, page.limit).map((comment) => asComment(comment, actor))
    return rows.length > page.limit ? { items, nextCursor: items.at(-1)!.id } : { items }
  }

  /** An issue of this project; another project's key is not found here. */
  async issueIn(project: string, key: string): Promise<IssueRow> {
    const row = await this.#issues.must(this.#kernel.database, key)
    if (row.project !== project) throw refuse('issueNotFound', { key })
    return row
  }

  async #filter(actor: Actor, asked: AskedFilter): Promise<store.IssueFilter> {
    const { assignee, ...rest } = asked
    if (assignee === undefined) return rest
    if (assignee === 'none') return { ...rest, assignee: null }
    if (assignee === 'me') return { ...rest, assignee: actor.id.replace(/^person:/, '') }
    const person = await this.#identity.personByName(assignee)
    return { ...rest, assignee: person?.id ?? '' }
  }
}
