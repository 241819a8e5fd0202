import type { Person } from '@madang/api'
import { type Bean, inline } from './bean.ts'
import type { Shower } from './context.ts'
import type { Call } from './exchange.ts'
import { notFound } from './failure.ts'

const MOST_PEOPLE = 1000

function userBean({ base }: Shower, id: string, fullName: string): Bean {
  return {
    class: 'hudson.model.User',
    basic: { absoluteUrl: `${base}user/${encodeURIComponent(id)}`, fullName },
    full: { description: null, id, property: [] },
  }
}

/** Whoever asks: `id` is what they sign in with. */
export async function personBean(shower: Shower): Promise<Bean> {
  const { id: actor, name } = shower.items.actor
  const person = await shower.parts.identity.personGet(actor.replace(/^person:/, ''))
  return userBean(shower, person?.name ?? actor, name)
}

/** Who else is there only administrators are told. */
export async function personNamed(call: Call, name: string): Promise<Bean> {
  const person = await call.parts.identity.personByName(name)
  const isOwn = person !== undefined && call.actor.id === `person:${person.id}`
  if (!person || !(isOwn || call.actor.isAdministrator)) throw notFound(`user ${name}`)
  return userBean(call, person.name, person.displayName)
}

export async function peopleBean(call: Call, path: string): Promise<Bean> {
  const users = await peopleFor(call)
  const isAsynchronous = path === 'asynchPeople'
  return {
    class: `hudson.model.View$${isAsynchronous ? 'AsynchPeople$People' : 'People'}`,
    basic: {
      users: users.map(({ name, displayName }) =>
        inline({ lastChange: null, project: null, user: userBean(call, name, displayName) }),
      ),
    },
  }
}

async function peopleFor({ parts, actor }: Call): Promise<Person[]> {
  if (actor.isAdministrator) return (await parts.identity.personList({ limit: MOST_PEOPLE })).items
  const own = await parts.identity.personGet(actor.id.replace(/^person:/, ''))
  return own ? [own] : []
}

export async function whoAmIBean({ items, parts }: Shower): Promise<Bean> {
  const { id: actor } = items.actor
  const person = await parts.identity.personGet(actor.replace(/^person:/, ''))
  return inline(
    {
      anonymous: false,
      authenticated: true,
      authorities: ['authenticated'],
      name: person?.name ?? actor,
    },
    'hudson.security.WhoAmI',
  )
}
