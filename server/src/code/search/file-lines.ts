import type { CodeHit } from '@madang/api'

export interface FoundLines {
  lines: CodeHit['lines']
  hasMore: boolean
}

const MOST_LINES = 5
const LONGEST_LINE = 500

/** The lines that hold a text, with the places in them; undefined when none does. */
export function linesWith(
  file: string,
  wanted: string,
  matchCase: boolean,
): FoundLines | undefined {
  const needle = matchCase ? wanted : wanted.toLowerCase()
  const hay = matchCase ? file : file.toLowerCase()
  // A few letters (İ) change their length with their case: places would then be off.
  if (hay.length !== file.length) return linesWith(file, wanted, true)
  const lines: CodeHit['lines'] = []
  let number = 1
  let counted = 0
  for (let at = hay.indexOf(needle); at >= 0;) {
    const start = hay.lastIndexOf('\n', at - 1) + 1
    const end = endOf(hay, at + needle.length)
    if (lines.length === MOST_LINES) return { lines, hasMore: true }
    for (let next = hay.indexOf('\n', counted); next >= 0 && next < at;) {
      number++
      counted = next + 1
      next = hay.indexOf('\n', counted)
    }
    const ranges = rangesIn(hay.slice(start, end), needle)
    lines.push(shorten({ number, text: file.slice(start, end), ranges }))
    at = hay.indexOf(needle, end)
  }
  return lines.length > 0 ? { lines, hasMore: false } : undefined
}

function endOf(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  const last = end < 0 ? text.length : end
  return text[last - 1] === '\r' ? last - 1 : last
}

function rangesIn(line: string, needle: string): [number, number][] {
  const ranges: [number, number][] = []
  for (let at = line.indexOf(needle); at >= 0 && ranges.length < 50;) {
    ranges.push([at, at + needle.length])
    at = line.indexOf(needle, at + needle.length)
  }
  return ranges
}

type Line = CodeHit['lines'][number]

/** Of a very long line only what surrounds the first place. */
export function shorten(line: Line): Line {
  if (line.text.length <= LONGEST_LINE) return line
  const first = line.ranges[0]?.[0] ?? 0
  const start = Math.max(0, first - 100)
  const text = line.text.slice(start, start + LONGEST_LINE)
  const ranges = line.ranges
    .map(([from, to]): [number, number] => [from - start, Math.min(to - start, text.length)])
    .filter(([from]) => from < text.length)
  return { ...line, text, ranges }
}
