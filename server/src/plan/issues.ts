import { type Issue, type IssueCard, type IssueStatus, planErrors } from '@madang/api'
import type { Identity } from '../identity/index.ts'
import { type Actor, type Kernel, refusals, type Transaction } from '../kernel/index.ts'
import { issueEvent } from './events.ts'
import { doneAt, type FieldChange, type IssueRow, type NewIssue, searchOf } from './model.ts'
import { cardsOf, issueOf } from './present.ts'
import { rankBetween } from './rank.ts'
import * as store from './store-issues.ts'
import * as parts from './store-parts.ts'

export const refuse = refusals(planErrors)

export interface IssueEdit {
  type?: IssueRow['type'] | undefined
  title?: string | undefined
  description?: string | undefined
  priority?: IssueRow['priority'] | undefined
  labels?: string[] | undefined
  /** A person's name; null: nobody. */
  assignee?: string | null | undefined
}

export interface Place {
  status: IssueStatus
  before?: string | undefined
  after?: string | undefined
}

/** What is done to an issue. Each change raises its version and leaves history and an event. */
export class Issues {
  readonly #kernel: Kernel
  readonly #identity: Identity

  constructor(kernel: Kernel, identity: Identity) {
    this.#kernel = kernel
    this.#identity = identity
  }

  async create(tx: Transaction, actor: Actor, given: NewIssue): Promise<Issue> {
    const { project } = given
    if (!(await this.#identity.projectGet(project, tx))) {
      throw refuse('planProjectNotFound', { key: project })
    }
    const assignee = given.assignee ? await this.#personId(tx, given.assignee) : null
    const number = await store.nextNumber(tx, project)
    const last = await store.neighbourRank(tx, project, undefined, 'above')
    const now = this.#kernel.clock.now()
    const key = `${project}-${number}`
    const row: IssueRow = {
      key,
      project,
      number,
      type: given.type,
      status: 'todo',
      title: given.title,
      description: given.description ?? '',
      priority: given.priority ?? 'medium',
      assignee,
      reporter: actor.id,
      reporter_name: actor.name,
      rank: rankBetween(last, undefined),
      version: 1,
      comments: 0,
      search: searchOf(key, given.title),
      created_at: now,
      updated_at: now,
      done_at: null,
    }
    await store.issueInsert(tx, row)
    const labels = given.labels ?? []
    if (labels.length > 0) await parts.labelsSet(tx, row, labels)
    await parts.changesInsert(tx, key, { actor, at: now, changes: [{ field: 'created' }] })
    const { title, type, status } = row
    const event = issueEvent(
      'plan.issueCreated',
      { actor, row, labels },
      { key, title, type, status },
    )
    await this.#kernel.events.append(tx, event)
    this.announce(tx, row)
    return issueOf(this.#identity, tx, row)
  }

  async update(
    tx: Transaction,
    actor: Actor,
    key: string,
    given: { version: number; edit: IssueEdit },
  ): Promise<Issue> {
    const row = await this.must(tx, key)
    if (row.version !== given.version) {
      throw refuse('issueChanged', { key, version: row.version })
    }
    const { edit } = given
    const labels = (await parts.labelsOf(tx, [key])).get(key)!
    const next = await this.#edited(tx, row, edit)
    const changes = await this.#differences(tx, row, next)
    const wanted = edit.labels && [...new Set(edit.labels)].sort()
    if (wanted && wanted.join(' ') !== labels.join(' ')) {
      await parts.labelsSet(tx, row, wanted)
      changes.push({ field: 'labels', before: labels.join(' '), after: wanted.join(' ') })
    }
    if (changes.length === 0) return issueOf(this.#identity, tx, row)
    const saved = await this.#save(tx, actor, next, changes)
    const about = { actor, row: saved, labels: wanted ?? labels }
    await this.#kernel.events.append(tx, issueEvent('plan.issueChanged', about, { key, changes }))
    return issueOf(this.#identity, tx, saved)
  }

  async transition(
    tx: Transaction,
    actor: Actor,
    key: string,
    status: IssueStatus,
  ): Promise<Issue> {
    const row = await this.must(tx, key)
    const saved = await this.#place(tx, actor, row, { status, rank: row.rank })
    return issueOf(this.#identity, tx, saved)
  }

  /** Ranks are read in the same transaction, so of two moves at once the second sees the first. */
  async move(tx: Transaction, actor: Actor, key: string, place: Place): Promise<IssueCard> {
    const row = await this.must(tx, key)
    const rank = await this.#rankFor(tx, row, place)
    const saved = await this.#place(tx, actor, row, { status: place.status, rank })
    return (await cardsOf(this.#identity, tx, [saved]))[0]!
  }

  async must(from: store.From, key: string): Promise<IssueRow> {
    const row = await store.issueByKey(from, key)
    if (!row) throw refuse('issueNotFound', { key })
    return row
  }

  /** Tells open pages, once it is committed. */
  announce(tx: Transaction, row: IssueRow): void {
    const { project, key } = row
    tx.afterCommit(() =>
      this.#kernel.live.publish(`project:${project}`, { type: 'plan.issueChanged', id: key }),
    )
  }

  async #rankFor(tx: Transaction, row: IssueRow, place: Place): Promise<string> {
    const { project, key } = row
    const besides = place.before ?? place.after
    if (besides === key) return row.rank
    if (besides === undefined) {
      const end = await store.columnEnd(tx, project, place.status, key)
      if (end === undefined || (row.status === place.status && row.rank > end)) return row.rank
      return rankBetween(end, await store.neighbourRank(tx, project, end, 'below'))
    }
    const other = await this.must(tx, besides)
    if (other.project !== project) throw refuse('issueNotFound', { key: besides })
    const side = place.before === undefined ? 'below' : 'above'
    const next = await store.neighbourRank(tx, project, other.rank, side)
    // Already there: its own rank is the neighbour.
    if (next === row.rank) return row.rank
    return side === 'below' ? rankBetween(other.rank, next) : rankBetween(next, other.rank)
  }

  async #place(
    tx: Transaction,
    actor: Actor,
    row: IssueRow,
    { status, rank }: { status: IssueStatus; rank: string },
  ): Promise<IssueRow> {
    if (status === row.status && rank === row.rank) return row
    const next: IssueRow = {
      ...row,
      status,
      rank,
      done_at: doneAt(row, status, this.#kernel.clock.now()),
    }
    // A place on the board is no change of the issue: it neither raises the version nor enters history.
    if (status === row.status) {
      await store.issueSet(tx, row.key, { rank })
      this.announce(tx, row)
      return next
    }
    const { key } = row
    const change = { field: 'status', before: row.status, after: status }
    const saved = await this.#save(tx, actor, next, [change])
    const data = { key, from: row.status, to: status }
    const event = issueEvent('plan.issueTransitioned', { actor, row: saved }, data)
    await this.#kernel.events.append(tx, event)
    return saved
  }

  async #edited(tx: Transaction, row: IssueRow, edit: IssueEdit): Promise<IssueRow> {
    const title = edit.title ?? row.title
    const next: IssueRow = {
      ...row,
      title,
      type: edit.type ?? row.type,
      description: edit.description ?? row.description,
      priority: edit.priority ?? row.priority,
      search: searchOf(row.key, title),
    }
    if (edit.assignee === null) next.assignee = null
    else if (edit.assignee !== undefined) next.assignee = await this.#personId(tx, edit.assignee)
    return next
  }

  async #differences(tx: Transaction, row: IssueRow, next: IssueRow): Promise<FieldChange[]> {
    const changes: FieldChange[] = []
    for (const field of ['type', 'title', 'description', 'priority'] as const) {
      if (row[field] !== next[field])
        changes.push({ field, before: row[field], after: next[field] })
    }
    if (row.assignee !== next.assignee) {
      const ids = [row.assignee, next.assignee].filter((id) => id !== null)
      const people = await this.#identity.peopleOf(ids, tx)
      const nameOf = (id: string | null) => (id ? people.get(id)?.displayName : undefined)
      const [before, after] = [nameOf(row.assignee), nameOf(next.assignee)]
      changes.push({ field: 'assignee', before, after })
    }
    return changes
  }

  async #save(
    tx: Transaction,
    actor: Actor,
    next: IssueRow,
    changes: FieldChange[],
  ): Promise<IssueRow> {
    const at = this.#kernel.clock.now()
    const { key, project: _project, number: _number, ...rest } = next
    const change = { ...rest, version: next.version + 1, updated_at: at }
    await store.issueSet(tx, key, change)
    await parts.changesInsert(tx, key, { actor, at, changes })
    this.announce(tx, next)
    return { ...next, ...change }
  }

  async #personId(tx: Transaction, name: string): Promise<string> {
    const person = await this.#identity.personByName(name, tx)
    if (!person || person.isDisabled) throw refuse('assigneeNotFound', { name })
    return person.id
  }
}
