import type { Member, Project, Role } from '@madang/api'
import type { Actor, Database, Kernel, Transaction } from '../kernel/index.ts'
import { refuse, unlessTaken } from './accounts.ts'
import { projectEvent, type MemberEvent } from './events.ts'
import { isoOf, personIdOf, RUN_ROLE } from './model.ts'
import { auditInsert } from './store-audit.ts'
import { personById, personByName } from './store-people.ts'
import * as store from './store-projects.ts'

export interface NewProject {
  key: string
  name: string
  description?: string
}

/** Projects and who may do what in them. */
export class Projects {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  async create(tx: Transaction, actor: Actor, given: NewProject, address = ''): Promise<Project> {
    const { clock, events } = this.#kernel
    const row: store.ProjectRow = {
      key: given.key,
      name: given.name,
      description: given.description ?? '',
      created_at: clock.now(),
    }
    await unlessTaken(
      () => store.projectInsert(tx, row),
      () => refuse('projectKeyTaken', { key: given.key }),
    )
    const person = personIdOf(actor)
    if (person) await store.memberSet(tx, { project: row.key, person, role: 'maintainer' })
    await this.#audit(tx, actor, 'project.created', row.key, address, { name: row.name })
    await events.append(tx, projectEvent('identity.projectCreated', actor.id, row))
    return asProject(row, 'maintainer')
  }

  async update(
    tx: Transaction,
    actor: Actor,
    key: string,
    given: {
      change: { name?: string | undefined; description?: string | undefined }
      address: string
    },
  ): Promise<Project> {
    const change = definedOf(given.change)
    await store.projectSet(tx, key, change)
    const row = await store.projectByKey(tx, key)
    if (!row) throw refuse('projectNotFound', { key })
    await this.#audit(tx, actor, 'project.changed', key, given.address, change)
    await this.#kernel.events.append(tx, projectEvent('identity.projectChanged', actor.id, row))
    tx.afterCommit(() =>
      this.#kernel.live.publish(`project:${key}`, { type: 'identity.projectChanged', id: key }),
    )
    return asProject(row, 'maintainer')
  }

  /**
   * Only a project in which nothing happened goes: what others keep of it hangs on its key. Types of
   * events that left nothing behind, as their capability knows, are named in `ended`.
   */
  async remove(
    tx: Transaction,
    actor: Actor,
    key: string,
    given: { ended?: readonly string[]; address: string },
  ): Promise<void> {
    const { events, live } = this.#kernel
    const row = await store.projectByKey(tx, key)
    if (!row) throw refuse('projectNotFound', { key })
    if (await this.#hasHistory(key, given.ended ?? [])) throw refuse('projectInUse', { key })
    await store.projectDelete(tx, key)
    await this.#audit(tx, actor, 'project.deleted', key, given.address, { name: row.name })
    await events.append(tx, projectEvent('identity.projectDeleted', actor.id, row))
    tx.afterCommit(() =>
      live.publish(`project:${key}`, { type: 'identity.projectDeleted', id: key }),
    )
  }

  async #hasHistory(project: string, ended: readonly string[]): Promise<boolean> {
    const { events } = this.#kernel
    const limit = 200
    for (let afterSeq = 0; ;) {
      const some = await events.list({ project, afterSeq, limit })
      const isAlive = ({ type }: { type: string }) =>
        !type.startsWith('identity.') && !ended.includes(type)
      if (some.some(isAlive)) return true
      if (some.length < limit) return false
      afterSeq = some.at(-1)!.seq
    }
  }

  async get(
    key: string,
    from: Pick<Database, 'tables'> = this.#kernel.database,
  ): Promise<Project | undefined> {
    const row = await store.projectByKey(from, key)
    return row && asProject(row)
  }

  /** The projects that the actor may see, with the role in each. */
  async list(actor: Actor): Promise<Project[]> {
    const { database } = this.#kernel
    const inReach = (row: store.ProjectRow) =>
      actor.project === undefined || actor.project === row.key
    if (actor.isAdministrator || actor.kind !== 'person') {
      const role = actor.kind === 'run' ? RUN_ROLE : 'maintainer'
      const rows = await store.projectsAll(database)
      const none = actor.kind === 'run' && actor.project === undefined
      return none ? [] : rows.filter(inReach).map((row) => asProject(row, role))
    }
    return this.#listOfPerson(personIdOf(actor)!, inReach)
  }

  async #listOfPerson(id: string, inReach: (row: store.ProjectRow) => boolean): Promise<Project[]> {
    const { database } = this.#kernel
    const person = await personById(database, id)
    const rows =
      person?.is_administrator === 1
        ? (await store.projectsAll(database)).map((row) => ({
            ...row,
            role: 'maintainer' as const,
          }))
        : await store.projectsOf(database, id)
    return rows.filter(inReach).map((row) => asProject(row, row.role))
  }

  members(key: string): Promise<Member[]> {
    return store.membersOf(this.#kernel.database, key)
  }

  async memberSet(
    tx: Transaction,
    actor: Actor,
    given: { project: string; name: string; role: Role; address: string },
  ): Promise<Member> {
    const person = await personByName(tx, given.name)
    if (!person) throw refuse('personNotFound', { name: given.name })
    if (!(await store.projectByKey(tx, given.project))) {
      throw refuse('projectNotFound', { key: given.project })
    }
    await store.memberSet(tx, { project: given.project, person: person.id, role: given.role })
    const { role, name } = given
    await this.#memberChanged(tx, actor, { ...given, role })
    return { name, displayName: person.display_name, role }
  }

  async memberRemove(
    tx: Transaction,
    actor: Actor,
    given: { project: string; name: string; address: string },
  ): Promise<void> {
    const person = await personByName(tx, given.name)
    const wasMember = person && (await store.memberDelete(tx, given.project, person.id))
    if (!wasMember) throw refuse('memberNotFound', { name: given.name, project: given.project })
    await this.#memberChanged(tx, actor, given)
  }

  async #memberChanged(
    tx: Transaction,
    actor: Actor,
    given: { project: string; name: string; role?: Role; address: string },
  ): Promise<void> {
    const { project, name, role } = given
    const data: MemberEvent = role === undefined ? { project, name } : { project, name, role }
    const action = role === undefined ? 'member.removed' : 'member.set'
    await this.#audit(tx, actor, action, project, given.address, { name, role })
    await this.#kernel.events.append(tx, {
      type: 'identity.memberChanged',
      subject: `project:${project}`,
      project,
      actor: actor.id,
      data,
    })
  }

  async #audit(
    tx: Transaction,
    actor: Actor,
    action: string,
    key: string,
    address: string,
    detail: object,
  ): Promise<void> {
    const record = { actor, action, subject: `project:${key}`, project: key, detail }
    await auditInsert(tx, this.#kernel.clock.now(), address ? { ...record, address } : record)
  }
}

function asProject(row: store.ProjectRow, role?: Role): Project {
  return {
    key: row.key,
    name: row.name,
    description: row.description,
    createdAt: isoOf(row.created_at),
    role,
  }
}

/** The members that were given; Kysely would write an `undefined` as null. */
export function definedOf<T extends object>(
  change: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
