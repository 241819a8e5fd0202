import { parseColumn } from '../../kernel/index.ts'
import { codeTables } from '../context.ts'
import {
  createHook,
  editHook,
  hookEvents,
  hooksOf,
  removeHook,
  WORKSPACE as ALL,
} from '../hooks/index.ts'
import type { HookRow } from '../tables.ts'
import { uuidOf } from '../uuid.ts'
import { flagIn, requiredText, textIn } from './body.ts'
import {
  administrator,
  type Ask,
  type Call,
  created,
  inRepo,
  nothing,
  type RepoAsk,
  signedIn,
} from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { checkWorkspace, WORKSPACE } from './places.ts'
import { presentRepoBriefly, presentWorkspace, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

const isOfRepo = (ask: Ask | RepoAsk): ask is RepoAsk => 'repo' in ask
const ownerOf = (ask: Ask | RepoAsk) => (isOfRepo(ask) ? ask.repo.row.id : ALL)

async function urlOf(ask: Ask | RepoAsk): Promise<string> {
  if (isOfRepo(ask)) return `${await repoUrl(ask, ask.repo)}/hooks`
  return `${ask.origin}/2.0/workspaces/${WORKSPACE}/hooks`
}

async function present(ask: Ask | RepoAsk, row: HookRow): Promise<Json> {
  const uuid = uuidOf(row.id)
  const subject = isOfRepo(ask) ? await presentRepoBriefly(ask, ask.repo) : presentWorkspace(ask)
  return {
    type: 'webhook_subscription',
    uuid,
    url: row.url,
    description: row.description,
    subject_type: isOfRepo(ask) ? 'repository' : 'workspace',
    subject,
    active: row.is_active === 1,
    created_at: new Date(row.created_at).toISOString(),
    events: parseColumn<string[]>(row.events),
    source: null,
    read_only: false,
    history_enabled: true,
    secret_set: row.secret !== null,
    skip_cert_verification: false,
    links: { self: { href: `${await urlOf(ask)}/${encodeURIComponent(uuid)}` } },
  }
}

async function list(ask: Ask | RepoAsk) {
  if (!isOfRepo(ask)) await checkWorkspace(ask.parts.context, ask.params['workspace']!)
  const all = await hooksOf(codeTables(ask.parts.context.kernel.database), ownerOf(ask))
  return listing(ask, { all, present: (row) => present(ask, row) })
}

async function find(ask: Ask | RepoAsk): Promise<HookRow> {
  const uid = ask.params['uid']!.replace(/^\{?/, '{').replace(/\}?$/, '}')
  const rows = await hooksOf(codeTables(ask.parts.context.kernel.database), ownerOf(ask))
  const row = rows.find(({ id }) => uuidOf(id) === uid.toLowerCase())
  if (!row) throw new BitbucketError(404, 'Webhook not found')
  return row
}

function hookIn(body: Json, origin: string) {
  const url = requiredText(body, 'url')
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw badFields({ url: ['Enter a valid URL.'] })
  const events = body['events']
  if (!Array.isArray(events) || events.length === 0) {
    throw badFields({ events: ['required key not provided'] })
  }
  const unknown = events.find((event) => !Object.hasOwn(hookEvents, String(event)))
  if (unknown !== undefined) throw badFields({ events: [`Unknown event: ${String(unknown)}`] })
  const secret = body['secret']
  return {
    url,
    origin,
    events: events.map(String),
    description: textIn(body, 'description') ?? '',
    isActive: flagIn(body, 'active') ?? true,
    ...(secret === undefined ? {} : { secret: secret === null ? null : String(secret) }),
  }
}

async function make(ask: Ask | RepoAsk) {
  const given = hookIn(await ask.body.json(), ask.origin)
  const { actor, parts } = ask
  const row = await createHook(parts.context, { actor, owner: ownerOf(ask), given })
  return created(await present(ask, row))
}

async function edit(ask: Ask | RepoAsk) {
  const row = await find(ask)
  const before = await present(ask, row)
  const body = await ask.body.json()
  const given = hookIn({ ...before, ...body }, ask.origin)
  return present(ask, await editHook(ask.parts.context, { actor: ask.actor, row, given }))
}

async function remove(ask: Ask | RepoAsk) {
  await removeHook(ask.parts.context, { actor: ask.actor, row: await find(ask) })
  return nothing()
}

async function subjects(ask: Ask) {
  const of = (type: string) => ({
    links: { events: { href: `${ask.origin}/2.0/hook_events/${type}` } },
  })
  return { repository: of('repository'), workspace: of('workspace') }
}

async function events(ask: Ask) {
  const { subject_type: type = '' } = ask.params
  if (type !== 'repository' && type !== 'workspace') {
    throw new BitbucketError(404, `No events of ${type}`)
  }
  const all = Object.entries(hookEvents)
  return listing(ask, { all, present: ([event, words]) => ({ event, ...words }), usual: 100 })
}

const keeping = inRepo('maintainer')

export const hookCalls: Call[] = [
  signedIn('GET', '/hook_events', subjects),
  signedIn('GET', '/hook_events/:subject_type', events),
  keeping('GET', '/hooks', list),
  keeping('POST', '/hooks', make),
  keeping('GET', '/hooks/:uid', async (ask) => present(ask, await find(ask))),
  keeping('PUT', '/hooks/:uid', edit),
  keeping('DELETE', '/hooks/:uid', remove),
  administrator('GET', '/workspaces/:workspace/hooks', list),
  administrator('POST', '/workspaces/:workspace/hooks', make),
  administrator('GET', '/workspaces/:workspace/hooks/:uid', async (ask) =>
    present(ask, await find(ask)),
  ),
  administrator('PUT', '/workspaces/:workspace/hooks/:uid', edit),
  administrator('DELETE', '/workspaces/:workspace/hooks/:uid', remove),
]
