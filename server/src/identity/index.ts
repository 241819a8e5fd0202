import type { Member, Page, Person, Project, Role } from '@madang/api'
import type { Actor, Database, Gatekeeper, Kernel, Transaction } from '../kernel/index.ts'
import { Accounts } from './accounts.ts'
import { createGatekeeper, passwordCheck, type RepoRoles } from './gatekeeper.ts'
import { identityMigrations } from './migrations.ts'
import { asPerson } from './model.ts'
import { createPasswords } from './passwords.ts'
import { People } from './people.ts'
import { type NewProject, Projects } from './projects.ts'
import { accountRoutes } from './routes-account.ts'
import { adminRoutes } from './routes-admin.ts'
import { createSignInLimit } from './sign-in-limit.ts'
import { auditInsert, type AuditRecord } from './store-audit.ts'
import { peopleByIds, personById, personByName } from './store-people.ts'
import { type NewToken, Tokens } from './tokens.ts'
import { createUseMarks } from './use-marks.ts'

export type { AuditRecord } from './store-audit.ts'
export type { MemberEvent, ProjectEvent } from './events.ts'
export type { NewProject } from './projects.ts'
export type { NewToken } from './tokens.ts'

/** Where to read: inside a transaction pass `tx`, which also sees what it has written. */
type From = Pick<Database, 'tables'>

/** People, sessions, tokens, projects, roles and the audit log. Guards the server. */
export interface Identity {
  readonly gatekeeper: Gatekeeper
  /** The first administrator's one-time link while nobody has signed up; the same until it is used. */
  welcomeLink(origin: string): Promise<string | undefined>
  /** The creator, when a person, maintains it. Refuses `projectKeyTaken`. */
  projectCreate(tx: Transaction, actor: Actor, given: NewProject): Promise<Project>
  projectGet(key: string, from?: From): Promise<Project | undefined>
  /** The projects that the actor may see, with the role in each. */
  projectList(actor: Actor): Promise<Project[]>
  /** In a project, or in one repository of it, where somebody may be more. */
  roleIn(actor: Actor, key: string, repo?: string): Promise<Role | undefined>
  /** Where `code` says who was given what in one repository, and where one is that moved. */
  repoRoles(given: RepoRoles): void
  /** Refuses `projectNotFound`. */
  projectUpdate(
    tx: Transaction,
    actor: Actor,
    key: string,
    change: { name?: string | undefined; description?: string | undefined },
  ): Promise<Project>
  /**
   * Refuses `projectInUse` when anything happened in it but identity's own and what `ended` names:
   * types of events that left nothing behind, as the caller has made sure of.
   */
  projectDelete(
    tx: Transaction,
    actor: Actor,
    key: string,
    given?: { ended?: readonly string[] },
  ): Promise<void>
  /** By name, in the order of names. */
  memberList(key: string): Promise<Member[]>
  /** Adds or changes. Refuses `personNotFound` and `projectNotFound`. */
  memberSet(
    tx: Transaction,
    actor: Actor,
    given: { project: string; name: string; role: Role },
  ): Promise<Member>
  /** Refuses `memberNotFound`. */
  memberRemove(
    tx: Transaction,
    actor: Actor,
    given: { project: string; name: string },
  ): Promise<void>
  /** Everybody, in the order of names; `cursor` is the last name of the page before. */
  personList(page: { limit: number; cursor?: string }): Promise<Page<Person>>
  /** By id, without the `person:` of an actor's id. */
  personGet(id: string, from?: From): Promise<Person | undefined>
  personByName(name: string, from?: From): Promise<Person | undefined>
  /** By id; who is not there is left out. */
  peopleOf(ids: string[], from?: From): Promise<Map<string, Person>>
  /** The token's text is in this answer and nowhere else. */
  tokenIssue(tx: Transaction, given: NewToken): Promise<{ token: string; id: string }>
  tokenRevoke(tx: Transaction, id: string): Promise<void>
  /** Writes the audit log: `action` is `<noun>.<what was done>`. */
  audit(tx: Transaction, record: AuditRecord): Promise<void>
}

export async function createIdentity({ kernel }: { kernel: Kernel }): Promise<Identity> {
  const { database, clock, http } = kernel
  await database.migrate('identity', identityMigrations)
  const parts = {
    kernel,
    passwords: createPasswords(),
    limit: createSignInLimit(clock.now),
    marks: createUseMarks(kernel),
    repoRoles: noRepos(),
  }
  const check = passwordCheck(parts)
  const gatekeeper = createGatekeeper(parts, check)
  const { roleIn } = gatekeeper
  const accounts = new Accounts(parts, check)
  const tokens = new Tokens(kernel)
  const projects = new Projects(kernel)
  const people = new People(kernel, accounts)
  http.add([
    ...accountRoutes({ kernel, accounts, tokens }),
    ...adminRoutes({ kernel, people, projects, roleIn }),
  ])
  http.guardWith(gatekeeper)
  const shown = (row: Parameters<typeof asPerson>[0] | undefined) => row && asPerson(row)
  return {
    gatekeeper,
    roleIn,
    repoRoles: (given) => void Object.assign(parts.repoRoles, given),
    welcomeLink: (origin) => accounts.welcomeLink(origin),
    projectCreate: (tx, actor, given) => projects.create(tx, actor, given),
    projectGet: (key, from) => projects.get(key, from),
    projectList: (actor) => projects.list(actor),
    projectUpdate: (tx, actor, key, change) =>
      projects.update(tx, actor, key, { change, address: '' }),
    projectDelete: (tx, actor, key, given) =>
      projects.remove(tx, actor, key, { ...given, address: '' }),
    memberList: (key) => projects.members(key),
    memberSet: (tx, actor, given) => projects.memberSet(tx, actor, { ...given, address: '' }),
    memberRemove: (tx, actor, given) => projects.memberRemove(tx, actor, { ...given, address: '' }),
    personList: (page) => people.list(page),
    personGet: async (id, from = database) => shown(await personById(from, id)),
    personByName: async (name, from = database) => shown(await personByName(from, name)),
    peopleOf: async (ids, from = database) =>
      new Map((await peopleByIds(from, ids)).map((row) => [row.id, asPerson(row)])),
    tokenIssue: (tx, given) => tokens.issue(tx, given),
    tokenRevoke: (tx, id) => tokens.revoke(tx, id),
    audit: (tx, record) => auditInsert(tx, clock.now(), record),
  }
}

const noRepos = (): RepoRoles => ({
  find: async () => undefined,
  projectOf: async (project) => project,
})
