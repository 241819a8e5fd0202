import type { DiffFile } from '@madang/api'
import { decodeText } from './text-content.ts'

const MOST_LINES_PER_FILE = 5000

type Hunk = DiffFile['hunks'][number]

/** Reads a patch into the files it belongs to; git prints both in the same order. */
export class PatchParser {
  readonly #files: DiffFile[]

  constructor(files: DiffFile[]) {
    this.#files = files
  }

  /**
   * `isCut`: the patch stops somewhere; the last file it reached and those after it are
   * truncated.
   */
  parse(patch: Buffer, isCut: boolean): DiffFile[] {
    const sections = splitSections(patch)
    let at = 0
    for (const file of this.#files) {
      const own = sections.slice(at, at + sectionsOf(file))
      at += own.length
      for (const section of own) readSection(file, section)
      if (isCut && at >= sections.length) file.truncated = true
    }
    return this.#files
  }
}

/** A change of type (file to link) is printed as a deletion and a creation. */
function sectionsOf(file: DiffFile): number {
  return file.status === 'typeChanged' ? 2 : 1
}

/**
 * Cuts at lines that begin with `diff --git `: inside hunks every line begins with ` `, `+`, `-`
 * or `\`.
 */
function splitSections(patch: Buffer): Buffer[] {
  const mark = Buffer.from('diff --git ')
  const starts: number[] = []
  for (let at = patch.indexOf(mark); at >= 0; at = patch.indexOf(mark, at + 1)) {
    if (at === 0 || patch[at - 1] === 10) starts.push(at)
  }
  return starts.map((start, index) => patch.subarray(start, starts[index + 1] ?? patch.length))
}

function readSection(file: DiffFile, section: Buffer): void {
  const lines = decodeText(section).text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let hunk: Hunk | undefined
  let count = 0
  const place = { old: 0, new: 0 }
  for (const line of lines) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(line)
    if (head) {
      hunk = hunkOf(head)
      place.old = hunk.oldStart
      place.new = hunk.newStart
      file.hunks.push(hunk)
    } else if (hunk) {
      if (++count > MOST_LINES_PER_FILE) {
        file.truncated = true
        return
      }
      addLine(hunk, line, place)
    }
  }
}

function hunkOf(head: RegExpExecArray): Hunk {
  return {
    oldStart: Number(head[1]),
    oldLines: Number(head[2] ?? 1),
    newStart: Number(head[3]),
    newLines: Number(head[4] ?? 1),
    heading: head[5] ?? '',
    lines: [],
  }
}

function addLine(hunk: Hunk, line: string, place: { old: number; new: number }): void {
  const text = line.slice(1)
  const last = hunk.lines.at(-1)
  if (line.startsWith('+')) hunk.lines.push({ kind: 'added', new: place.new++, text })
  else if (line.startsWith('-')) hunk.lines.push({ kind: 'removed', old: place.old++, text })
  else if (line.startsWith('\\') && last) last.noNewline = true
  else hunk.lines.push({ kind: 'context', old: place.old++, new: place.new++, text })
}
