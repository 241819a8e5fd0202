import { type Access, type Role, roles } from '@madang/api'
import { refuse } from '../errors.ts'
import type { Actor, Gatekeeper } from './types.ts'

interface Question {
  actor: Actor | undefined
  access: Access
  project: string | undefined
  repo?: string | undefined
  method: string
}

/** Throws the refusal when the actor may not; the one place that decides it. */
export async function authorise(keeper: Gatekeeper, question: Question): Promise<void> {
  const { actor, access, project, repo, method } = question
  if (access === 'anyone') return
  if (!actor) throw refuse('notSignedIn')
  checkScopes(actor, access, method)
  if (access === 'signedIn') return
  if (access === 'administrator') {
    if (!actor.isAdministrator) throw refuse('forbidden', { role: 'administrator' })
    return
  }
  if (!project) throw refuse('forbidden', { role: access.project })
  if (actor.project !== undefined && actor.project !== project) {
    throw refuse('forbidden', { role: access.project })
  }
  const role = await keeper.roleIn(actor, project, repo)
  // An administrator may everything, so nothing but a missing project stands in the way; others are not told.
  if (role === undefined && actor.isAdministrator) throw refuse('notFound', { path: project })
  if (!includes(role, access.project)) throw refuse('forbidden', { role: access.project })
}

/** Whether a role is at least another. */
export function includes(role: Role | undefined, wanted: Role): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(wanted)
}

function checkScopes(actor: Actor, access: Access, method: string): void {
  const isRead = method === 'GET' || method === 'HEAD'
  const scope = access === 'administrator' ? 'administer' : isRead ? 'read' : 'write'
  const allowed =
    actor.scopes.includes(scope) || (scope === 'read' && actor.scopes.includes('write'))
  if (!allowed) throw refuse('forbidden', { role: `scope:${scope}` })
}
