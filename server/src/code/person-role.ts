import type { Person, Role } from '@madang/api'
import type { CodeContext } from './context.ts'
import { actorFrom } from './model.ts'

/**
 * What somebody may do in a project, or in one repository of it, whoever asks; undefined for who may
 * not see it.
 */
export async function roleOf(
  { identity }: CodeContext,
  { id, name, isAdministrator, isDisabled }: Person,
  project: string,
  repo?: string,
): Promise<Role | undefined> {
  if (isDisabled) return undefined
  const actor = { ...actorFrom(`person:${id}`, name), isAdministrator }
  return identity.roleIn(actor, project, repo)
}
