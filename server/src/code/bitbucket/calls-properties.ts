import { parseColumn, stringify } from '../../kernel/index.ts'
import { type Ask, type Call, inPull, inRepo, nothing, signedIn } from './call.ts'
import { BitbucketError } from './errors.ts'
import type { Json } from './query.ts'
import { commitAt } from './revisions.ts'
import { bitbucketTables, type PropertyRow } from './tables.ts'

/** What applications note down about a thing are small values: flags, keys, counts. */
const MOST_BYTES = 64 * 1024

/** Which thing of whom: a repository or a person owns it, and goes with it. */
type Subject = Pick<PropertyRow, 'owner' | 'subject'>

const keyOf = ({ params }: Ask, subject: Subject) => ({
  ...subject,
  app_key: params['app_key']!,
  name: params['property_name']!,
})

const databaseOf = (ask: Ask) => ask.parts.context.kernel.database

async function read(ask: Ask, subject: Subject): Promise<Json> {
  const { owner, subject: of, app_key, name } = keyOf(ask, subject)
  const all = bitbucketTables(databaseOf(ask)).selectFrom('code_property').selectAll()
  const own = all.where('owner', '=', owner).where('subject', '=', of)
  const row = await own.where('app_key', '=', app_key).where('name', '=', name).executeTakeFirst()
  if (row) return parseColumn<Json>(row.value)
  throw new BitbucketError(404, `Property ${app_key}/${name} not found`)
}

async function put(ask: Ask, subject: Subject) {
  const value = stringify(await ask.body.json())
  if (Buffer.byteLength(value) > MOST_BYTES) {
    throw new BitbucketError(413, `A property holds at most ${MOST_BYTES} bytes.`)
  }
  const row = { ...keyOf(ask, subject), value }
  await databaseOf(ask).write(async (tx) => {
    const into = bitbucketTables(tx).insertInto('code_property').values(row)
    const key = ['owner', 'subject', 'app_key', 'name'] as const
    await into.onConflict((same) => same.columns(key).doUpdateSet({ value })).execute()
  })
  return nothing()
}

async function drop(ask: Ask, subject: Subject) {
  await read(ask, subject)
  const { owner, subject: of, app_key, name } = keyOf(ask, subject)
  await databaseOf(ask).write(async (tx) => {
    const gone = bitbucketTables(tx).deleteFrom('code_property').where('owner', '=', owner)
    const one = gone.where('subject', '=', of).where('app_key', '=', app_key)
    await one.where('name', '=', name).execute()
  })
  return nothing()
}

/** Only one's own: what an application notes of others is not for whoever asks. */
async function ofPerson(ask: Ask): Promise<Subject> {
  const person = await ask.people.find(ask.params['selected_user']!)
  if (!person) throw new BitbucketError(404, `No such user: ${ask.params['selected_user']}`)
  if (`person:${person.id}` === ask.actor.id) return { owner: ask.actor.id, subject: 'user' }
  throw new BitbucketError(403, 'You may only see and change your own properties.')
}

const NAME = '/properties/:app_key/:property_name'

/** One way to name a subject; who reads it and who writes it. */
function callsOf<A extends Ask>(
  kinds: {
    read(method: 'GET', path: string, handle: (ask: A) => Promise<unknown>): Call
    write(method: 'PUT' | 'DELETE', path: string, handle: (ask: A) => Promise<unknown>): Call
  },
  path: string,
  subjectOf: (ask: A) => Promise<Subject> | Subject,
): Call[] {
  return [
    kinds.read('GET', path, async (ask) => read(ask, await subjectOf(ask))),
    kinds.write('PUT', path, async (ask) => put(ask, await subjectOf(ask))),
    kinds.write('DELETE', path, async (ask) => drop(ask, await subjectOf(ask))),
  ]
}

const repoKinds = { read: inRepo('viewer'), write: inRepo('developer') }
const pullKinds = { read: inPull('viewer'), write: inPull('developer') }
const personKinds = { read: signedIn, write: signedIn }

export const propertyCalls: Call[] = [
  ...callsOf(repoKinds, NAME, ({ repo }) => ({ owner: repo.row.id, subject: 'repository' })),
  ...callsOf(repoKinds, `/commit/:commit${NAME}`, async (ask) => ({
    owner: ask.repo.row.id,
    subject: `commit ${await commitAt(ask, ask.params['commit']!)}`,
  })),
  ...callsOf(pullKinds, NAME, ({ repo, pull }) => ({
    owner: repo.row.id,
    subject: `pullrequest ${pull.number}`,
  })),
  ...callsOf(personKinds, `/users/:selected_user${NAME}`, ofPerson),
]
