import type { Commit, NamedRef } from '@madang/api'
import type { OpenRepo } from '../context.ts'
import { branchPage, commitPage } from '../model.ts'
import type { StatusRow } from '../tables.ts'
import type { Ask } from './call.ts'
import { rendered } from './markup.ts'
import { commitMoment, momentOf } from './people.ts'
import { presentRepoBriefly, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

export const messageOf = (commit: { title: string; body: string }): string =>
  commit.body === '' ? `${commit.title}\n` : `${commit.title}\n\n${commit.body}\n`

export async function presentCommit(ask: Ask, repo: OpenRepo, commit: Commit): Promise<Json> {
  const self = `${await repoUrl(ask, repo)}/commit/${commit.sha}`
  const message = messageOf(commit)
  const { name, email } = commit.author
  const user = await ask.people.byEmail(email)
  return {
    type: 'commit',
    hash: commit.sha,
    date: commitMoment(commit.committer.at),
    author: { type: 'author', raw: `${name} <${email}>`, ...(user ? { user } : {}) },
    committer: {},
    message,
    summary: rendered(message),
    rendered: { message: rendered(message) },
    repository: await presentRepoBriefly(ask, repo),
    parents: await Promise.all(commit.parents.map((sha) => commitBriefly(ask, repo, sha))),
    links: {
      self: { href: self },
      html: { href: `${ask.origin}${commitPage(repo, commit.sha)}` },
      diff: { href: self.replace('/commit/', '/diff/') },
      patch: { href: self.replace('/commit/', '/patch/') },
      approve: { href: `${self}/approve` },
      comments: { href: `${self}/comments` },
      statuses: { href: `${self}/statuses` },
    },
  }
}

export async function commitBriefly(
  ask: Ask,
  repo: OpenRepo,
  sha: string,
  length = 40,
): Promise<Json> {
  const hash = sha.slice(0, length)
  return {
    type: 'commit',
    hash,
    links: {
      self: { href: `${await repoUrl(ask, repo)}/commit/${hash}` },
      html: { href: `${ask.origin}${commitPage(repo, hash)}` },
    },
  }
}

export const mergeStrategies = [
  'merge_commit',
  'squash',
  'fast_forward',
  'squash_fast_forward',
  'rebase_fast_forward',
  'rebase_merge',
]

export async function presentRef(
  ask: Ask,
  repo: OpenRepo,
  { type, ref, commit }: { type: 'branch' | 'tag'; ref: NamedRef; commit: Commit },
): Promise<Json> {
  const url = await repoUrl(ask, repo)
  const name = encodeURIComponent(ref.name)
  const kind = type === 'branch' ? 'branches' : 'tags'
  const merging = {
    merge_strategies: mergeStrategies,
    default_merge_strategy: 'merge_commit',
    sync_strategies: ['merge_commit', 'rebase'],
  }
  return {
    type,
    name: ref.name,
    target: await presentCommit(ask, repo, commit),
    ...(type === 'branch' ? merging : { date: null, message: null, tagger: null }),
    links: {
      self: { href: `${url}/refs/${kind}/${name}` },
      commits: { href: `${url}/commits/${name}` },
      html: { href: `${ask.origin}${branchPage(repo, ref.name)}` },
    },
  }
}

const states: Record<string, string> = {
  pending: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  error: 'STOPPED',
}

export async function presentStatus(ask: Ask, repo: OpenRepo, row: StatusRow): Promise<Json> {
  const url = await repoUrl(ask, repo)
  const key = encodeURIComponent(row.key)
  return {
    type: 'build',
    key: row.key,
    name: row.name || row.key,
    description: row.description,
    state: states[row.state] ?? 'INPROGRESS',
    url: row.url.startsWith('/') ? `${ask.origin}${row.url}` : row.url,
    refname: null,
    created_on: momentOf(row.created_at || row.updated_at),
    updated_on: momentOf(row.updated_at),
    repository: await presentRepoBriefly(ask, repo),
    commit: await commitBriefly(ask, repo, row.sha),
    links: {
      commit: { href: `${url}/commit/${row.sha}` },
      self: { href: `${url}/commit/${row.sha}/statuses/build/${key}` },
    },
  }
}
