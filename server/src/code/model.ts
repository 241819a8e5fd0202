import { createHash } from 'node:crypto'
import type { Actor, ThreadRef } from '../kernel/index.ts'
import type { RepoRow } from './tables.ts'

/** A repository as addresses name it. */
export interface RepoName {
  project: string
  /** What it was made as: the thread and jobs know it by that for good. */
  name: string
  /** What it is called now; where it is left out any of its names leads there, too. */
  slug?: string
}

export const repoPage = ({ project, name, slug = name }: RepoName) => `/p/${project}/code/${slug}`
export const commitPage = (repo: RepoName, sha: string) => `${repoPage(repo)}/commit/${sha}`
export const pullRequestPage = (repo: RepoName, number: number) =>
  `${repoPage(repo)}/pulls/${number}`
export const branchPage = (repo: RepoName, branch: string) =>
  `${repoPage(repo)}/tree/${branch.split('/').map(encodeURIComponent).join('/')}`
/** The page of one file; `branchPage` is that of a folder. */
export const filePage = (repo: RepoName, branch: string, path: string) =>
  `${repoPage(repo)}/file/${encodeURIComponent(branch)}/${path.split('/').map(encodeURIComponent).join('/')}`
export const gitPath = ({ project, name, slug = name }: RepoName) => `/git/${project}/${slug}.git`

export function rawPath(repo: RepoName, ref: string, path: string): string {
  const parts = path.split('/').map(encodeURIComponent).join('/')
  return `/raw/${repo.project}/${repo.slug ?? repo.name}/${encodeURIComponent(ref)}/${parts}`
}

export const issueRef = (key: string): ThreadRef => ({ kind: 'issue', id: key })
export const branchRef = (repo: RepoName, branch: string): ThreadRef => ({
  kind: 'branch',
  id: `${repo.project}/${repo.name}:${branch}`,
})
export const commitRef = (repo: RepoName, sha: string): ThreadRef => ({
  kind: 'commit',
  id: `${repo.project}/${repo.name}@${sha}`,
})
export const pullRequestRef = (repo: RepoName, number: number): ThreadRef => ({
  kind: 'pullRequest',
  id: `${repo.project}/${repo.name}#${number}`,
})

export const subjectOf = (repo: RepoName) => `repo:${repo.project}/${repo.name}`
export const isProtected = (repo: RepoRow, branch: string) =>
  repo.is_protected === 1 && branch === repo.default_branch

/** Whoever did something earlier, as far as a record of it tells. */
export function actorFrom(id: string, name: string): Actor {
  const kind = id.startsWith('person:') ? 'person' : id.startsWith('run:') ? 'run' : 'system'
  return { kind, id, name, isAdministrator: kind === 'system', scopes: ['read', 'write'] }
}

export interface Signature {
  name: string
  email: string
}

/**
 * Who a commit made here is by: the person's name, and `<sign-in name>@madang.local` as the
 * e-mail; a name that no address can hold becomes a short digest. git takes no `<`, `>` or line
 * break in either.
 */
export function signatureOf(signInName: string, shownName: string): Signature {
  const name = shownName.replace(/[<>\u0000-\u001f]/g, '').trim()
  const local = /^[\w.+-]+$/.test(signInName)
    ? signInName
    : createHash('sha256').update(signInName).digest('hex').slice(0, 12)
  return { name: name || 'Madang', email: `${local}@madang.local` }
}

/** A moment as our API writes it. */
export const iso = (ms: number): string => new Date(ms).toISOString()
