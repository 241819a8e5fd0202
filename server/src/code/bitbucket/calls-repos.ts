import { repoName } from '@madang/api'
import { type Actor, includes, refuse } from '../../kernel/index.ts'
import { codeTables, openRepo, openRow } from '../context.ts'
import { git, GitFailure } from '../git-process.ts'
import { moveRepo } from '../moves.ts'
import { NO_SHA } from '../ref-name.ts'
import { readRefs } from '../refs-read.ts'
import { setDefaultBranch } from '../refs-sync.ts'
import { type RepoSettings, settingsOf } from '../repo-settings.ts'
import { createRepo, editRepo, removeRepo } from '../repos.ts'
import { allRepos } from '../store-repos.ts'
import type { RepoRow } from '../tables.ts'
import { flagIn, objectIn, textIn } from './body.ts'
import {
  Answer,
  type Ask,
  type Call,
  created,
  inRepo,
  nothing,
  type RepoAsk,
  signedIn,
} from './call.ts'
import { badFields, BitbucketError, errorFrom, noRole } from './errors.ts'
import { listing } from './paging.ts'
import { checkWorkspace, isWhole } from './places.ts'
import { presentRepo, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

const roleNames: Record<string, 'viewer' | 'developer' | 'maintainer'> = {
  member: 'viewer',
  contributor: 'developer',
  admin: 'maintainer',
  owner: 'maintainer',
}

async function visible(ask: Ask, rows: RepoRow[]): Promise<RepoRow[]> {
  const wanted = roleNames[ask.query.get('role') ?? 'member'] ?? 'viewer'
  const { identity } = ask.parts.context
  const shown: RepoRow[] = []
  for (const row of rows) {
    const role = await identity.roleIn(ask.actor, row.project, row.slug)
    if (includes(role, wanted)) shown.push(row)
  }
  return shown
}

async function list(ask: Ask) {
  const { context } = ask.parts
  const { workspace } = ask.params
  if (workspace !== undefined) await checkWorkspace(context, workspace)
  const rows = await allRepos(codeTables(context.kernel.database))
  const inPlace = rows.filter(
    (row) => workspace === undefined || isWhole(workspace) || row.project === workspace,
  )
  const present = async (row: RepoRow) => presentRepo(ask, await openRow(context, row))
  return listing(ask, { all: await visible(ask, inPlace), present })
}

/** Where a new repository goes: `project.key`, a workspace that is a key, or the only project. */
async function projectFor(ask: Ask, body: Json): Promise<string> {
  const { identity } = ask.parts.context
  const { workspace = '' } = ask.params
  const key =
    textIn(objectIn(body, 'project'), 'key') ?? (isWhole(workspace) ? undefined : workspace)
  if (key !== undefined) {
    if (await identity.projectGet(key)) return key
    throw new BitbucketError(400, 'Bad request', { fields: { project: [`No project ${key}`] } })
  }
  const own: string[] = []
  for (const project of await identity.projectList(ask.actor)) {
    if (includes(await identity.roleIn(ask.actor, project.key), 'developer')) own.push(project.key)
  }
  if (own.length > 0) return own[0]!
  throw noRole()
}

async function checkRole(ask: Ask, actor: Actor, project: string): Promise<void> {
  const role = await ask.parts.context.identity.roleIn(actor, project)
  if (includes(role, 'developer')) return
  throw errorFrom(refuse('forbidden', { role: 'developer' }))
}

function settingsIn(body: Json): RepoSettings {
  const settings: RepoSettings = {}
  const [language, website] = [textIn(body, 'language'), textIn(body, 'website')]
  if (language !== undefined) settings.language = language
  if (website !== undefined) settings.website = website
  const policy = textIn(body, 'fork_policy')
  if (policy === 'allow_forks' || policy === 'no_public_forks' || policy === 'no_forks') {
    settings.forkPolicy = policy
  } else if (policy !== undefined) {
    throw new BitbucketError(400, 'Bad request', { fields: { fork_policy: ['Invalid value.'] } })
  }
  const wiki = flagIn(body, 'has_wiki')
  if (wiki !== undefined) settings.hasWiki = wiki
  return settings
}

/** Names in `madang` are unique for what is made here, so that its address stays the same. */
async function checkFree(ask: Ask, name: string): Promise<void> {
  const rows = await allRepos(codeTables(ask.parts.context.kernel.database))
  const isTaken = isWhole(ask.params['workspace'] ?? '') && rows.some((row) => row.slug === name)
  if (isTaken) {
    throw new BitbucketError(400, 'Repository with this Slug and Owner already exists.', {
      fields: { name: ['You already have a repository with this name.'] },
    })
  }
}

async function make(ask: Ask) {
  const body = await ask.body.json()
  const { workspace = '', repo_slug: name = '' } = ask.params
  await checkWorkspace(ask.parts.context, workspace)
  const project = await projectFor(ask, body)
  await checkRole(ask, ask.actor, project)
  await checkFree(ask, name)
  if ((textIn(body, 'scm') ?? 'git') !== 'git') {
    throw new BitbucketError(400, 'Bad request', { fields: { scm: ['Only git is available.'] } })
  }
  const { context } = ask.parts
  const given = { project, name, description: textIn(body, 'description') ?? '' }
  const settings = settingsIn(body)
  const row = await context.kernel.database.write((tx) =>
    createRepo(context, tx, ask.actor, { ...given, settings }),
  )
  const branch = textIn(objectIn(body, 'mainbranch'), 'name')
  const repo = await openRow(context, row)
  if (branch === undefined || branch === row.default_branch) return presentRepo(ask, repo)
  await setDefaultBranch(context, repo, branch)
  return presentRepo(ask, await openRepo(context, project, name))
}

async function edit(ask: RepoAsk) {
  const { repo, actor } = ask
  const body = await ask.body.json()
  const { context } = ask.parts
  const project = textIn(objectIn(body, 'project'), 'key') ?? repo.project
  const slug = slugIn(body, repo)
  if (slug !== repo.slug) await checkFree(ask, slug)
  const settings = { ...settingsOf(repo.row), ...settingsIn(body) }
  const change = {
    name: slug,
    description: textIn(body, 'description'),
    defaultBranch: textIn(objectIn(body, 'mainbranch'), 'name'),
    settings,
  }
  await moveRepo(context, repo, { actor, project })
  const moved = await openRepo(context, project, repo.slug)
  const next = await openRow(context, await editRepo(context, moved, { actor, edit: change }))
  const shown = await presentRepo(ask, next)
  if (slug === repo.slug && project === repo.project) return shown
  return new Answer(200, shown, { location: await repoUrl(ask, next) })
}

/** The address follows from the name that a body brings; without one it stays. */
function slugIn(body: Json, repo: RepoAsk['repo']): string {
  const name = textIn(body, 'name')?.trim()
  if (name === undefined || name === repo.slug) return repo.slug
  const slug = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-')
  if (repoName.safeParse(slug).success) return slug
  throw badFields({ name: ['This name cannot be used for a repository.'] })
}

async function remove(ask: RepoAsk) {
  await removeRepo(ask.parts.context, ask.actor, ask.repo)
  return nothing()
}

async function forks(ask: RepoAsk) {
  const { context } = ask.parts
  const rows = await allRepos(codeTables(context.kernel.database))
  const own = rows.filter((row) => settingsOf(row).forkOf === ask.repo.row.id)
  const present = async (row: RepoRow) => presentRepo(ask, await openRow(context, row))
  return listing(ask, { all: await visible(ask, own), present })
}

/** A repository of its own with all branches and tags of another, fetched over the file system. */
async function fork(ask: RepoAsk) {
  const { context, sync } = ask.parts
  const { repo, actor } = ask
  const body = await ask.body.json()
  if (settingsOf(repo.row).forkPolicy === 'no_forks') {
    throw new BitbucketError(403, 'This repository does not allow forks.')
  }
  const name = textIn(body, 'name') ?? `${repo.slug}-fork`
  const asked = textIn(objectIn(body, 'project'), 'key')
  const project = asked ?? repo.project
  await checkRole(ask, actor, project)
  await checkFree(ask, name)
  const { description } = repo.row
  const settings = { ...settingsOf(repo.row), ...settingsIn(body), forkOf: repo.row.id }
  const row = await context.kernel.database.write((tx) =>
    createRepo(context, tx, actor, { project, name, description, settings }),
  )
  const made = await openRow(context, row)
  const refs = await readRefs(repo.folder)
  const begun = await sync.begin(made, actor, Object.fromEntries(refs))
  try {
    const specs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
    if (refs.size > 0) {
      await git(['fetch', '--quiet', '--no-auto-gc', repo.folder, ...specs], {
        folder: made.folder,
      })
    }
  } catch (error) {
    if (error instanceof GitFailure) await removeRepo(context, actor, made)
    throw error
  } finally {
    await sync.settle(made, [begun])
  }
  if (refs.get(`refs/heads/${repo.defaultBranch}`) ?? NO_SHA !== NO_SHA) {
    await setDefaultBranch(context, made, repo.defaultBranch)
  }
  return created(await presentRepo(ask, await openRepo(context, project, name)))
}

async function watchers(ask: RepoAsk) {
  return listing(ask, { all: [] as Json[], present: (one) => one })
}

const reading = inRepo('viewer')
const keeping = inRepo('maintainer')

export const repoCalls: Call[] = [
  signedIn('GET', '/repositories', list),
  signedIn('GET', '/repositories/:workspace', list),
  signedIn('POST', '/repositories/:workspace/:repo_slug', make),
  reading('GET', '', (ask) => presentRepo(ask, ask.repo)),
  keeping('PUT', '', edit),
  keeping('DELETE', '', remove),
  reading('GET', '/forks', forks),
  reading('POST', '/forks', fork),
  reading('GET', '/watchers', watchers),
]
