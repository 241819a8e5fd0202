import type { Position, SourceFinding } from '../groovy/index.ts'

/** Groovy's compiler gives up at the tenth error. */
const MOST_FINDINGS = 10

/** Collects findings in the order Jenkins would report them. */
export class Findings {
  readonly list: SourceFinding[] = []

  add(at: Position, message: string): void {
    if (this.list.length >= MOST_FINDINGS) return
    this.list.push({ message, line: at.line, column: at.column })
  }
}

/**
 * What Jenkins prints for findings: "startup failed:", each finding with its source line and a
 * caret, and their number. `fileName` is what Jenkins calls the script.
 */
export function describeErrors(
  findings: readonly SourceFinding[],
  source: string,
  fileName = 'WorkflowScript',
): string {
  const lines = source.split(/\r\n|\n|\r/)
  const shown = findings.map(({ message, line, column }) => {
    if (line === 0) return `${message}\n`
    const head = `${fileName}: ${line}: ${message} @ line ${line}, column ${column}.`
    return `${head}\n${sample(lines[line - 1] ?? '', column)}\n`
  })
  const count = findings.length === 1 ? '1 error' : `${findings.length} errors`
  return `startup failed:\n${shown.join('\n')}\n${count}\n`
}

/** Groovy shows thirty characters before the place and ten after it once it is past column 40. */
function sample(text: string, column: number): string {
  const marker = `${' '.repeat(Math.max(0, column - 1))}^`
  if (column <= 40) return `   ${text}\n   ${marker}`
  const start = column - 31
  const end = column + 10 > text.length ? text.length : column + 9
  return `   ${text.slice(start, end)}\n   ${marker.slice(start)}`
}

/** The name nearest to `wanted`: what a person meant who mistyped. */
export function nearest(wanted: string, names: readonly string[]): string {
  let best = ''
  let bestDistance = Infinity
  for (const name of names) {
    const distance = editDistance(wanted, name)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best === '' ? 'null' : best
}

/** Insertions, deletions, substitutions and swaps of neighbours; a difference of case costs least. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at * 10)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i * 10]
    for (let j = 1; j <= b.length; j += 1) {
      const [x, y] = [a[i - 1]!, b[j - 1]!]
      const change = x === y ? 0 : x.toLowerCase() === y.toLowerCase() ? 1 : 10
      let least = Math.min(previous[j]! + 10, row[j - 1]! + 10, previous[j - 1]! + change)
      const swapped = i > 1 && j > 1 && x === b[j - 2] && y === a[i - 2]
      if (swapped) least = Math.min(least, before[j - 2]! + 10)
      row.push(least)
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}
