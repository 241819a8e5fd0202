import type { PullConflictFile, PullConflictSegment, PullResolution } from '@madang/api'

/** What somebody decided about one place: a side, both, or words of their own. */
export interface Choice {
  take: 'source' | 'target' | 'both' | 'text'
  text?: string
}

/** By path for whole files, by path and number of the segment for places in a text. */
export type Choices = Record<string, Choice | undefined>

type Hunk = Extract<PullConflictSegment, { kind: 'conflict' }>

export const placeOf = (path: string, index: number): string => `${path}\n${index}`

/** What a place becomes; undecided places begin with both, as a start for writing. */
export function textOf({ source, target }: Hunk, choice: Choice | undefined): string {
  if (choice?.take === 'source') return source
  if (choice?.take === 'target') return target
  if (choice?.take === 'text') return choice.text ?? ''
  const gap = source === '' || source.endsWith('\n') ? '' : '\n'
  return `${source}${gap}${target}`
}

export function isDecided(
  { path, kind, segments = [] }: PullConflictFile,
  choices: Choices,
): boolean {
  if (kind !== 'text') return choices[path] !== undefined
  return segments.every(
    (segment, index) => segment.kind === 'same' || choices[placeOf(path, index)] !== undefined,
  )
}

/** The decision about a file as the server takes it. */
export function decisionOf(
  { path, kind, segments = [] }: PullConflictFile,
  choices: Choices,
): PullResolution['files'][number] {
  if (kind !== 'text') {
    return { path, take: choices[path]?.take === 'target' ? 'target' : 'source' }
  }
  const text = segments
    .map((segment, index) =>
      segment.kind === 'same' ? segment.text : textOf(segment, choices[placeOf(path, index)]),
    )
    .join('')
  return { path, take: 'text', text }
}
