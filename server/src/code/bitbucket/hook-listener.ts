import { createCommitReader, type PushedBefore } from './hook-push.ts'
import { systemActor, type StoredEvent } from '../../kernel/index.ts'
import { type CodeContext, codeTables, type OpenRepo, openRow } from '../context.ts'
import type { CodeParts } from '../code.ts'
import type { CommitStatusSet, PullRequestActivity, Pushed } from '../events.ts'
import {
  enqueueDelivery,
  hooksOf,
  keysOfActivity,
  keysOfEvent,
  listensTo,
  WORKSPACE,
} from '../hooks/index.ts'
import { refuse } from '../refuse.ts'
import { actorFrom } from '../model.ts'
import { commentsOf } from '../store-comments.ts'
import { pullRequestByNumber, statusByKey } from '../store-pull-requests.ts'
import { repoEverNamed } from '../store-repos.ts'
import type { HookRow, RepoRow } from '../tables.ts'
import type { Ask, PullAsk } from './call.ts'
import { createPeople, momentOf } from './people.ts'
import { presentStatus } from './present-commit.ts'
import { presentComment, presentPull } from './present-pull.ts'
import { presentRepo } from './present-repo.ts'
import type { Json } from './query.ts'

type About = { project: string; repo: string } & Partial<PullRequestActivity & CommitStatusSet>

/** Tells webhooks what happened: from the same facts everybody else reads, once for each fact. */
export function listenForHooks(parts: CodeParts): void {
  const { context } = parts
  context.kernel.events.listen({
    name: 'code.hooks',
    types: [...Object.keys(keysOfEvent), 'code.pullRequestActivity'],
    async handle(event) {
      const about = event.data as About
      const key = keysOfEvent[event.type] ?? keysOfActivity[about.kind ?? '']
      if (key === undefined) return
      const row = await repoEverNamed(
        codeTables(context.kernel.database),
        about.project,
        about.repo,
      )
      const hooks = row ? await listening(context, row, key) : []
      for (const hook of hooks) await tell(parts, { event, row: row!, key, hook })
    },
  })
}

async function listening(context: CodeContext, repo: RepoRow, key: string): Promise<HookRow[]> {
  const db = codeTables(context.kernel.database)
  const all = [...(await hooksOf(db, repo.id)), ...(await hooksOf(db, WORKSPACE))]
  return all.filter((hook) => listensTo(hook, key))
}

interface Telling {
  event: StoredEvent
  row: RepoRow
  key: string
  hook: HookRow
}

async function tell(parts: CodeParts, { event, row, key, hook }: Telling): Promise<void> {
  const { context } = parts
  const repo = await openRow(context, row)
  const ask = askFor(parts, hook.origin)
  const more = await payload(ask, repo, event)
  if (!more) return // what it is about is gone
  const body = {
    actor: await actorOf(ask, event),
    repository: await presentRepo(ask, repo),
    ...more,
  }
  await enqueueDelivery(context, hook, { id: event.id, event: key, body })
}

/** Presenting asks for somebody's view: a webhook sees what its maintainer, who made it, sees. */
function askFor(parts: CodeParts, origin: string): Ask {
  const none = async () => {
    throw refuse('hookNotFound')
  }
  return {
    parts,
    origin,
    actor: systemActor,
    params: {},
    headers: {},
    query: new URLSearchParams(),
    url: new URL(origin),
    people: createPeople(parts.context, origin),
    body: {
      json: none,
      list: none,
      form: none,
      files: none,
      parts: none,
      isForm: false,
    },
  }
}

async function actorOf(ask: Ask, event: StoredEvent): Promise<Json> {
  const id = event.actor ?? 'system'
  return ask.people.user(id, actorFrom(id, id).name)
}

async function payload(ask: Ask, repo: OpenRepo, event: StoredEvent): Promise<Json | undefined> {
  if (event.type === 'code.pushed') return pushPayload(ask, repo, event.data as Pushed)
  if (event.type.startsWith('code.commitStatus')) return statusPayload(ask, repo, event)
  return pullPayload(ask, repo, event)
}

async function pushPayload(ask: Ask, repo: OpenRepo, pushed: Pushed): Promise<Json> {
  const read = createCommitReader(ask, repo)
  const changes: PushedBefore[] = []
  for (const update of pushed.updates) changes.push(await read(update))
  return { push: { changes } }
}

async function statusPayload(ask: Ask, repo: OpenRepo, event: StoredEvent) {
  const { sha, key } = event.data as CommitStatusSet
  const db = codeTables(ask.parts.context.kernel.database)
  const row = await statusByKey(db, { repo_id: repo.row.id, sha, key })
  return row && { commit_status: await presentStatus(ask, repo, row) }
}

async function pullPayload(ask: Ask, repo: OpenRepo, event: StoredEvent) {
  const { number = 0, kind, about } = event.data as About
  const db = codeTables(ask.parts.context.kernel.database)
  const pull = await pullRequestByNumber(db, repo.row.id, number)
  if (!pull) return undefined
  const pullrequest = await presentPull(ask, repo, pull)
  const date = momentOf(event.atMs)
  const user = await actorOf(ask, event)
  if (kind === 'approved' || kind === 'unapproved') return { pullrequest, approval: { date, user } }
  if (kind === 'changesRequested' || kind === 'changesRequestRemoved') {
    return { pullrequest, changes_request: { date, user } }
  }
  if (!kind?.startsWith('comment')) return { pullrequest }
  const row = (await commentsOf(db, pull.id)).find(({ id }) => id === about)
  const asked: PullAsk = { ...ask, repo, pull }
  return row && { pullrequest, comment: await presentComment(asked, row) }
}
