import type { NamedRef } from '@madang/api'
import { isoOf } from './commit-read.ts'
import { git } from './git-process.ts'
import { isQueueBranch } from './queue-branch.ts'
import { readRefFiles } from './ref-files.ts'

/** Branches and tags with what they point at (an annotated tag's own id), as git has them now. */
export async function readRefs(folder: string): Promise<Map<string, string>> {
  const { refs } = await readRefFiles(folder)
  return new Map([...refs].filter(([name]) => /^refs\/(heads|tags)\//.test(name)))
}

/**
 * Branches or tags, newest commit first, each with its commit; branches of a merge queue come and
 * go and are left out. Fields are separated by 0x01, which
 * git allows in no reference; the title comes last. Tags of something that is no commit are left
 * out.
 */
export async function readNamedRefs(folder: string, root: 'heads' | 'tags'): Promise<NamedRef[]> {
  const own = ['refname', 'objectname', 'objecttype', 'authorname', 'committerdate:unix']
  const peeled = ['*objectname', '*objecttype', '*authorname', '*committerdate:unix', '*subject']
  const fields = [...own, ...peeled, 'subject'].map((name) => `%(${name})`).join('%01')
  const args = ['for-each-ref', `--format=${fields}`, '--sort=-creatordate', `refs/${root}`]
  const answer = (await git(args, { folder })).toString('utf8')
  return answer
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => parseNamedRef(line, root))
    .filter(({ name }) => root === 'tags' || !isQueueBranch(name))
}

function parseNamedRef(line: string, root: string): NamedRef[] {
  const [ref = '', sha = '', type, author = '', at = '', ...rest] = line.split('\x01')
  const [peeled = '', peeledType, peeledAuthor = '', peeledAt = '', peeledTitle = ''] = rest
  const name = ref.slice(`refs/${root}/`.length)
  const title = rest.slice(5).join('\x01')
  if (type === 'commit') return [{ name, sha, commit: { sha, title, author, at: isoOf(at) } }]
  if (peeledType !== 'commit') return []
  const commit = { sha: peeled, title: peeledTitle, author: peeledAuthor, at: isoOf(peeledAt) }
  return [{ name, sha, commit }]
}
