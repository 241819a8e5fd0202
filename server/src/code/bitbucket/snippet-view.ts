import type { Commit } from '@madang/api'
import { allSnippets, snippetByNumber, type SnippetRow, type Snippets } from '../snippets/index.ts'
import type { Ask } from './call.ts'
import { BitbucketError } from './errors.ts'
import { rendered } from './markup.ts'
import { commitMoment, momentOf } from './people.ts'
import { checkWorkspace, isWhole, WORKSPACE } from './places.ts'
import { messageOf } from './present-commit.ts'
import { presentWorkspace } from './present-repo.ts'
import type { Json } from './query.ts'

/** A snippet of the whole workspace; else it is of a person, `person:…`. */
export const OF_WORKSPACE = 'workspace'

/** One that a request is about, with its commits, newest first. */
export interface SnippetAsk extends Ask {
  snippets: Snippets
  snippet: SnippetRow
}

/** A private one of a person is that person's alone. */
export const isSeen = ({ actor }: Ask, { owner, is_private }: SnippetRow): boolean =>
  is_private === 0 || owner === OF_WORKSPACE || owner === actor.id

/** Who may change it: its creator, and of the workspace's own whoever is in it. */
export function checkMayChange({ actor, snippet }: SnippetAsk): void {
  const { owner, creator_id: creator } = snippet
  if (owner === OF_WORKSPACE || owner === actor.id || creator === actor.id) return
  throw new BitbucketError(403, 'You do not have access to change this snippet.')
}

/** The owner that an address names. Throws 404. */
export async function ownerAt(ask: Ask, workspace: string): Promise<string> {
  const person = isWhole(workspace) ? undefined : await ask.people.find(workspace)
  if (person) return `person:${person.id}`
  await checkWorkspace(ask.parts.context, workspace)
  return OF_WORKSPACE
}

export async function seenSnippets(ask: Ask): Promise<SnippetRow[]> {
  const all = await allSnippets(ask.parts.context.kernel.database)
  return all.filter((row) => isSeen(ask, row))
}

const idOf = ({ number }: SnippetRow): string => number.toString(36)

/** Throws the same 404 for none and for one that is not to be seen. */
export async function findSnippet(ask: Ask, snippets: Snippets): Promise<SnippetAsk> {
  const { workspace = '', encoded_id: id = '' } = ask.params
  const isId = /^[0-9a-z]{1,9}$/i.test(id)
  const number = isId ? Number.parseInt(id, 36) : 0
  const found = isId && (await snippetByNumber(ask.parts.context.kernel.database, number))
  const isHere = found && (await ownerAt(ask, workspace)) === found.owner
  if (isHere && isSeen(ask, found)) return { ...ask, snippets, snippet: found }
  throw new BitbucketError(404, 'Snippet not found')
}

/** Undefined names the newest. Throws 404. */
export async function commitOf(
  { snippets, snippet }: SnippetAsk,
  revision?: string,
): Promise<Commit> {
  const commits = await snippets.commits(snippet)
  const named = (sha: string) => revision !== undefined && sha.startsWith(revision)
  const isNewest = revision === undefined || revision === 'HEAD' || revision === 'master'
  const isHash = revision !== undefined && /^[0-9a-f]{7,40}$/.test(revision)
  const found = isNewest ? commits[0] : isHash && commits.find(({ sha }) => named(sha))
  if (found) return found
  throw new BitbucketError(404, 'Commit not found', { data: { shas: [revision] } })
}

/** The name of the owner in an address. */
async function workspaceOf(ask: Ask, { owner }: SnippetRow): Promise<string> {
  if (owner === OF_WORKSPACE) return WORKSPACE
  const person = await ask.parts.context.identity.personGet(owner.replace(/^person:/, ''))
  return person?.name ?? owner
}

export const snippetUrl = async (ask: Ask, row: SnippetRow): Promise<string> =>
  `${ask.origin}/2.0/snippets/${encodeURIComponent(await workspaceOf(ask, row))}/${idOf(row)}`

const escapedPath = (path: string) => path.split('/').map(encodeURIComponent).join('/')

export const fileUrl = (self: string, sha: string, path: string): string =>
  `${self}/${sha}/files/${escapedPath(path)}`

/** As lists and comments show it. */
export async function presentBriefly(ask: Ask, row: SnippetRow): Promise<Json> {
  const self = await snippetUrl(ask, row)
  const creator = await ask.people.user(row.creator_id, row.creator_name)
  const isShared = row.owner === OF_WORKSPACE
  const links = ['comments', 'watchers', 'commits'].map((name) => [
    name,
    { href: `${self}/${name}` },
  ])
  return {
    type: 'snippet',
    id: idOf(row),
    title: row.title,
    scm: 'git',
    is_private: row.is_private === 1,
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.updated_at),
    owner: isShared ? presentWorkspace(ask) : await ask.people.user(row.owner, row.creator_name),
    creator,
    links: {
      self: { href: self },
      html: { href: self },
      ...Object.fromEntries(links),
      diff: { href: `${self}/HEAD/diff` },
      patch: { href: `${self}/HEAD/patch` },
    },
  }
}

/** With the files of a commit and where each is. */
export async function presentSnippet(ask: SnippetAsk, sha?: string): Promise<Json> {
  const { snippets, snippet } = ask
  const commit = sha ?? (await commitOf(ask)).sha
  const self = await snippetUrl(ask, snippet)
  const paths = await snippets.files(snippet, commit)
  const files = paths.map((path) => {
    const href = fileUrl(self, commit, path)
    return [path, { links: { self: { href }, html: { href } } }]
  })
  return { ...(await presentBriefly(ask, snippet)), files: Object.fromEntries(files) }
}

export async function presentSnippetCommit(ask: SnippetAsk, commit: Commit): Promise<Json> {
  const self = await snippetUrl(ask, ask.snippet)
  const { name, email } = commit.author
  const user = await ask.people.byEmail(email)
  const message = messageOf(commit)
  const linksOf = (sha: string) => ({
    self: { href: `${self}/commits/${sha}` },
    html: { href: `${self}/${sha}` },
  })
  return {
    type: 'snippet_commit',
    hash: commit.sha,
    date: commitMoment(commit.committer.at),
    author: { type: 'author', raw: `${name} <${email}>`, ...(user ? { user } : {}) },
    message,
    summary: rendered(message),
    snippet: await presentBriefly(ask, ask.snippet),
    parents: commit.parents.map((hash) => ({ type: 'commit', hash, links: linksOf(hash) })),
    links: {
      ...linksOf(commit.sha),
      diff: { href: `${self}/${commit.sha}/diff` },
      patch: { href: `${self}/${commit.sha}/patch` },
    },
  }
}
