import { UnreadableReport, walkXml } from './elements.ts'

export interface Ratio {
  covered: number
  total: number
}

export interface FileCoverage {
  path: string
  line: Ratio
  branch: Ratio
}

export interface Coverage {
  line: Ratio
  branch: Ratio
  files: FileCoverage[]
}

export const coverageParsers = {
  JACOCO: { name: 'JaCoCo Coverage Reports', pattern: '**/jacoco.xml', read: readJacoco },
  COBERTURA: {
    name: 'Cobertura Coverage Reports',
    pattern: '**/cobertura.xml',
    read: readCobertura,
  },
  LCOV: { name: 'LCOV Coverage Reports', pattern: '**/lcov.info', read: readLcov },
}
export type CoverageParser = keyof typeof coverageParsers

const none = (): Ratio => ({ covered: 0, total: 0 })

/** In percent; undefined when there is nothing to cover. */
export function percentOf({ covered, total }: Ratio): number | undefined {
  return total === 0 ? undefined : (covered / total) * 100
}

/** Several reports as one: of a file that is in more than one, the best of each. */
export function mergeCoverage(reports: readonly FileCoverage[][]): Coverage {
  const files = new Map<string, FileCoverage>()
  const best = (a: Ratio, b: Ratio) => (b.total > a.total || b.covered > a.covered ? b : a)
  for (const file of reports.flat()) {
    const known = files.get(file.path)
    const merged = known && {
      line: best(known.line, file.line),
      branch: best(known.branch, file.branch),
    }
    files.set(file.path, { ...file, ...merged })
  }
  const all = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const sum = (of: (file: FileCoverage) => Ratio) =>
    all.map(of).reduce((total, each) => add(total, each.covered, each.total), none())
  return { line: sum(({ line }) => line), branch: sum(({ branch }) => branch), files: all }
}

const add = (ratio: Ratio, covered: number, total: number): Ratio => ({
  covered: ratio.covered + covered,
  total: ratio.total + total,
})

const count = (text: string | undefined) => {
  const number = Number(text ?? 0)
  if (Number.isFinite(number) && number >= 0) return number
  throw new UnreadableReport(`"${text}" is no number`)
}

/** `report` / `package` / `sourcefile` / `counter type="LINE" missed covered`. */
export function readJacoco(xml: string): FileCoverage[] {
  const files: FileCoverage[] = []
  let folder = ''
  let file: FileCoverage | undefined
  let isReport = false
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'report') isReport = true
      else if (name === 'package') folder = attributes['name'] ?? ''
      else if (name === 'sourcefile') {
        const path = [folder, attributes['name']].filter(Boolean).join('/')
        file = { path, line: none(), branch: none() }
        files.push(file)
      } else if (name === 'counter' && file) {
        const covered = count(attributes['covered'])
        const ratio = { covered, total: covered + count(attributes['missed']) }
        if (attributes['type'] === 'LINE') file.line = ratio
        if (attributes['type'] === 'BRANCH') file.branch = ratio
      }
    },
    close(name) {
      if (name === 'sourcefile') file = undefined
    },
  })
  if (!isReport) throw new UnreadableReport('it has no <report>')
  return files
}

/** `class filename` / `line number hits branch condition-coverage="50% (1/2)"`. */
export function readCobertura(xml: string): FileCoverage[] {
  const lines = new Map<string, Map<number, { hits: number; branch: Ratio }>>()
  let current: Map<number, { hits: number; branch: Ratio }> | undefined
  let isReport = false
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'coverage') isReport = true
      if (name === 'class') {
        const path = attributes['filename'] ?? ''
        current = lines.get(path) ?? new Map()
        lines.set(path, current)
      }
      if (name !== 'line' || !current) return
      const [, covered, total] =
        /\((\d+)\/(\d+)\)/.exec(attributes['condition-coverage'] ?? '') ?? []
      const branch = { covered: count(covered), total: count(total) }
      const number = count(attributes['number'])
      const hits = count(attributes['hits'])
      // A line stands in its method and in its class.
      const known = current.get(number)
      if (!known || known.hits <= hits) current.set(number, { hits, branch })
    },
    close(name) {
      if (name === 'class') current = undefined
    },
  })
  if (!isReport) throw new UnreadableReport('it has no <coverage>')
  return [...lines].map(([path, of]) => {
    const all = [...of.values()]
    const covered = all.filter(({ hits }) => hits > 0).length
    const branch = all.reduce(
      (sum, each) => add(sum, each.branch.covered, each.branch.total),
      none(),
    )
    return { path, line: { covered, total: all.length }, branch }
  })
}

/** `SF:` begins a file, `DA:line,hits`, `BRDA:line,block,branch,taken`, `end_of_record` ends it. */
export function readLcov(text: string): FileCoverage[] {
  const files: FileCoverage[] = []
  let file: FileCoverage | undefined
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':')
    const [key, rest] = at < 0 ? [line.trim(), ''] : [line.slice(0, at), line.slice(at + 1)]
    if (key === 'SF') {
      file = { path: rest.trim(), line: none(), branch: none() }
      files.push(file)
    } else if (key === 'end_of_record') file = undefined
    else if (key === 'DA' && file) {
      file.line = add(file.line, count(rest.split(',')[1]) > 0 ? 1 : 0, 1)
    } else if (key === 'BRDA' && file) {
      const taken = rest.split(',')[3] ?? '-'
      file.branch = add(file.branch, taken !== '-' && Number(taken) > 0 ? 1 : 0, 1)
    }
  }
  if (files.length === 0) throw new UnreadableReport('it names no file')
  return files
}
