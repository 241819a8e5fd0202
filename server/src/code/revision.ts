import type { ObjectReader } from './object-reader.ts'
import { isRefName, isTreePath } from './ref-name.ts'
import { refuse } from './refuse.ts'

/** A repository as the readers need it. */
export interface RepoAt {
  folder: string
  defaultBranch: string
}

export interface Revision {
  /** What was asked for, or the default branch. */
  ref: string
  sha: string
}

/**
 * The commit that a branch, a tag or a sha (4 digits or more) names; branches first, as git does
 * for checkout. No revision expressions. Undefined when there is none.
 */
export async function findRevision(
  objects: ObjectReader,
  folder: string,
  ref: string,
): Promise<string | undefined> {
  for (const name of candidates(ref)) {
    const info = await objects.info(folder, `${name}^{commit}`)
    if (info) return info.sha
  }
  return undefined
}

/** The same, of the default branch when nothing is asked for. Throws `refNotFound`. */
export async function resolveRevision(
  objects: ObjectReader,
  repo: RepoAt,
  asked: string | undefined,
): Promise<Revision> {
  const ref = asked || repo.defaultBranch
  const sha = await findRevision(objects, repo.folder, ref)
  if (sha === undefined) throw refuse('refNotFound', { ref })
  return { ref, sha }
}

function candidates(ref: string): string[] {
  if (!isRefName(ref)) return []
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}`]
  return /^[0-9a-f]{4,40}$/.test(ref) ? [...names, ref] : names
}

/** A path without slashes around it; throws `pathInvalid` unless it stays inside the tree. */
export function cleanPath(path: string): string {
  const clean = path.replace(/^\/+|\/+$/g, '')
  if (clean !== '' && !isTreePath(clean)) throw refuse('pathInvalid', { path })
  return clean
}
