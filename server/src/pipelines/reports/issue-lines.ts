import type { Issue, Severity } from './issues.ts'

interface LineFormat {
  /** Groups: file, line, column, severity, type, message. */
  pattern: RegExp
  severity(word: string): Severity
}

const byWord = (word: string): Severity =>
  /^(fatal )?error$/i.test(word) ? 'error' : /^(note|info|remark)$/i.test(word) ? 'low' : 'normal'

const javac: LineFormat = {
  // `/src/A.java:12: warning: [deprecation] x has been deprecated`
  pattern:
    /^(?:\[\w+\] )?(?<file>\S[^:\n]*\.(?:java|groovy|scala)):(?<line>\d+):(?:(?<column>\d+):)? (?<severity>warning|error)?:? ?(?:\[(?<type>[\w-]+)\] )?(?<message>.+)$/,
  severity: byWord,
}

const mavenCompiler: LineFormat = {
  // `[WARNING] /src/A.java:[12,5] [deprecation] x has been deprecated`
  pattern:
    /^\[(?<severity>WARNING|ERROR)\] (?<file>[^[\]\n]+?\.\w+):\[(?<line>\d+),(?<column>\d+)\] (?:error: )?(?:\[(?<type>[\w-]+)\] )?(?<message>.+)$/,
  severity: byWord,
}

const kotlin: LineFormat = {
  pattern:
    /^(?<severity>[we]): (?:file:\/\/)?(?<file>[^\n:]+\.kts?):(?: \(?)?(?<line>\d+)[:,] ?(?<column>\d+)\)?:? (?<message>.+)$/,
  severity: (word) => (word === 'e' ? 'error' : 'normal'),
}

const maven: LineFormat = {
  pattern: /^\[(?<severity>WARNING|ERROR)\] (?<message>(?![^[\]\n]+?\.\w+:\[\d+,\d+\] ).*\S.*)$/,
  severity: byWord,
}

const gcc: LineFormat = {
  // `main.c:3:5: warning: unused variable 'x' [-Wunused-variable]`
  pattern:
    /^(?<file>[^\s:][^:\n]*):(?<line>\d+):(?:(?<column>\d+):)? (?<severity>warning|(?:fatal )?error|note|remark): (?<message>.+?)(?: \[(?<type>-W[^\]]+)\])?$/,
  severity: byWord,
}

const pyLint: LineFormat = {
  // `app.py:3:0: C0114: Missing module docstring (missing-module-docstring)`, or `app.py:3: [C0114, f] …`
  pattern:
    /^(?<file>[^\s:][^:\n]*):(?<line>\d+):(?:(?<column>\d+):)? \[?(?<severity>[CRWEFI])(?<type>\d{4})(?:\([^)]*\))?(?:, [^\]]*)?(?:\]|:) (?<message>.+)$/,
  severity: (word) => (/[EF]/.test(word) ? 'error' : word === 'W' ? 'normal' : 'low'),
}

const flake8: LineFormat = {
  // `app.py:1:80: E501 line too long (82 > 79 characters)`
  pattern:
    /^(?<file>[^\s:][^:\n]*):(?<line>\d+):(?:(?<column>\d+):)? (?<type>(?<severity>[A-Z])[A-Z]{0,2}\d{1,4}):? (?<message>.+)$/,
  severity: (word) => (/[EF]/.test(word) ? 'normal' : 'low'),
}

const goVet: LineFormat = {
  pattern:
    /^(?:vet: )?(?<file>[^\s:][^:\n]*\.go):(?<line>\d+):(?:(?<column>\d+):)? (?<message>.+)$/,
  severity: () => 'normal',
}

const typeScript: LineFormat = {
  // `src/a.ts(3,5): error TS2322: Type …` and, with --pretty, `src/a.ts:3:5 - error TS2322: …`
  pattern:
    /^(?<file>[^\s(:][^(:\n]*)[(:](?<line>\d+)[,:](?<column>\d+)(?:\):| -) (?<severity>error|warning) (?<type>TS\d+): (?<message>.+)$/,
  severity: byWord,
}

const formats = { javac, mavenCompiler, kotlin, maven, gcc, pyLint, flake8, goVet, typeScript }
export type LineFormatName = keyof typeof formats

const LONGEST_LINE = 4096
// eslint-disable-next-line no-control-regex -- what programs colour their output with
const COLOURS = /\u001b\[[\d;]*m/g

/** Issues in what a program printed: of each line, the first format that fits. */
export function readLines(text: string, names: readonly LineFormatName[]): Issue[] {
  const issues: Issue[] = []
  for (const raw of text.split(/\r?\n/)) {
    if (raw.length > LONGEST_LINE) continue
    const line = raw.replace(COLOURS, '')
    for (const name of names) {
      const found = formats[name].pattern.exec(line)?.groups
      if (!found) continue
      issues.push(issueOf(formats[name], found))
      break
    }
  }
  return issues
}

function issueOf(format: LineFormat, found: Record<string, string | undefined>): Issue {
  const { file = '', severity = '', type = '', message = '' } = found
  const place = { file, line: Number(found['line'] ?? 0), column: Number(found['column'] ?? 0) }
  const word = format.severity(severity)
  return { ...place, severity: word, type, category: type, message: message.trim() }
}
