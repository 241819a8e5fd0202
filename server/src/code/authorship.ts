import type { Actor } from '../kernel/index.ts'
import type { CodeContext } from './context.ts'
import { actorFrom, type Signature, signatureOf } from './model.ts'

/** How commits that this actor makes here are signed. */
export async function authorOf(context: CodeContext, actor: Actor): Promise<Signature> {
  if (actor.kind !== 'person') return signatureOf(actor.kind, actor.name)
  const person = await context.identity.personGet(actor.id.replace(/^person:/, ''))
  return signatureOf(person?.name ?? actor.name, person?.displayName || actor.name)
}

/** Whoever asked for something earlier, with what they may now. */
export async function actorAgain(context: CodeContext, id: string, name: string): Promise<Actor> {
  const actor = actorFrom(id, name)
  if (actor.kind !== 'person') return actor
  const person = await context.identity.personGet(id.replace(/^person:/, ''))
  return { ...actor, isAdministrator: person?.isAdministrator === true && !person.isDisabled }
}
