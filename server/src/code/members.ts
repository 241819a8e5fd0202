import type { Person, RepoMember, Role } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo, projectNow } from './context.ts'
import { refuse } from './refuse.ts'
import {
  putRepoMember,
  removeRepoMember,
  repoMemberRole,
  repoMembers,
  reposOfMember,
} from './store-members.ts'
import type { RepoRow } from './tables.ts'

export interface Membership {
  person: Person
  role: Role
}

/** Tells `identity` who may more in a repository than in its project, and where one is that moved. */
export function shareRepos({ identity, kernel }: CodeContext): void {
  identity.repoRoles({
    find: (personId, project, repo) =>
      repoMemberRole(codeTables(kernel.database), { personId, project, repo }),
    projectOf: (project, repo) => projectNow({ kernel }, project, repo),
  })
}

/** Who was given a role in this repository, by name; who was disabled is left out. */
export async function membersOf(context: CodeContext, repo: OpenRepo): Promise<Membership[]> {
  const rows = await repoMembers(codeTables(context.kernel.database), repo.row.id)
  const people = await context.identity.peopleOf(rows.map((row) => row.person_id))
  return rows
    .flatMap(({ person_id: id, role }) => {
      const person = people.get(id)
      return person && !person.isDisabled ? [{ person, role }] : []
    })
    .toSorted((a, b) => (a.person.name < b.person.name ? -1 : 1))
}

export const presentMember = ({ person, role }: Membership): RepoMember => ({
  name: person.name,
  displayName: person.displayName,
  role,
})

export interface Giving {
  actor: Actor
  person: Person
}

export async function giveRole(
  context: CodeContext,
  repo: OpenRepo,
  { actor, person, role }: Giving & { role: Role },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    await putRepoMember(codeTables(tx), { repo_id: repo.row.id, person_id: person.id, role })
    await tell(context, tx, repo, { actor, action: 'repo.memberSet', name: person.name, role })
  })
}

/** Throws `repoMemberNotFound` for who was given nothing here. */
export async function takeRole(
  context: CodeContext,
  repo: OpenRepo,
  { actor, person }: Giving,
): Promise<void> {
  const { name, id } = person
  await context.kernel.database.write(async (tx) => {
    const wasOne = await removeRepoMember(codeTables(tx), repo.row.id, id)
    if (!wasOne) throw refuse('repoMemberNotFound', { name })
    await tell(context, tx, repo, { actor, action: 'repo.memberRemoved', name })
  })
}

/** Throws `repoMemberUnknown`. */
export async function personNamed({ identity }: CodeContext, name: string): Promise<Person> {
  const person = await identity.personByName(name)
  if (!person || person.isDisabled) throw refuse('repoMemberUnknown', { name })
  return person
}

/** What an actor sees of projects they are no member of. */
export async function sharedRepos(
  { identity, kernel }: CodeContext,
  actor: Actor,
): Promise<(RepoRow & { role: Role })[]> {
  if (actor.kind !== 'person') return []
  const id = actor.id.slice('person:'.length)
  const rows = await reposOfMember(codeTables(kernel.database), id)
  const shown: typeof rows = []
  for (const row of rows) {
    if (actor.project !== undefined && actor.project !== row.project) continue
    if ((await identity.roleIn(actor, row.project)) === undefined) shown.push(row)
  }
  return shown
}

async function tell(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  { actor, action, ...detail }: { actor: Actor; action: string; name: string; role?: Role },
): Promise<void> {
  const { project, slug } = repo
  await context.identity.audit(tx, {
    actor,
    action,
    subject: `${project}/${slug}`,
    project,
    detail,
  })
  announce(context, tx, repo, { type: 'code.repoChanged' })
}
