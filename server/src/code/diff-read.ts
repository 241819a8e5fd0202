import type { Diff, DiffFile } from '@madang/api'
import { PatchParser } from './diff-parse.ts'
import { gitWithCode } from './git-process.ts'

/** git's empty tree: what a first commit is compared with. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const MOST_FILES = 1000
const MOST_BYTES = 4 * 1024 * 1024

const statuses: Record<string, DiffFile['status']> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'typeChanged',
}

/**
 * What changes from one tree-ish to another, with hunks. Of a very large diff the list of files and
 * counts stays whole while hunks end early; `truncated` says so.
 */
export async function readDiff(folder: string, from: string, to: string): Promise<Diff> {
  const args = ['diff-tree', '-r', '-z', '-M', '--raw', '--numstat', '--patch', '--full-index']
  args.push('--no-color', '--no-ext-diff', '--no-textconv', '--src-prefix=a/', '--dst-prefix=b/')
  const answer = await gitWithCode([...args, from, to, '--'], { folder, limitBytes: MOST_BYTES })
  const { files, patchAt } = parseFileList(answer.stdout)
  const patch = new PatchParser(files).parse(answer.stdout.subarray(patchAt), answer.isCut)
  const shown = patch.slice(0, MOST_FILES)
  return {
    files: shown,
    added: files.reduce((sum, file) => sum + file.added, 0),
    removed: files.reduce((sum, file) => sum + file.removed, 0),
    truncated: answer.isCut || shown.length < files.length || shown.some((file) => file.truncated),
  }
}

/**
 * Reads the `--raw -z` and `--numstat -z` parts, which come before the patch in the same order.
 */
function parseFileList(answer: Buffer): { files: DiffFile[]; patchAt: number } {
  const fields = new NulFields(answer)
  const files: DiffFile[] = []
  while (fields.peek() === ':') files.push(rawEntry(fields))
  for (const file of files) numstatEntry(fields, file)
  // An empty field stands between the lists and the patch.
  if (fields.at < answer.length && answer[fields.at] === 0) fields.at++
  return { files, patchAt: fields.at }
}

function rawEntry(fields: NulFields): DiffFile {
  const [oldMode = '', newMode = '', , , letter = 'M'] = fields.next().slice(1).split(' ')
  const status = statuses[letter[0]!] ?? 'modified'
  const first = fields.next()
  const isMove = status === 'renamed' || status === 'copied'
  const path = isMove ? fields.next() : first
  return {
    path,
    oldPath: isMove ? first : undefined,
    status,
    oldMode,
    newMode,
    isBinary: false,
    added: 0,
    removed: 0,
    hunks: [],
    truncated: false,
  }
}

function numstatEntry(fields: NulFields, file: DiffFile): void {
  const [added = '0', removed = '0', path = ''] = fields.next().split('\t')
  if (path === '' && file.oldPath !== undefined) {
    fields.next()
    fields.next()
  }
  file.isBinary = added === '-'
  file.added = Number(added) || 0
  file.removed = Number(removed) || 0
}

class NulFields {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  peek(): string {
    return this.#bytes.toString('latin1', this.at, this.at + 1)
  }

  next(): string {
    const end = this.#bytes.indexOf(0, this.at)
    const stop = end < 0 ? this.#bytes.length : end
    const text = this.#bytes.toString('utf8', this.at, stop)
    this.at = stop + 1
    return text
  }
}
