import type { TreeEntry } from '@madang/api'
import { createCommit, type NewFile } from '../commit-create.ts'
import { readLog } from '../commit-read.ts'
import { imageType } from '../raw-download.ts'
import { findBlob } from '../file-read.ts'
import { cleanPath } from '../revision.ts'
import { listTree } from '../tree-read.ts'
import { Answer, type Call, inRepo, type RepoAsk } from './call.ts'
import { BitbucketError } from './errors.ts'
import { listing, pageAsked, pageOf } from './paging.ts'
import { presentCommit, commitBriefly } from './present-commit.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'
import { commitAt } from './revisions.ts'

async function presentEntry(ask: RepoAsk, sha: string, entry: TreeEntry): Promise<Json> {
  const url = await repoUrl(ask, ask.repo)
  const path = entry.path.split('/').map(encodeURIComponent).join('/')
  const isFolder = entry.kind === 'folder'
  const self = { href: `${url}/src/${sha}/${path}${isFolder ? '/' : ''}` }
  const links = isFolder
    ? { self, meta: { href: `${self.href}?format=meta` } }
    : {
        self,
        meta: { href: `${self.href}?format=meta` },
        history: { href: `${url}/filehistory/${sha}/${path}` },
      }
  const commit = await commitBriefly(ask, ask.repo, sha)
  const about = { path: entry.path, commit, links }
  if (isFolder) return { type: 'commit_directory', ...about }
  const attributes = { link: ['link'], submodule: ['subrepository'], file: [], folder: [] }
  return {
    type: 'commit_file',
    ...about,
    escaped_path: path,
    attributes: attributes[entry.kind],
    size: entry.sizeBytes ?? 0,
  }
}

/** The tip of the main branch: the original redirects there, query and all. */
async function root(ask: RepoAsk) {
  const sha = await commitAt(ask, ask.repo.defaultBranch)
  const location = `${await repoUrl(ask, ask.repo)}/src/${sha}/${ask.url.search}`
  return new Answer(302, undefined, { location })
}

async function browse(ask: RepoAsk) {
  const { repo, params, query } = ask
  const sha = await commitAt(ask, params['commit']!)
  const path = cleanPath(params['path'] ?? '')
  const { objects } = ask.parts.context
  const name = path === '' ? `${sha}^{tree}` : `${sha}:${path}`
  const info = await objects.info(repo.folder, name)
  if (!info || (info.type !== 'blob' && info.type !== 'tree')) {
    const data = { path, commit_sha: sha }
    throw new BitbucketError(404, `No such file or directory: ${path}`, { data })
  }
  if (info.type === 'blob') return file(ask, { sha, path, sizeBytes: info.sizeBytes })
  if (query.get('format') === 'meta') {
    const entry: TreeEntry = { name: '', path, kind: 'folder', sha: info.sha }
    return presentEntry(ask, sha, entry)
  }
  const depth = Math.min(Number(query.get('max_depth') ?? 1) || 1, 20)
  const all = await listTree(repo.folder, { tree: info.sha, path, depth })
  return listing(ask, { all, present: (entry) => presentEntry(ask, sha, entry) })
}

async function file(ask: RepoAsk, at: { sha: string; path: string; sizeBytes: number }) {
  const { repo, query } = ask
  const { sha, path, sizeBytes } = at
  if (query.get('format') === 'meta') {
    const entry: TreeEntry = { name: '', path, kind: 'file', sha: '', sizeBytes }
    return { ...(await presentEntry(ask, sha, entry)), mimetype: null }
  }
  const { objects } = ask.parts.context
  const blob = await findBlob(objects, repo, { ref: sha, path })
  const bytes = (await objects.contents(repo.folder, blob.sha)) ?? Buffer.alloc(0)
  return new Answer(200, bytes, {
    'content-type': imageType(path) ?? 'text/plain',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.split('/').at(-1)!)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    etag: `"${blob.sha}"`,
  })
}

interface SrcForm {
  branch?: string
  message?: string
  author?: { name: string; email: string }
  parent?: string
  files: NewFile[]
}

/** Every field that is no known word is a file: its name the path, its value what it holds. */
function readForm(fields: [string, string | Uint8Array][]): SrcForm {
  const form: SrcForm = { files: [] }
  for (const [name, value] of fields) {
    const plain = typeof value === 'string' ? value : Buffer.from(value).toString('utf8')
    if (name === 'message') form.message = plain
    else if (name === 'branch') form.branch = plain
    else if (name === 'parents') form.parent = plain.split(',')[0]
    else if (name === 'author') form.author = authorIn(plain)
    else if (name === 'files') form.files.push({ path: cleanPath(plain), content: null })
    else form.files.push({ path: cleanPath(name), content: value, keepMode: true })
  }
  // `files` names what goes; what the form also brings is kept.
  const brought = new Set(
    form.files.filter(({ content }) => content !== null).map(({ path }) => path),
  )
  form.files = form.files.filter(({ path, content }) => content !== null || !brought.has(path))
  return form
}

function authorIn(text: string): { name: string; email: string } {
  const parts = /^([^<>\n]+?)\s*<([^<>\s]+)>$/.exec(text.trim())
  if (!parts) throw new BitbucketError(400, `Invalid author: ${text}`)
  return { name: parts[1]!, email: parts[2]! }
}

async function commit(ask: RepoAsk) {
  const { repo, actor, parts } = ask
  const form = readForm(await ask.body.form())
  const branch = form.branch ?? repo.defaultBranch
  const expected = form.parent === undefined ? undefined : await commitAt(ask, form.parent)
  if (form.files.length === 0 && form.branch === undefined) {
    throw new BitbucketError(400, 'Bad request', { detail: 'There are no files to commit.' })
  }
  const { objects } = parts.context
  const tip = await objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  const made = await createCommit(parts.context, parts.sync, repo, {
    actor,
    given: {
      branch,
      message: form.message ?? 'Edited through the API',
      files: form.files,
      author: form.author,
      startFrom: tip ? undefined : form.parent,
      expected: tip ? expected : undefined,
    },
  })
  const location = `${await repoUrl(ask, repo)}/commit/${made.sha}`
  return new Answer(201, undefined, { location })
}

async function history(ask: RepoAsk) {
  const { repo, params } = ask
  const sha = await commitAt(ask, params['commit']!)
  const path = cleanPath(params['path'] ?? '')
  const asked = pageAsked(ask, { usual: 50 })
  const skip = (asked.page - 1) * asked.pagelen
  const range = { folder: repo.folder, tips: [sha], path, skip, limit: asked.pagelen + 1 }
  const commits = await readLog(range)
  if (commits.length === 0 && skip === 0) {
    throw new BitbucketError(404, `No such file or directory: ${path}`, { data: { path } })
  }
  const url = await repoUrl(ask, repo)
  const values = commits.slice(0, asked.pagelen).map(async (entry) => ({
    type: 'commit_file',
    path,
    escaped_path: encodeURI(path),
    attributes: [],
    commit: await presentCommit(ask, repo, entry),
    links: { self: { href: `${url}/src/${entry.sha}/${encodeURI(path)}` } },
  }))
  const hasMore = commits.length > asked.pagelen
  return pageOf(ask, await Promise.all(values), { ...asked, hasMore })
}

const reading = inRepo('viewer')

export const srcCalls: Call[] = [
  reading('GET', '/src', root),
  inRepo('developer')('POST', '/src', commit),
  reading('GET', '/src/:commit', browse),
  reading('GET', '/src/:commit/*path', browse),
  reading('GET', '/filehistory/:commit/*path', history),
]
