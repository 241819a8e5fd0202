import type { Person } from '@madang/api'
import { type Actor, includes, refuse } from '../../kernel/index.ts'
import { type CodeContext, type OpenRepo, openRepo, projectNow } from '../context.ts'
import { refuse as refuseCode } from '../refuse.ts'
import { type KeyRow, projectKeyOwner } from '../keys/index.ts'

/** Who came in, for one repository. */
export interface Admitted {
  actor: Actor
  repo: OpenRepo
  isMaintainer: boolean
}

/** The person behind a key, unless it is a deploy key or they were disabled. */
export async function personOf(context: CodeContext, keys: KeyRow[]): Promise<Person | undefined> {
  const owner = keys.find((key) => key.owner.startsWith('person:'))?.owner
  if (owner === undefined) return undefined
  const person = await context.identity.personGet(owner.slice('person:'.length))
  return person?.isDisabled === false ? person : undefined
}

/**
 * Asks the same of a key as the HTTP door asks of a password: viewer to fetch, developer to push.
 * What somebody may not see is answered as if it were not there.
 */
export async function admit(
  context: CodeContext,
  keys: KeyRow[],
  asked: { project: string; repo: string; isWrite: boolean },
): Promise<Admitted> {
  const { repo: name, isWrite } = asked
  const project = await projectNow(context, asked.project, name)
  const person = await personOf(context, keys)
  if (person) {
    const actor = actorOf(person)
    const role = await context.identity.roleIn(actor, project, name)
    if (role === undefined) throw refuseCode('repoNotFound', { project, repo: name })
    const wanted = isWrite ? 'developer' : 'viewer'
    if (!includes(role, wanted)) throw refuse('forbidden', { role: wanted })
    const repo = await openRepo(context, project, name)
    return { actor, repo, isMaintainer: includes(role, 'maintainer') }
  }
  const repo = await openRepo(context, project, name)
  const owners = [repo.row.id, projectKeyOwner(repo.project).id]
  const key = keys.find(({ owner }) => owners.includes(owner))
  if (!key) throw refuseCode('repoNotFound', { project, repo: name })
  if (isWrite && key.can_write === 0) throw refuse('forbidden', { role: 'developer' })
  return { actor: machineOf(key, project), repo, isMaintainer: false }
}

function actorOf(person: Person): Actor {
  return {
    kind: 'person',
    id: `person:${person.id}`,
    name: person.displayName,
    isAdministrator: person.isAdministrator,
    scopes: ['read', 'write'],
  }
}

/** A deploy key acts like a run: for one project, and never as its maintainer. */
function machineOf(key: KeyRow, project: string): Actor {
  return {
    kind: 'run',
    id: `deployKey:${key.id}`,
    name: key.label,
    isAdministrator: false,
    scopes: key.can_write === 1 ? ['read', 'write'] : ['read'],
    project,
  }
}
