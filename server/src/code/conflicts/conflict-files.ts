import { git, gitWithCode, records } from '../git-process.ts'

/** One side's version of a file. */
export interface Version {
  mode: string
  sha: string
}

/** A file that both sides changed in the same places; a version is missing where it is deleted. */
export interface ConflictFile {
  path: string
  base: Version | undefined
  source: Version | undefined
  target: Version | undefined
}

export interface ConflictedMerge {
  /** The merge as far as git could make it; conflicted files hold markers. */
  tree: string
  files: ConflictFile[]
}

const STAGES = { 1: 'base', 2: 'source', 3: 'target' } as const

/** Merges the target into the source without a working tree, and lists what is left to decide. */
export async function conflictedMerge(
  folder: string,
  { head, target }: { head: string; target: string },
): Promise<ConflictedMerge> {
  const args = ['merge-tree', '--write-tree', '-z', '--no-messages', head, target]
  const answer = await gitWithCode(args, { folder, accept: [0, 1] })
  const [tree = '', ...rows] = records(answer.stdout)
  const files = new Map<string, ConflictFile>()
  for (const row of rows) {
    const [, mode = '', sha = '', stage = '', path = ''] =
      /^(\d{6}) ([0-9a-f]{40}) ([123])\t(.+)$/s.exec(row) ?? []
    if (path === '') continue
    const none = { path, base: undefined, source: undefined, target: undefined }
    const file: ConflictFile = files.get(path) ?? none
    file[STAGES[Number(stage) as 1 | 2 | 3]] = { mode, sha }
    files.set(path, file)
  }
  return { tree, files: [...files.values()] }
}

/** Where it is equal or merged by itself, and where somebody has to choose. Ends of lines stay. */
export type Segment =
  | { kind: 'same'; text: string }
  | { kind: 'conflict'; source: string; base: string; target: string }

// As long as no line of a real file is likely to be, so markers in a file are not taken for git's.
const MARKER = 47
const begins = (line: string, sign: string) => line.startsWith(sign.repeat(MARKER))

/** Reads what `git merge-file --diff3` writes with our size of markers. */
export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = []
  let same = ''
  let open: { source: string; base: string; target: string } | undefined
  let side: 'source' | 'base' | 'target' = 'source'
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (!open && begins(line, '<')) {
      if (same !== '') segments.push({ kind: 'same', text: same })
      same = ''
      open = { source: '', base: '', target: '' }
      side = 'source'
    } else if (open && begins(line, '|')) side = 'base'
    else if (open && begins(line, '=')) side = 'target'
    else if (open && begins(line, '>')) {
      segments.push({ kind: 'conflict', ...open })
      open = undefined
    } else if (open) open[side] += line
    else same += line
  }
  if (same !== '') segments.push({ kind: 'same', text: same })
  return segments
}

/** Merges three files on disk; undefined when git takes them for binary. */
export async function mergeFiles(
  folder: string,
  files: { source: string; base: string; target: string },
): Promise<string | undefined> {
  const args = ['merge-file', '-p', '--diff3', `--marker-size=${MARKER}`]
  const { source, base, target } = files
  // 0 to 127: the number of conflicts; above, an error such as a binary file.
  const accept = Array.from({ length: 128 }, (_, code) => code)
  const answer = await gitWithCode([...args, source, base, target], {
    folder,
    accept: [...accept, 255],
  })
  return answer.exitCode === 255 ? undefined : answer.stdout.toString('utf8')
}

export const blobOf = (folder: string, version: Version | undefined): Promise<Buffer> =>
  version ? git(['cat-file', 'blob', version.sha], { folder }) : Promise.resolve(Buffer.alloc(0))
