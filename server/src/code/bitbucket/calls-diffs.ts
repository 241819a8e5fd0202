import type { DiffFile } from '@madang/api'
import { mergeBaseOf, readCommit } from '../commit-read.ts'
import { conflictedMerge } from '../conflicts/index.ts'
import { readDiff } from '../diff-read.ts'
import { git } from '../git-process.ts'
import { type Call, inRepo, type RepoAsk, text } from './call.ts'
import { BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { presentCommit } from './present-commit.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'
import { commitAt, rangeOf } from './revisions.ts'

/** A diff beyond this is cut by the reader, not sent half: the original answers 555 there. */
const MOST_BYTES = 64 * 1024 * 1024

export async function diffText(ask: RepoAsk, range: { from: string; to: string }): Promise<Buffer> {
  const { query } = ask
  const lines = Number(query.get('context') ?? 3)
  const args = ['diff-tree', '-p', '-r', '--no-color', '--no-ext-diff', '--no-textconv']
  args.push('--src-prefix=a/', '--dst-prefix=b/', `-U${lines >= 0 && lines < 1000 ? lines : 3}`)
  if (query.get('renames') !== 'false') args.push('-M')
  if (query.get('binary') !== 'false') args.push('--binary')
  if (query.get('ignore_whitespace') === 'true') args.push('-w')
  const paths = query.getAll('path').map((path) => `:(literal)${path}`)
  const { folder } = ask.repo
  const options = { folder, limitBytes: MOST_BYTES }
  const answer = await git([...args, range.from, range.to, '--', ...paths], options)
  if (answer.length >= MOST_BYTES) throw new BitbucketError(555, 'The diff is too large.')
  return answer
}

const statuses: Record<DiffFile['status'], string> = {
  added: 'added',
  modified: 'modified',
  deleted: 'removed',
  renamed: 'renamed',
  copied: 'added',
  typeChanged: 'modified',
}

/** A path limits to a file, or to all that a folder holds. */
const withSlash = (path: string) => `${path.replace(/\/+$/, '')}/`

export async function diffstat(ask: RepoAsk, range: { from: string; to: string }) {
  const { files } = await readDiff(ask.repo.folder, range.from, range.to)
  const paths = ask.query.getAll('path')
  const isIn = (file: string) => paths.some((path) => `${file}/`.startsWith(withSlash(path)))
  const all = files.filter((file) => paths.length === 0 || isIn(file.path))
  const url = await repoUrl(ask, ask.repo)
  const side = (path: string, sha: string): Json => ({
    type: 'commit_file',
    path,
    escaped_path: encodeURI(path),
    links: { self: { href: `${url}/src/${sha}/${encodeURI(path)}` } },
  })
  const present = (file: DiffFile): Json => ({
    type: 'diffstat',
    status: statuses[file.status],
    lines_added: file.added,
    lines_removed: file.removed,
    old: file.status === 'added' ? null : side(file.oldPath ?? file.path, range.from),
    new: file.status === 'deleted' ? null : side(file.path, range.to),
  })
  return listing(ask, { all, present, usual: 500, most: 5000 })
}

export async function patchText(ask: RepoAsk, range: { from: string; to: string }) {
  const args = ['format-patch', '--stdout', '--no-color', '--no-ext-diff', '--no-signature']
  const isRoot = range.from.startsWith('4b825dc6')
  args.push(...(isRoot ? ['--root', range.to] : [`${range.from}..${range.to}`]))
  return git([...args, '--'], { folder: ask.repo.folder, limitBytes: MOST_BYTES })
}

/** Files that a merge of the first into the second would leave to somebody; `first..second`. */
async function fileConflicts(ask: RepoAsk) {
  const [one = '', other = ''] = ask.params['spec']!.split(/\.{2,3}/)
  if (other === '') throw new BitbucketError(400, 'The spec names two commits: first..second.')
  const sides = { head: await commitAt(ask, one), target: await commitAt(ask, other) }
  const { files } = await conflictedMerge(ask.repo.folder, sides)
  const present = ({ path, source, target }: (typeof files)[number]): Json => ({
    path,
    scenario: source && target ? 'content' : 'delete',
  })
  return listing(ask, { all: files, present })
}

async function mergeBase(ask: RepoAsk) {
  const [one = '', other = ''] = ask.params['revspec']!.split('..')
  const { folder } = ask.repo
  const base = await mergeBaseOf(folder, await commitAt(ask, one), await commitAt(ask, other))
  if (base === undefined) throw new BitbucketError(404, 'No common ancestor')
  return presentCommit(ask, ask.repo, await readCommit(folder, base))
}

const spec = (ask: RepoAsk) => rangeOf(ask, ask.params['spec']!)
const reading = inRepo('viewer')

export const diffCalls: Call[] = [
  reading('GET', '/diff/*spec', async (ask) => text(await diffText(ask, await spec(ask)))),
  reading('GET', '/diffstat/*spec', async (ask) => diffstat(ask, await spec(ask))),
  reading('GET', '/patch/*spec', async (ask) => text(await patchText(ask, await spec(ask)))),
  reading('GET', '/file-conflicts/*spec', fileConflicts),
  reading('GET', '/merge-base/*revspec', mergeBase),
]
