import type { NamedRef } from '@madang/api'
import { createBranch, deleteBranch } from '../branches.ts'
import { readCommit } from '../commit-read.ts'
import { changeRefs } from '../ref-change.ts'
import { isRefName, NO_SHA } from '../ref-name.ts'
import { readNamedRefs } from '../refs-read.ts'
import { objectIn, requiredText, textIn } from './body.ts'
import { type Call, created, inRepo, nothing, type RepoAsk } from './call.ts'
import { BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { presentRef } from './present-commit.ts'
import type { Json } from './query.ts'

type Kind = 'branch' | 'tag'

const rootOf = { branch: 'heads', tag: 'tags' } as const

async function present(ask: RepoAsk, type: Kind, ref: NamedRef): Promise<Json> {
  const commit = await readCommit(ask.repo.folder, ref.commit.sha)
  return presentRef(ask, ask.repo, { type, ref, commit })
}

const list = (kinds: Kind[]) => async (ask: RepoAsk) => {
  const all: { type: Kind; ref: NamedRef }[] = []
  for (const type of kinds) {
    const refs = await readNamedRefs(ask.repo.folder, rootOf[type])
    all.push(...refs.map((ref) => ({ type, ref })))
  }
  // By name unless asked otherwise, as the original lists them.
  all.sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1))
  return listing(ask, { all, present: ({ type, ref }) => present(ask, type, ref) })
}

async function find(ask: RepoAsk, type: Kind): Promise<NamedRef> {
  const { name = '' } = ask.params
  const refs = await readNamedRefs(ask.repo.folder, rootOf[type])
  const ref = refs.find((entry) => entry.name === name)
  if (!ref) {
    const kind = type === 'branch' ? 'Branch' : 'Tag'
    throw new BitbucketError(404, `${kind} "${name}" does not exist.`, {
      data: { key: `${kind.toUpperCase()}_NOT_FOUND` },
    })
  }
  return ref
}

/** `target.hash` may also be a branch's name, as the documentation of the original says. */
async function newRef(ask: RepoAsk) {
  const body = await ask.body.json()
  const name = requiredText(body, 'name').replace(/^refs\/heads\//, '')
  return { name, hash: requiredText(objectIn(body, 'target'), 'hash'), body }
}

async function makeBranch(ask: RepoAsk) {
  const { parts, repo, actor } = ask
  const { name, hash } = await newRef(ask)
  const given = { actor, name, startFrom: hash }
  const ref = await createBranch(parts.context, parts.sync, repo, given)
  return created(await present(ask, 'branch', ref))
}

async function makeTag(ask: RepoAsk) {
  const { parts, repo, actor } = ask
  const { name, hash, body } = await newRef(ask)
  if (!isRefName(name)) {
    throw new BitbucketError(400, `Tag name "${name}" is invalid.`, {
      data: { key: 'TAG_INVALID' },
    })
  }
  const { objects } = parts.context
  const ref = `refs/tags/${name}`
  if (await objects.info(repo.folder, ref)) {
    const data = { key: 'TAG_ALREADY_EXISTS' }
    throw new BitbucketError(400, `Tag "${name}" already exists.`, { data })
  }
  if (textIn(body, 'message')) {
    throw new BitbucketError(501, 'Annotated tags are made by git here, not by this call.')
  }
  const info = isRefName(hash) ? await objects.info(repo.folder, `${hash}^{commit}`) : undefined
  if (!info) throw new BitbucketError(404, 'Commit not found', { data: { shas: [hash] } })
  const moves = [{ ref, before: NO_SHA, after: info.sha }]
  await changeRefs(parts.sync, repo, { actor, moves })
  ask.params['name'] = name
  return created(await present(ask, 'tag', await find(ask, 'tag')))
}

async function dropBranch(ask: RepoAsk) {
  const { parts, repo, actor } = ask
  const { name } = await find(ask, 'branch')
  if (name === repo.defaultBranch) {
    throw new BitbucketError(400, `The main branch "${name}" cannot be deleted.`, {
      data: { key: 'MAIN_BRANCH_DELETE' },
    })
  }
  await deleteBranch(parts.context, parts.sync, repo, { actor, name })
  return nothing()
}

async function dropTag(ask: RepoAsk) {
  const { parts, repo, actor } = ask
  const { name, sha } = await find(ask, 'tag')
  const moves = [{ ref: `refs/tags/${name}`, before: sha, after: NO_SHA }]
  await changeRefs(parts.sync, repo, { actor, moves })
  return nothing()
}

const reading = inRepo('viewer')
const writing = inRepo('developer')

export const refCalls: Call[] = [
  reading('GET', '/refs', list(['branch', 'tag'])),
  reading('GET', '/refs/branches', list(['branch'])),
  writing('POST', '/refs/branches', makeBranch),
  reading('GET', '/refs/branches/*name', async (ask) =>
    present(ask, 'branch', await find(ask, 'branch')),
  ),
  writing('DELETE', '/refs/branches/*name', dropBranch),
  reading('GET', '/refs/tags', list(['tag'])),
  writing('POST', '/refs/tags', makeTag),
  reading('GET', '/refs/tags/*name', async (ask) => present(ask, 'tag', await find(ask, 'tag'))),
  writing('DELETE', '/refs/tags/*name', dropTag),
]
