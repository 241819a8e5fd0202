import type { FileContent } from '@madang/api'
import { languageOf } from './language.ts'
import type { ObjectReader } from './object-reader.ts'
import { refuse } from './refuse.ts'
import { cleanPath, findRevision, type RepoAt, resolveRevision } from './revision.ts'
import { decodeText, isBinary } from './text-content.ts'

/** Longer files are not shown but downloaded. */
const SHOWN_BYTES = 1024 * 1024
/** What `fileRead` gives at most: a Jenkinsfile or a template is far below. */
const READ_BYTES = 64 * 1024 * 1024

export interface BlobAt {
  ref: string
  commit: string
  path: string
  sha: string
  sizeBytes: number
}

/** Finds a file (not a folder) in a commit; throws `refNotFound` or `pathNotFound`. */
export async function findBlob(
  objects: ObjectReader,
  repo: RepoAt,
  at: { ref: string | undefined; path: string },
): Promise<BlobAt> {
  const revision = await resolveRevision(objects, repo, at.ref)
  const path = cleanPath(at.path)
  const info = await objects.info(repo.folder, `${revision.sha}:${path}`)
  if (info?.type !== 'blob') throw refuse('pathNotFound', { path: at.path, ref: revision.ref })
  const { sha, sizeBytes } = info
  return { ref: revision.ref, commit: revision.sha, path, sha, sizeBytes }
}

/** A file as the page shows it: text up to 1 MB, otherwise where to download it. */
export async function readFileContent(
  objects: ObjectReader,
  repo: RepoAt,
  at: { ref: string | undefined; path: string; rawUrl: (blob: BlobAt) => string },
): Promise<FileContent> {
  const blob = await findBlob(objects, repo, at)
  const language = languageOf(blob.path)
  const base = { ...blob, language, rawUrl: at.rawUrl(blob) }
  if (blob.sizeBytes > SHOWN_BYTES) return { ...base, isBinary: false, truncated: true }
  const bytes = await objects.contents(repo.folder, blob.sha)
  if (!bytes) throw refuse('pathNotFound', { path: blob.path, ref: blob.ref })
  if (isBinary(bytes)) return { ...base, isBinary: true, truncated: false }
  return { ...base, isBinary: false, truncated: false, ...decodeText(bytes) }
}

/** A file's bytes, or undefined when there is no such ref or path, or it is larger than 64 MB. */
export async function readFileBytes(
  objects: ObjectReader,
  repo: RepoAt,
  at: { ref: string; path: string },
): Promise<Buffer | undefined> {
  const sha = await findRevision(objects, repo.folder, at.ref)
  const info = sha && (await objects.info(repo.folder, `${sha}:${cleanPath(at.path)}`))
  if (!info || info.type !== 'blob' || info.sizeBytes > READ_BYTES) return undefined
  return objects.contents(repo.folder, info.sha)
}
