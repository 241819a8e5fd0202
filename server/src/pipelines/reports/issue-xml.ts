import { UnreadableReport, walkXml } from './elements.ts'
import type { Issue, Severity } from './issues.ts'

const number = (text: string | undefined) => Math.max(0, Math.trunc(Number(text ?? 0))) || 0

const need = (has: boolean, root: string) => {
  if (!has) throw new UnreadableReport(`it has no <${root}>`)
}

/** `checkstyle` / `file name` / `error line column severity message source`: many linters write it. */
export function readCheckStyle(xml: string): Issue[] {
  const issues: Issue[] = []
  let file = ''
  let isReport = false
  const severities: Record<string, Severity> = { error: 'error', warning: 'normal', info: 'low' }
  walkXml(xml, {
    open(name, { line, column, severity, message = '', source = '', name: path }) {
      if (name === 'checkstyle') isReport = true
      if (name === 'file') file = path ?? ''
      if (name !== 'error' || severity === 'ignore') return
      const parts = source.split('.')
      const type = (parts.at(-1) ?? '').replace(/Check$/, '')
      const category = parts.length > 1 ? parts.at(-2)! : ''
      const place = { file, line: number(line), column: number(column) }
      issues.push({
        ...place,
        severity: severities[severity ?? ''] ?? 'normal',
        type,
        category: category === '' ? '' : category[0]!.toUpperCase() + category.slice(1),
        message,
      })
    },
  })
  need(isReport, 'checkstyle')
  return issues
}

/** `pmd` / `file name` / `violation beginline begincolumn rule ruleset priority`. */
export function readPmd(xml: string): Issue[] {
  const issues: Issue[] = []
  const severities: Severity[] = ['error', 'error', 'high', 'normal', 'low', 'low']
  let file = ''
  let open: Issue | undefined
  let isReport = false
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'pmd') isReport = true
      if (name === 'file') file = attributes['name'] ?? ''
      if (name !== 'violation') return
      open = {
        file,
        line: number(attributes['beginline']),
        column: number(attributes['begincolumn']),
        severity: severities[number(attributes['priority'])] ?? 'normal',
        type: attributes['rule'] ?? '',
        category: attributes['ruleset'] ?? '',
        message: '',
      }
    },
    text(text) {
      if (open) open.message += text
    },
    close(name) {
      if (name !== 'violation' || !open) return
      issues.push({ ...open, message: open.message.trim() })
      open = undefined
    },
  })
  need(isReport, 'pmd')
  return issues
}

/** `pmd-cpd` / `duplication lines` / `file path line`: an issue for each copy. */
export function readCpd(xml: string): Issue[] {
  const issues: Issue[] = []
  let lines = 0
  let isReport = false
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'pmd-cpd') isReport = true
      if (name === 'duplication') lines = number(attributes['lines'])
      if (name !== 'file' || !isReport) return
      const severity = lines >= 50 ? 'high' : lines >= 25 ? 'normal' : 'low'
      const place = { file: attributes['path'] ?? '', line: number(attributes['line']), column: 0 }
      const message = `Found duplicated code of ${lines} lines.`
      issues.push({ ...place, severity, type: 'CPD', category: '', message })
    },
  })
  need(isReport, 'pmd-cpd')
  return issues
}

/** `BugCollection` / `BugInstance type priority category` with `LongMessage` and a `SourceLine`. */
export function readSpotBugs(xml: string): Issue[] {
  const issues: Issue[] = []
  let open: Issue | undefined
  let depth = 0
  let isMessage = false
  let isReport = false
  const severities: Severity[] = ['high', 'high', 'normal', 'low']
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'BugCollection') isReport = true
      if (open) depth++
      if (name === 'BugInstance') {
        const severity = severities[number(attributes['priority'])] ?? 'low'
        const { type = '', category = '' } = attributes
        open = { file: '', line: 0, column: 0, severity, type, category, message: '' }
        depth = 0
      } else if (open && name === 'LongMessage') isMessage = true
      else if (open && name === 'SourceLine' && (depth === 1 || open.file === '')) {
        open.file = attributes['sourcepath'] ?? attributes['sourcefile'] ?? ''
        open.line = number(attributes['start'])
      }
    },
    text(text) {
      if (open && isMessage) open.message += text
    },
    close(name) {
      if (name === 'LongMessage') isMessage = false
      if (name === 'BugInstance' && open) {
        issues.push({ ...open, message: open.message.trim() || open.type })
        open = undefined
      } else if (open) depth--
    },
  })
  need(isReport, 'BugCollection')
  return issues
}
