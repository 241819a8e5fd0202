import { git } from '../git-process.ts'
import { EMPTY_TREE } from '../diff-read.ts'
import { isTreePath } from '../ref-name.ts'
import {
  addWatcher,
  removeWatcher,
  type SnippetChange,
  type Snippets,
  watchersOf,
} from '../snippets/index.ts'
import { flagIn, objectIn, textIn } from './body.ts'
import { Answer, type Ask, type Call, type Method, nothing, signedIn, text } from './call.ts'
import { snippetCommentCalls } from './calls-snippet-comments.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import {
  checkMayChange,
  commitOf,
  fileUrl,
  findSnippet,
  OF_WORKSPACE,
  ownerAt,
  presentBriefly,
  presentSnippet,
  presentSnippetCommit,
  seenSnippets,
  type SnippetAsk,
  snippetUrl,
} from './snippet-view.ts'

const MOST_BYTES = 64 * 1024 * 1024
const ROLES = ['owner', 'contributor', 'member']

async function list(ask: Ask, owner?: string) {
  const role = ask.query.get('role')
  if (role !== null && !ROLES.includes(role)) {
    throw badFields({ role: [`"${role}" is not a valid choice.`] })
  }
  const wanted = role === 'owner' ? ask.actor.id : owner
  const seen = await seenSnippets(ask)
  const isWanted = (row: { owner: string }) =>
    (wanted === undefined || row.owner === wanted) && (owner === undefined || row.owner === owner)
  const all = seen.filter(isWanted)
  return listing(ask, { all, present: (row) => presentBriefly(ask, row) })
}

/** What a form or a JSON document says: files are taken from forms only. */
async function changeIn(ask: Ask): Promise<SnippetChange> {
  if (!ask.body.isForm) {
    const body = await ask.body.json()
    const gone = Object.entries(objectIn(body, 'files')).filter(([, file]) => file === null)
    const isPrivate = flagIn(body, 'is_private')
    const files = gone.map(([path]) => ({ path, content: null }))
    return { title: textIn(body, 'title'), isPrivate, files }
  }
  const { fields, files } = await ask.body.parts()
  const privacy = fields.get('is_private')
  for (const { name } of files) {
    if (!isTreePath(name)) throw badFields({ file: [`"${name}" is not a name of a file.`] })
  }
  const given = files.map(({ name, bytes }) => ({ path: name, content: bytes }))
  const named = new Set(given.map(({ path }) => path))
  // As the original has it: a name in `files` that brings no file is one to delete.
  const gone = fields.getAll('files').filter((path) => !named.has(path))
  return {
    title: fields.get('title') ?? undefined,
    isPrivate: privacy === null ? undefined : privacy === 'true',
    files: [...given, ...gone.map((path) => ({ path, content: null }))],
  }
}

async function make(ask: Ask, snippets: Snippets, owner: string) {
  if (owner !== OF_WORKSPACE && owner !== ask.actor.id) {
    throw new BitbucketError(403, 'You may not create snippets for others.')
  }
  const { title = '', isPrivate = true, files } = await changeIn(ask)
  if (files.length === 0) throw badFields({ file: ['required key not provided'] })
  const snippet = await snippets.make(ask.actor, { title, isPrivate, files, owner })
  const view = { ...ask, snippets, snippet }
  const location = await snippetUrl(ask, snippet)
  return new Answer(201, await presentSnippet(view), { location })
}

/** `head`: it may only be changed from there. */
async function change(ask: SnippetAsk, head?: string) {
  checkMayChange(ask)
  const given = await changeIn(ask)
  const paths = new Set(await ask.snippets.files(ask.snippet, (await commitOf(ask)).sha))
  for (const { path, content } of given.files) {
    if (content !== null) paths.add(path)
    else if (!paths.delete(path)) throw badFields({ files: [`There is no file "${path}".`] })
  }
  if (paths.size === 0) throw badFields({ files: ['A snippet needs a file.'] })
  const snippet = await ask.snippets.change(ask.actor, ask.snippet, { ...given, head })
  if (snippet) return presentSnippet({ ...ask, snippet })
  throw new BitbucketError(405, 'Only the latest revision can be changed.')
}

async function remove(ask: SnippetAsk) {
  checkMayChange(ask)
  await ask.snippets.remove(ask.snippet)
  return nothing()
}

/** A revision that has to be the newest. Throws 404, 405. */
async function newestOf(ask: SnippetAsk): Promise<string> {
  const { sha } = await commitOf(ask, ask.params['node_id'])
  if (sha === (await commitOf(ask)).sha) return sha
  throw new BitbucketError(405, 'Only the latest revision can be changed.')
}

async function fileAt(ask: SnippetAsk): Promise<{ sha: string; path: string }> {
  const { sha } = await commitOf(ask, ask.params['node_id'])
  const path = ask.params['path']!
  if ((await ask.snippets.files(ask.snippet, sha)).includes(path)) return { sha, path }
  throw new BitbucketError(404, `No such file or directory: ${path}`)
}

/** Bytes of somebody else: nothing of them is run in a page of this server. */
async function raw(ask: SnippetAsk) {
  const { sha, path } = await fileAt(ask)
  const name = encodeURIComponent(path.split('/').at(-1)!)
  return new Answer(200, await ask.snippets.read(ask.snippet, sha, path), {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${name}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  })
}

async function toNewest(ask: SnippetAsk) {
  const { sha, path } = await fileAt(ask)
  const location = fileUrl(await snippetUrl(ask, ask.snippet), sha, path)
  return new Answer(302, undefined, { location })
}

async function differences(ask: SnippetAsk, command: readonly string[]) {
  const [revision = '', other] = ask.params['revision']!.split(/\.{2,3}/)
  const { sha, parents } = await commitOf(ask, revision)
  const from = other === undefined ? parents[0] : (await commitOf(ask, other)).sha
  const folder = await ask.snippets.folder(ask.snippet)
  const isPatch = command[0] === 'format-patch'
  const series = from === undefined ? ['--root', sha] : [`${from}..${sha}`]
  const paths = ask.query.getAll('path').map((path) => `:(literal)${path}`)
  const range = isPatch ? [...series, '--'] : [from ?? EMPTY_TREE, sha, '--', ...paths]
  return text(await git([...command, ...range], { folder, limitBytes: MOST_BYTES }))
}

const DIFF = ['diff-tree', '-p', '-r', '-M', '--binary', '--no-color', '--no-ext-diff'] as const
const PATCH = ['format-patch', '--stdout', '--no-color', '--no-ext-diff', '--no-signature'] as const

function ownWatch({ actor, snippet }: SnippetAsk) {
  return { snippet_id: snippet.id, person_id: actor.id, person_name: actor.name }
}

const databaseOf = (ask: Ask) => ask.parts.context.kernel.database

async function checkWatch(ask: SnippetAsk) {
  const all = await watchersOf(databaseOf(ask), ask.snippet.id)
  if (all.some(({ person_id: id }) => id === ask.actor.id)) return nothing()
  throw new BitbucketError(404, 'You are not watching this snippet.')
}

async function watchers(ask: SnippetAsk) {
  const all = await watchersOf(databaseOf(ask), ask.snippet.id)
  const present = ({ person_id: id, person_name: name }: (typeof all)[number]) =>
    ask.people.user(id, name)
  return listing(ask, { all, present })
}

export function snippetCalls(snippets: Snippets): Call[] {
  const of = (method: Method, path: string, handle: (ask: SnippetAsk) => Promise<unknown>) =>
    signedIn(method, `/snippets/:workspace/:encoded_id${path}`, async (ask) =>
      handle(await findSnippet(ask, snippets)),
    )
  const ownerIn = (ask: Ask) => ownerAt(ask, ask.params['workspace']!)
  const commitOne = async (ask: SnippetAsk) =>
    presentSnippetCommit(ask, await commitOf(ask, ask.params['revision']))
  return [
    signedIn('GET', '/snippets', (ask) => list(ask)),
    signedIn('POST', '/snippets', (ask) => make(ask, snippets, ask.actor.id)),
    signedIn('GET', '/snippets/:workspace', async (ask) => list(ask, await ownerIn(ask))),
    signedIn('POST', '/snippets/:workspace', async (ask) =>
      make(ask, snippets, await ownerIn(ask)),
    ),
    of('GET', '', (ask) => presentSnippet(ask)),
    of('PUT', '', (ask) => change(ask)),
    of('DELETE', '', remove),
    ...snippetCommentCalls(of),
    of('GET', '/commits', async (ask) => {
      const all = await snippets.commits(ask.snippet)
      return listing(ask, { all, present: (commit) => presentSnippetCommit(ask, commit) })
    }),
    of('GET', '/commits/:revision', commitOne),
    of('GET', '/files/*path', toNewest),
    of('GET', '/watch', checkWatch),
    of('PUT', '/watch', async (ask) => {
      await databaseOf(ask).write((tx) => addWatcher(tx, ownWatch(ask)))
      return nothing()
    }),
    of('DELETE', '/watch', async (ask) => {
      await databaseOf(ask).write((tx) => removeWatcher(tx, ownWatch(ask)))
      return nothing()
    }),
    of('GET', '/watchers', watchers),
    of('GET', '/:node_id', async (ask) =>
      presentSnippet(ask, (await commitOf(ask, ask.params['node_id'])).sha),
    ),
    of('PUT', '/:node_id', async (ask) => change(ask, await newestOf(ask))),
    of('DELETE', '/:node_id', async (ask) => {
      await newestOf(ask)
      return remove(ask)
    }),
    of('GET', '/:node_id/files/*path', raw),
    of('GET', '/:revision/diff', (ask) => differences(ask, DIFF)),
    of('GET', '/:revision/patch', (ask) => differences(ask, PATCH)),
  ]
}
