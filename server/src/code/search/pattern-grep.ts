import { gitWithCode, GitFailure } from '../git-process.ts'
import { type FoundLines, shorten } from './file-lines.ts'
import { refuseSearch } from './question.ts'

const MOST_LINES = 5

/**
 * Lines of some files that match an extended regular expression, by `git grep`: its engine needs no
 * more than linear time, and a process of its own can be stopped.
 */
export async function grepFiles(given: {
  folder: string
  sha: string
  pattern: string
  matchCase: boolean
  paths: string[]
}): Promise<Map<string, FoundLines>> {
  const { folder, sha, pattern, matchCase, paths } = given
  const asked = ['grep', '-z', '-n', '-I', '-E', '--no-color', '--full-name']
  if (!matchCase) asked.push('-i')
  const where = [sha, '--', ...paths.map((path) => `:(literal)${path}`)]
  const run = async (more: string[]) => {
    const args = [...asked, ...more, '-e', pattern, ...where]
    const accept = [0, 1] // 1: no file matches
    return (await gitWithCode(args, { folder, accept, limitBytes: 4 * 1024 * 1024 })).stdout
  }
  try {
    const [whole, parts] = await Promise.all([
      run(['-m', String(MOST_LINES + 1)]),
      run(['-m', String(MOST_LINES), '--column', '-o']),
    ])
    return merge(rowsOf(whole, 2), rowsOf(parts, 3), sha)
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    const reason = error.stderr.replace(/^fatal: (?:command line, '.*': )?/s, '').trim()
    throw refuseSearch('searchPatternInvalid', { reason: reason.slice(0, 200) })
  }
}

interface Row {
  path: string
  numbers: number[]
  text: string
}

/** `<sha>:<path>NUL<line>NUL[<column>NUL]<text>LF`; a text holds no line break and no NUL. */
function rowsOf(answer: Buffer, fields: 2 | 3): Row[] {
  return answer
    .toString('utf8')
    .split('\n')
    .flatMap((row) => {
      const parts = row.split('\0')
      if (parts.length <= fields - 1) return []
      const path = parts[0]!.slice(parts[0]!.indexOf(':') + 1)
      return [
        { path, numbers: parts.slice(1, fields).map(Number), text: parts.slice(fields).join('') },
      ]
    })
}

function merge(whole: Row[], parts: Row[], _sha: string): Map<string, FoundLines> {
  const found = new Map<string, FoundLines>()
  for (const { path, numbers, text } of whole) {
    const file = found.get(path) ?? { lines: [], hasMore: false }
    found.set(path, file)
    if (file.lines.length === MOST_LINES) {
      file.hasMore = true
      continue
    }
    const number = numbers[0]!
    const mine = parts.filter((part) => part.path === path && part.numbers[0] === number)
    const ranges = mine.map((part): [number, number] => {
      const start = charactersIn(text, part.numbers[1]! - 1)
      return [start, start + part.text.length]
    })
    file.lines.push(shorten({ number, text: text.replace(/\r$/, ''), ranges }))
  }
  return found
}

/** git counts columns in bytes. */
function charactersIn(text: string, bytes: number): number {
  return Buffer.from(text).subarray(0, bytes).toString('utf8').length
}
