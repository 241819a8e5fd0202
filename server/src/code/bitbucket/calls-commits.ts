import type { CommitStatus } from '@madang/api'
import { readCommit, readLog } from '../commit-read.ts'
import { codeTables } from '../context.ts'
import { readRefs } from '../refs-read.ts'
import { cleanPath } from '../revision.ts'
import { setStatus } from '../statuses.ts'
import { statusByKey, statusesOf } from '../store-pull-requests.ts'
import { requiredText, textIn } from './body.ts'
import { type Call, created, inRepo, type RepoAsk } from './call.ts'
import { participantsOf } from './calls-commit-comments.ts'
import { BitbucketError } from './errors.ts'
import { listing, pageAsked, pageOf } from './paging.ts'
import { presentCommit, presentStatus } from './present-commit.ts'
import type { Json } from './query.ts'
import { commitAt } from './revisions.ts'

/** Without a revision, everything that branches and tags hold. */
async function list(ask: RepoAsk) {
  const { repo, params, query } = ask
  const include = query.getAll('include')
  const exclude = query.getAll('exclude')
  if (ask.url.pathname && params['method'] === 'POST') {
    for (const [name, value] of await ask.body.form()) {
      if (name === 'include') include.push(String(value))
      if (name === 'exclude') exclude.push(String(value))
    }
  }
  if (params['revision'] !== undefined) include.push(params['revision'])
  const tips = new Set<string>()
  for (const name of include) tips.add(await commitAt(ask, name))
  if (include.length === 0) for (const sha of (await readRefs(repo.folder)).values()) tips.add(sha)
  for (const name of exclude) tips.add(`^${await commitAt(ask, name)}`)
  const asked = pageAsked(ask, { usual: 30 })
  if (tips.size === 0) return pageOf(ask, [], { ...asked, hasMore: false })
  const skip = (asked.page - 1) * asked.pagelen
  const path = cleanPath(query.get('path') ?? '')
  const range = { folder: repo.folder, tips: [...tips], path, skip, limit: asked.pagelen + 1 }
  const commits = await readLog(range)
  const values: Json[] = []
  for (const commit of commits.slice(0, asked.pagelen)) {
    values.push(await presentCommit(ask, repo, commit))
  }
  return pageOf(ask, values, { ...asked, hasMore: commits.length > asked.pagelen })
}

async function get(ask: RepoAsk) {
  const sha = await commitAt(ask, ask.params['commit']!)
  const commit = await readCommit(ask.repo.folder, sha)
  return {
    ...(await presentCommit(ask, ask.repo, commit)),
    participants: await participantsOf(ask, sha),
  }
}

const states: Record<string, CommitStatus['state']> = {
  INPROGRESS: 'pending',
  SUCCESSFUL: 'success',
  FAILED: 'failure',
  STOPPED: 'error',
}

const bad = (field: string, why: string) =>
  new BitbucketError(400, 'Bad request', { fields: { [field]: [why] } })

async function findStatus(ask: RepoAsk, sha: string, key: string) {
  const db = codeTables(ask.parts.context.kernel.database)
  const row = await statusByKey(db, { repo_id: ask.repo.row.id, sha, key })
  if (!row) throw new BitbucketError(404, 'Build status not found')
  return row
}

async function saveStatus(ask: RepoAsk, sha: string, body: Json) {
  const { repo, actor } = ask
  const { context } = ask.parts
  const key = requiredText(body, 'key')
  const state = states[requiredText(body, 'state')]
  if (!state) throw bad('state', 'Not one of INPROGRESS, SUCCESSFUL, FAILED, STOPPED.')
  if (key.length > 100) throw bad('key', 'It may hold 100 characters.')
  const url = textIn(body, 'url') ?? ''
  if (url !== '' && !/^(https?:\/\/|\/)/.test(url)) throw bad('url', 'Enter a valid URL.')
  const { project, name: repoName } = repo
  const about = { description: textIn(body, 'description') ?? '', name: textIn(body, 'name') ?? '' }
  const status = { project, repo: repoName, sha, key, state, url, ...about }
  await context.kernel.database.write((tx) => setStatus(context, tx, actor, status))
  return presentStatus(ask, repo, await findStatus(ask, sha, key))
}

async function makeStatus(ask: RepoAsk) {
  const sha = await commitAt(ask, ask.params['commit']!)
  return created(await saveStatus(ask, sha, await ask.body.json()))
}

async function editStatus(ask: RepoAsk) {
  const sha = await commitAt(ask, ask.params['commit']!)
  const before = await presentStatus(ask, ask.repo, await findStatus(ask, sha, ask.params['key']!))
  const body = await ask.body.json()
  return saveStatus(ask, sha, { ...before, ...body, key: ask.params['key'] })
}

async function getStatus(ask: RepoAsk) {
  const sha = await commitAt(ask, ask.params['commit']!)
  return presentStatus(ask, ask.repo, await findStatus(ask, sha, ask.params['key']!))
}

export async function statusList(ask: RepoAsk, sha: string) {
  const db = codeTables(ask.parts.context.kernel.database)
  const all = await statusesOf(db, ask.repo.row.id, [sha])
  return listing(ask, { all, present: (row) => presentStatus(ask, ask.repo, row) })
}

const posted = (ask: RepoAsk) => list({ ...ask, params: { ...ask.params, method: 'POST' } })
const reading = inRepo('viewer')
const writing = inRepo('developer')

export const commitCalls: Call[] = [
  reading('GET', '/commits', list),
  reading('POST', '/commits', posted),
  reading('GET', '/commits/*revision', list),
  reading('POST', '/commits/*revision', posted),
  reading('GET', '/commit/:commit', get),
  reading('GET', '/commit/:commit/statuses', async (ask) =>
    statusList(ask, await commitAt(ask, ask.params['commit']!)),
  ),
  writing('POST', '/commit/:commit/statuses/build', makeStatus),
  reading('GET', '/commit/:commit/statuses/build/:key', getStatus),
  writing('PUT', '/commit/:commit/statuses/build/:key', editStatus),
]
