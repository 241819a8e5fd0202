import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** One line of the printed table. */
export interface Figure {
  what: string
  /** Ours, with its spread. */
  ours: string
  /** What it is measured beside, in the same run; empty when it stands alone. */
  peer: string
  /** Ours against the peer: median (min–max) over the rounds. */
  ratio: string
  /** The bound from the issue; empty when there is none. */
  bound: string
  /** Undefined when there is no bound, or nothing to measure against. */
  isMet: boolean | undefined
}

export interface Spread {
  min: number
  median: number
  max: number
}

export function spreadOf(samples: number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { min: sorted[0]!, median, max: sorted.at(-1)! }
}

/** `12.3 ms (11.0–15.8)` */
export function withUnit(samples: number[], unit: string): string {
  const { min, median, max } = spreadOf(samples)
  return `${short(median)} ${unit} (${short(min)}–${short(max)})`
}

/** Each of ours against the peer of the same round. */
export function ratios(ours: number[], peers: number[]): number[] {
  return ours.map((value, index) => value / peers[index]!)
}

export function ratioText(values: number[]): string {
  const { min, median, max } = spreadOf(values)
  return `${short(median)} × (${short(min)}–${short(max)})`
}

export function short(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

/** Where the figures come from; load is what else the machine was doing. */
export function machineLine(): string {
  const [first] = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = loadavg().map((value) => value.toFixed(1))
  return [
    first?.model.trim() ?? 'unknown processor',
    `${cpus().length} cores`,
    memory,
    `${type()} ${release()}`,
    `Node ${process.version}`,
    `load ${load.join(' ')}`,
  ].join(' · ')
}

const heads = ['what', 'ours', 'peer', 'ratio', 'bound', 'met']

/** The figures as a Markdown table, its columns aligned for a terminal. */
export function tableText(figures: Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    figure.ours,
    figure.peer,
    figure.ratio,
    figure.bound,
    figure.isMet === undefined ? '–' : figure.isMet ? 'yes' : 'NO',
  ])
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}
