import type { Diff } from '@madang/api'
import type { CodeContext, OpenRepo } from './context.ts'
import { EMPTY_TREE, readDiff } from './diff-read.ts'
import { baseOf } from './pull-request-view.ts'
import type { PullRequestRow } from './tables.ts'

/** Where a comment was written. Lines count from 1 in the file of its side. */
export interface StoredPlace {
  path: string
  line: number
  /** Its first line, when it is about several. */
  startLine?: number
  side: 'old' | 'new'
  head: string
  /** Where the pull request began then; missing in comments of before this was kept. */
  base?: string
}

/** Where that is in the diff as it is now. */
export interface PlaceNow {
  isOutdated: boolean
  /** Missing once the line is gone. */
  lineNow?: number
  startLineNow?: number
  pathNow?: string
}

export interface Anchors {
  head: string
  base: string
  now(place: StoredPlace): Promise<PlaceNow>
}

/**
 * Follows lines from the commit a comment was written on to the one shown now, through the diff
 * between the two: a line that diff removes or changes is outdated, all others move along.
 */
export async function createAnchors(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<Anchors> {
  const { head } = pull
  const base = (await baseOf(context, repo, pull)) ?? EMPTY_TREE
  const diffs = new Map<string, Promise<Diff>>()
  const between = (from: string, to: string) => {
    const key = `${from} ${to}`
    const diff = diffs.get(key) ?? readDiff(repo.folder, from, to)
    diffs.set(key, diff)
    return diff
  }
  return {
    head,
    base,
    async now(place) {
      const [from, to] = place.side === 'new' ? [place.head, head] : [place.base ?? base, base]
      if (from === to) return stay(place)
      // A rebased or forced head may have been pruned since: the line is then nowhere.
      if (!(await context.objects.info(repo.folder, from))) return { isOutdated: true }
      return follow(await between(from, to), place)
    },
  }
}

function stay({ line, startLine, path }: StoredPlace): PlaceNow {
  return { isOutdated: false, lineNow: line, startLineNow: startLine, pathNow: path }
}

export function follow(diff: Diff, place: StoredPlace): PlaceNow {
  const file = diff.files.find((entry) => (entry.oldPath ?? entry.path) === place.path)
  if (!file) return diff.truncated ? { isOutdated: true } : stay(place)
  if (file.status === 'deleted' || file.truncated) return { isOutdated: true }
  const line = lineAfter(file, place.line)
  const startLine = place.startLine === undefined ? undefined : lineAfter(file, place.startLine)
  const isLost = line === undefined || (place.startLine !== undefined && startLine === undefined)
  if (isLost) return { isOutdated: true }
  // Lines that came in between would be taken for what was meant.
  const isTorn = startLine !== undefined && line - startLine !== place.line - place.startLine!
  if (isTorn) return { isOutdated: true }
  return { isOutdated: false, lineNow: line, startLineNow: startLine, pathNow: file.path }
}

function lineAfter(file: Diff['files'][number], line: number): number | undefined {
  let shift = 0
  for (const hunk of file.hunks) {
    // A hunk without old lines stands behind the line it names.
    const first = hunk.oldLines === 0 ? hunk.oldStart + 1 : hunk.oldStart
    if (line < first) break
    if (line < first + hunk.oldLines) return hunk.lines.find((entry) => entry.old === line)?.new
    shift = hunk.newStart + hunk.newLines - (hunk.oldStart + hunk.oldLines)
    if (hunk.oldLines === 0) shift--
    if (hunk.newLines === 0) shift++
  }
  return line + shift
}
