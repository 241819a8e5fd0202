import type { Person } from '@madang/api'
import type { CodeContext } from '../context.ts'
import { idTailOf, uuidOf } from '../uuid.ts'
import { badFields } from './errors.ts'
import type { Json } from './query.ts'

/** People as the API shows them, each looked up once for a request. */
export interface People {
  user(actorId: string, name: string): Promise<Json>
  present(person: Person): Json
  /** Who an author's e-mail of a commit made here belongs to. */
  byEmail(email: string): Promise<Json | undefined>
  /** By UUID, account id or name; undefined when nobody is. */
  find(reference: string): Promise<Person | undefined>
  /** Ids (`person:…`) of `{uuid}`, `{account_id}` or `{username}` objects. Throws 400. */
  idsOf(entries: Json[], field: string): Promise<string[]>
}

export function createPeople({ identity }: CodeContext, origin: string): People {
  const known = new Map<string, Promise<Json | undefined>>()
  const once = (key: string, look: () => Promise<Json | undefined>) => {
    const found = known.get(key) ?? look()
    known.set(key, found)
    return found
  }
  const present = (person: Person) => presentPerson(person, origin)
  const find = async (reference: string) => {
    const tail = idTailOf(reference)
    if (tail !== undefined) return identity.personGet(`per_${tail}`)
    if (/^per_[0-9a-z]{21}$/.test(reference)) return identity.personGet(reference)
    return identity.personByName(reference)
  }
  return {
    present,
    find,
    async user(actorId, name) {
      const id = actorId.replace(/^person:/, '')
      const found = await once(actorId, async () => {
        const person = actorId.startsWith('person:') ? await identity.personGet(id) : undefined
        return person && present(person)
      })
      return found ?? nobody(actorId, name)
    },
    byEmail(email) {
      const local = /^(.+)@madang\.local$/.exec(email)?.[1]
      return once(email, async () => {
        const person = local === undefined ? undefined : await identity.personByName(local)
        return person && present(person)
      })
    },
    async idsOf(entries, field) {
      const ids: string[] = []
      for (const entry of entries) {
        const reference = entry['uuid'] ?? entry['account_id'] ?? entry['username']
        const person = await find(String(reference ?? entry['nickname'] ?? ''))
        if (!person) throw badFields({ [field]: ['Malformed reviewers list'] })
        ids.push(`person:${person.id}`)
      }
      return ids
    },
  }
}

function presentPerson(person: Person, origin: string): Json {
  const uuid = uuidOf(person.id)
  return {
    type: 'user',
    uuid,
    account_id: person.id,
    username: person.name,
    nickname: person.name,
    display_name: person.displayName || person.name,
    account_status: person.isDisabled ? 'inactive' : 'active',
    created_on: momentOf(person.createdAt),
    links: {
      self: { href: `${origin}/2.0/users/${encodeURIComponent(uuid)}` },
      avatar: { href: `${origin}/favicon.svg` },
      html: { href: `${origin}/admin/people` },
    },
  }
}

/** A run or the house itself: no person, yet it acts. */
function nobody(actorId: string, name: string): Json {
  return {
    type: 'app_user',
    uuid: uuidOf(actorId),
    account_id: actorId,
    nickname: name,
    display_name: name,
    links: {},
  }
}

/** Moments as the original writes them: microseconds and `+00:00`. */
export function momentOf(moment: string | number): string {
  return new Date(moment).toISOString().replace(/(\.\d{3})Z$/, '$1000+00:00')
}

/** Moments of commits come without fractions there. */
export const commitMoment = (moment: string): string => moment.replace(/\.\d+Z$/, '+00:00')
