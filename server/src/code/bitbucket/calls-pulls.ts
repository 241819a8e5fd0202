import { codeTables } from '../context.ts'
import { pullRequestsOf } from '../store-pull-requests.ts'
import { type MergeStrategy, mergePullRequest } from '../pull-request-merge.ts'
import {
  createPullRequest,
  declinePullRequest,
  editPullRequest,
  findPull,
} from '../pull-requests.ts'
import { baseOf, pullCommits } from '../pull-request-view.ts'
import { EMPTY_TREE } from '../diff-read.ts'
import { openPullRequests } from '../store-pull-requests.ts'
import { setReviewers } from '../reviewers.ts'
import type { PullRequestRow } from '../tables.ts'
import {
  approvePullRequest,
  requestChanges,
  unapprovePullRequest,
  withdrawChangeRequest,
} from '../verdicts.ts'
import { uuidOf } from '../uuid.ts'
import { flagIn, listIn, objectIn, requiredText, textIn } from './body.ts'
import {
  Answer,
  type Call,
  created,
  inPull,
  inRepo,
  nothing,
  type PullAsk,
  type RepoAsk,
  signedIn,
  type Ask,
} from './call.ts'
import { statusList } from './calls-commits.ts'
import { diffstat, diffText, patchText } from './calls-diffs.ts'
import { badFields, BitbucketError } from './errors.ts'
import { asksFor } from './fields.ts'
import { listing } from './paging.ts'
import { checkWorkspace, isWhole, WORKSPACE } from './places.ts'
import { visiblePulls } from './pulls-of-person.ts'
import { presentCommit } from './present-commit.ts'
import { presentPull, pullUrl } from './present-pull.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'
import { text } from './call.ts'

const states: Record<string, string> = { OPEN: 'open', MERGED: 'merged', DECLINED: 'declined' }

/** Open ones, unless `state` (several times) or `q` speak of states. */
function statesAsked(query: URLSearchParams): string[] {
  const asked = query.getAll('state').flatMap((state) => state.split(','))
  if (asked.length === 0) {
    return /\bstate\b/.test(query.get('q') ?? '') ? Object.values(states) : ['open']
  }
  const all = asked.map((state) => state.toUpperCase())
  if (all.includes('ALL')) return Object.values(states)
  const unknown = all.find((state) => !states[state] && state !== 'SUPERSEDED')
  if (unknown) throw badFields({ state: [`${unknown} is not a state of a pull request`] })
  return all.flatMap((state) => states[state] ?? [])
}

async function list(ask: RepoAsk) {
  const db = codeTables(ask.parts.context.kernel.database)
  const wanted = statesAsked(ask.query)
  const rows = await pullRequestsOf(db, ask.repo.row.id)
  const fields = ask.query.get('fields')
  const asked = `${ask.query.get('q') ?? ''} ${ask.query.get('sort') ?? ''}`
  const isWhole =
    asksFor(fields, 'reviewers') ||
    asksFor(fields, 'participants') ||
    /reviewers|participants/.test(asked)
  return listing(ask, {
    all: rows.filter((row) => wanted.includes(row.state)),
    present: (row) => presentPull(ask, ask.repo, row, isWhole),
    most: 50,
  })
}

/** Throws 501 for a source in another repository. */
function branchIn(body: Json, end: 'source' | 'destination'): string | undefined {
  return textIn(objectIn(objectIn(body, end), 'branch'), 'name')
}

async function checkSameRepo(ask: RepoAsk, body: Json): Promise<void> {
  const source = objectIn(objectIn(body, 'source'), 'repository')
  const name = textIn(source, 'full_name')
  const uuid = textIn(source, 'uuid')
  const isSame =
    (name === undefined || name.split('/').at(-1) === ask.repo.slug) &&
    (uuid === undefined || uuid === uuidOf(ask.repo.row.id))
  if (isSame) return
  throw new BitbucketError(501, 'Pull requests from another repository are not available here.')
}

async function make(ask: RepoAsk) {
  const { repo, actor } = ask
  const { context } = ask.parts
  const body = await ask.body.json()
  const title = requiredText(body, 'title')
  await checkSameRepo(ask, body)
  const source = branchIn(body, 'source')
  if (!source) throw badFields({ source: ['required key not provided'] })
  const target = branchIn(body, 'destination') ?? repo.defaultBranch
  await checkBranch(ask, 'source', source)
  await checkBranch(ask, 'destination', target)
  const given = {
    title,
    source,
    target,
    reviewers: await ask.people.idsOf(listIn(body, 'reviewers'), 'reviewers'),
    description: textIn(body, 'description') ?? textIn(objectIn(body, 'summary'), 'raw') ?? '',
    deleteSource: flagIn(body, 'close_source_branch') ?? false,
    isDraft: flagIn(body, 'draft') ?? false,
  }
  const open = await openPullRequests(codeTables(context.kernel.database), repo.row.id)
  const same = open.find((pull) => pull.source === source && pull.target === target)
  if (same) return created(await update({ ...ask, pull: same }, body))
  const row = await createPullRequest(context, repo, { actor, given })
  return created(await presentPull(ask, repo, row))
}

async function checkBranch(ask: RepoAsk, end: string, branch: string): Promise<void> {
  const { objects } = ask.parts.context
  if (await objects.info(ask.repo.folder, `refs/heads/${branch}^{commit}`)) return
  throw badFields({ [end]: [`branch not found: ${branch}`] })
}

/** What is left out stays; `reviewers` is the whole list from then on. */
async function update(ask: PullAsk, body: Json): Promise<Json> {
  const { repo, actor, pull } = ask
  const { context } = ask.parts
  const target = branchIn(body, 'destination')
  if (target !== undefined) await checkBranch(ask, 'destination', target)
  const edit = {
    target,
    title: textIn(body, 'title')?.trim() || undefined,
    description: textIn(body, 'description') ?? textIn(objectIn(body, 'summary'), 'raw'),
    deleteSource: flagIn(body, 'close_source_branch'),
    isDraft: flagIn(body, 'draft'),
  }
  await editPullRequest(context, repo, { actor, number: pull.number, edit })
  if (Array.isArray(body['reviewers'])) {
    const people = await ask.people.idsOf(listIn(body, 'reviewers'), 'reviewers')
    await setReviewers(context, repo, { actor, pull, people })
  }
  return again(ask)
}

async function again(ask: PullAsk): Promise<Json> {
  const { repo, pull, parts } = ask
  return presentPull(ask, repo, await findPull(parts.context, repo, pull.number))
}

const strategies: Record<string, MergeStrategy> = {
  merge_commit: 'merge',
  squash: 'squash',
  fast_forward: 'fastForward',
  squash_fast_forward: 'squash',
  rebase_fast_forward: 'rebase',
  rebase_merge: 'rebaseMerge',
}

async function merge(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const body = await ask.body.json()
  const name = textIn(body, 'merge_strategy') ?? 'merge_commit'
  const strategy = strategies[name]
  if (!strategy) throw badFields({ merge_strategy: [`"${name}" is not a valid choice.`] })
  const wish = {
    number: pull.number,
    strategy,
    message: textIn(body, 'message'),
    deleteSource: flagIn(body, 'close_source_branch'),
  }
  await mergePullRequest(parts.context, parts.sync, repo, { actor, wish })
  if (ask.query.get('async') !== 'true') return again(ask)
  const task = uuidOf(`merge ${pull.id}`).slice(1, -1)
  const location = `${await pullUrl(ask, repo, pull)}/merge/task-status/${task}`
  return new Answer(202, undefined, { location })
}

/** A merge here is over before its call is answered, so its task never waits. */
async function mergeTask(ask: PullAsk) {
  const task = uuidOf(`merge ${ask.pull.id}`).slice(1, -1)
  if (ask.params['task_id'] !== task || ask.pull.state !== 'merged') {
    throw new BitbucketError(404, 'The task does not exist.')
  }
  const self = { href: `${await pullUrl(ask, ask.repo, ask.pull)}/merge/task-status/${task}` }
  return { task_status: 'SUCCESS', merge_result: await again(ask), links: { self } }
}

async function decline(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const body = await ask.body.json()
  const reason = textIn(body, 'reason') ?? textIn(body, 'message') ?? ''
  await declinePullRequest(parts.context, repo, { actor, number: pull.number, reason })
  return again(ask)
}

type Give = typeof approvePullRequest

const verdict = (give: Give, isTaken: boolean) => async (ask: PullAsk) => {
  const { repo, actor, pull, parts } = ask
  await give(parts.context, repo, { actor, number: pull.number })
  if (isTaken) return nothing()
  const whole = await again(ask)
  const user = await ask.people.user(actor.id, actor.name)
  const participants = whole['participants'] as { user: Json }[]
  return participants.find((entry) => entry.user['uuid'] === user['uuid']) ?? nothing()
}

async function rangeOf(ask: PullAsk) {
  const { pull, repo, parts } = ask
  return { from: (await baseOf(parts.context, repo, pull)) ?? EMPTY_TREE, to: pull.head }
}

async function commits(ask: PullAsk) {
  const { pull, repo, parts } = ask
  const { items } = await pullCommits(parts.context, repo, pull)
  return listing(ask, { all: items, present: (commit) => presentCommit(ask, repo, commit) })
}

/** In every repository that the asker may see, or in those of the workspace that is named. */
async function ofPerson(ask: Ask) {
  const { workspace = WORKSPACE } = ask.params
  await checkWorkspace(ask.parts.context, workspace)
  const person = await ask.people.find(ask.params['selected_user']!)
  if (!person) throw new BitbucketError(404, `No such user: ${ask.params['selected_user']}`)
  const wanted = statesAsked(ask.query)
  const pulls = await visiblePulls(ask, (row: PullRequestRow) => {
    return row.author_id === `person:${person.id}` && wanted.includes(row.state)
  })
  return listing(ask, {
    all: pulls.filter(({ repo }) => isWhole(workspace) || repo.project === workspace),
    present: ({ repo, row }) => presentPull(ask, repo, row, false),
  })
}

async function ofCommit(ask: RepoAsk) {
  const db = codeTables(ask.parts.context.kernel.database)
  const { commit = '' } = ask.params
  const rows = await pullRequestsOf(db, ask.repo.row.id)
  const all = rows.filter((row) => row.head.startsWith(commit) || row.merged_as?.startsWith(commit))
  return listing(ask, { all, present: (row) => presentPull(ask, ask.repo, row, false) })
}

/** Elsewhere, as the original: what is compared there stands in the address. */
async function conflictsOf(ask: PullAsk) {
  const { repo, pull, parts } = ask
  const branch = `refs/heads/${pull.target}^{commit}`
  const tip = pull.closed_at === null ? await parts.context.objects.info(repo.folder, branch) : null
  const target = tip?.sha ?? (await rangeOf(ask)).from
  const location = `${await repoUrl(ask, repo)}/file-conflicts/${pull.head}..${target}`
  return new Answer(302, undefined, { location: location + ask.url.search })
}

const reading = inPull('viewer')
const writing = inPull('developer')

export const pullCalls: Call[] = [
  inRepo('viewer')('GET', '/pullrequests', list),
  inRepo('developer')('POST', '/pullrequests', make),
  inRepo('viewer')('GET', '/commit/:commit/pullrequests', ofCommit),
  signedIn('GET', '/pullrequests/:selected_user', ofPerson),
  signedIn('GET', '/workspaces/:workspace/pullrequests/:selected_user', ofPerson),
  reading('GET', '', (ask) => presentPull(ask, ask.repo, ask.pull)),
  writing('PUT', '', async (ask) => update(ask, await ask.body.json())),
  writing('POST', '/merge', merge),
  reading('GET', '/merge/task-status/:task_id', mergeTask),
  writing('POST', '/decline', decline),
  writing('POST', '/approve', verdict(approvePullRequest, false)),
  writing('DELETE', '/approve', verdict(unapprovePullRequest, true)),
  writing('POST', '/request-changes', verdict(requestChanges, false)),
  writing('DELETE', '/request-changes', verdict(withdrawChangeRequest, true)),
  reading('GET', '/commits', commits),
  reading('GET', '/diff', async (ask) => text(await diffText(ask, await rangeOf(ask)))),
  reading('GET', '/conflicts', conflictsOf),
  reading('GET', '/diffstat', async (ask) => diffstat(ask, await rangeOf(ask))),
  reading('GET', '/patch', async (ask) => text(await patchText(ask, await rangeOf(ask)))),
  reading('GET', '/statuses', (ask) => statusList(ask, ask.pull.head)),
]
