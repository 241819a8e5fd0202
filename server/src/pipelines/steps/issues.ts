import { readFile } from 'node:fs/promises'
import { abortException, type Call, fromJson, type Step, SYMBOL, toJson } from '../engine/index.ts'
import { parseColumn, userRegex } from '../../kernel/index.ts'
import {
  compareIssues,
  identityOf,
  type Issue,
  type IssueTool,
  issueTools,
  withoutDuplicates,
} from '../reports/index.ts'
import { type IssuesSummary, putReport, reportBefore, type StoredIssue } from '../store-reports.ts'
import type { PipelinesTables } from '../tables.ts'
import { applyGate, gatesIn, judge, type Judged, type QualityGate } from './quality-gates.ts'
import { plural, readReports, type Speak, speaker } from './report-files.ts'

const MOST_ISSUES = 5000

interface Wanted {
  tool: IssueTool
  id: string
  name: string
  pattern: string | undefined
}

/** `recordIssues(tools: [java(), checkStyle(pattern: '…')], qualityGates: […])`. */
export const recordIssues: Step = {
  kind: 'own',
  needsNode: true,
  positional: ['tools'],
  async run(call) {
    const { args, session } = call
    const given = toJson(args.value('tools') ?? args.value('tool'))
    const wanted = (Array.isArray(given) ? given : [given]).filter(Boolean).map(toolIn)
    if (wanted.length === 0) throw abortException('No static analysis tools defined')
    if (session.result === 'FAILURE' && !args.flag('enabledForFailure')) {
      const speak = speaker(call, 'Static Analysis')
      speak("Skipping execution of recorder since overall result is 'FAILURE'")
      return null
    }
    const kept = await call.once(async () => fromJson(await recordAll(call, wanted)))
    // Outside of what is done once: after a restart the result has to come about again.
    const outcomes = toJson(kept) as Outcome[]
    for (const { gate } of outcomes) applyGate(call, gate)
    if (args.flag('failOnError') && outcomes.some(({ isBroken }) => isBroken)) {
      session.worsen('FAILURE')
    }
    return kept
  },
}

interface Outcome {
  id: string
  totalSize: number
  newSize: number
  fixedSize: number
  gate: IssuesSummary['gate']
  isBroken: boolean
}

function toolIn(given: unknown): Wanted {
  const { [SYMBOL]: symbol, ...members } = given as Record<string, unknown>
  const kind = String(symbol ?? '')
  const tool = Object.hasOwn(issueTools, kind) ? issueTools[kind]! : undefined
  const known = Object.keys(issueTools).join(', ')
  if (!tool) {
    throw abortException(`recordIssues: the tool "${kind}" is not supported here; use ${known}`)
  }
  const text = (name: string) => (members[name] ? String(members[name]) : undefined)
  const name = text('name') ?? tool.name
  return { tool, id: text('id') ?? tool.id, name, pattern: text('pattern') ?? tool.pattern }
}

interface Found {
  issues: Issue[]
  isBroken: boolean
}

async function recordAll(call: Call, wanted: Wanted[]): Promise<Outcome[]> {
  const { args } = call
  const found: (Found & { of: Wanted })[] = []
  for (const of of wanted) found.push({ of, ...(await scan(call, of)) })
  if (!args.flag('aggregatingResults')) {
    const outcomes: Outcome[] = []
    for (const each of found) outcomes.push(await publish(call, each.of, each))
    return outcomes
  }
  const id = args.optionalText('id') ?? 'analysis'
  const name = args.optionalText('name') ?? 'Static Analysis'
  const issues = found.flatMap((each) => each.issues)
  return [
    await publish(call, { id, name }, { issues, isBroken: found.some((one) => one.isBroken) }),
  ]
}

async function scan(call: Call, wanted: Wanted): Promise<Found> {
  const { tool, name, pattern } = wanted
  const speak = speaker(call, name)
  let isBroken = false
  let issues: Issue[] = []
  if (pattern === undefined) {
    if (!tool.canReadLog) {
      throw abortException(`recordIssues: ${name} needs a pattern: it does not print to the log`)
    }
    speak(`Parsing console log (workspace: '${call.scope.folder!}')`)
    issues = withoutDuplicates(await tool.read(await readFile(call.session.file('log'), 'utf8')))
    speak(`-> found ${plural(issues.length, 'issue')}`)
  } else {
    const told = (file: string, path: string, all: Issue[]) => {
      const own = withoutDuplicates(all)
      const skipped = plural(all.length - own.length, 'duplicate')
      speak(`Successfully parsed file ${path}`)
      speak(`-> found ${plural(own.length, 'issue')} (skipped ${skipped})`)
      speak(`Successfully processed file '${file}'`)
    }
    const read = await readReports(call, speak, pattern, (text) => tool.read(text), told)
    isBroken = !read.isWhole
    issues = withoutDuplicates(read.reports.flatMap(({ value }) => value))
  }
  speak("Post processing issues on 'built-in' with source code encoding 'UTF-8'")
  return {
    issues: filtered(
      call,
      speak,
      issues.map((issue) => inWorkspace(call, issue)),
    ),
    isBroken,
  }
}

/** Paths from the workspace, as they mean the same in the next run. */
function inWorkspace({ scope }: Call, issue: Issue): Issue {
  const root = `${scope.node!.workspace}/`
  const { file } = issue
  return {
    ...issue,
    file: file.startsWith(root) ? file.slice(root.length) : file.replace(/^\.\//, ''),
  }
}

/** `filters: [includeFile('src/.*'), excludeType('…')]`: regular expressions over a member. */
function filtered({ args }: Call, speak: Speak, issues: Issue[]): Issue[] {
  const given = toJson(args.value('filters'))
  const filters = (Array.isArray(given) ? given : []) as Record<string, unknown>[]
  if (filters.length === 0) {
    speak(`No filter has been set, publishing all ${issues.length} issues`)
    return issues
  }
  const members: Record<string, (issue: Issue) => string> = {
    File: ({ file }) => file,
    Type: ({ type }) => type,
    Category: ({ category }) => category,
    Message: ({ message }) => message,
  }
  const tests = filters.map((filter) => {
    const [, sense, what] = /^(include|exclude)(\w+)$/.exec(String(filter[SYMBOL])) ?? []
    const member = members[what ?? '']
    const pattern = expression(String(filter['pattern'] ?? ''))
    if (!member) {
      const kind = String(filter[SYMBOL])
      throw abortException(`recordIssues: the filter "${kind}" is not supported here`)
    }
    const fits = (issue: Issue) => pattern.test(member(issue))
    return { isInclude: sense === 'include', fits }
  })
  const includes = tests.filter(({ isInclude }) => isInclude)
  const excludes = tests.filter(({ isInclude }) => !isInclude)
  const kept = issues.filter(
    (issue) =>
      (includes.length === 0 || includes.some(({ fits }) => fits(issue))) &&
      !excludes.some(({ fits }) => fits(issue)),
  )
  speak(`Applying ${plural(filters.length, 'filter')} on the set of ${issues.length} issues`)
  speak(`-> removed ${plural(issues.length - kept.length, 'issue')}, ${kept.length} remaining`)
  return kept
}

function expression(pattern: string): RegExp {
  try {
    const endless = () => abortException(`recordIssues: ${pattern} takes too long`)
    return userRegex(`^(?:${pattern})$`, '', endless)
  } catch (error) {
    throw abortException(`recordIssues: ${(error as Error).message}`)
  }
}

async function publish(
  call: Call,
  { id, name }: { id: string; name: string },
  { issues, isBroken }: Found,
): Promise<Outcome> {
  const { session } = call
  const { kernel, record: run } = session
  const speak = speaker(call, name)
  const before = await identitiesBefore(call, speak, id)
  const { isNew, fixed } = before
    ? compareIssues(issues, before)
    : { isNew: issues.map(() => false), fixed: 0 }
  const stored = issues.map((issue, at): StoredIssue => ({ ...issue, isNew: isNew[at] === true }))
  const judged = gatesIn(toJson(call.args.value('qualityGates')))
  const gate = judge(
    speak,
    judged.map((each) => judgeOne(each, stored)),
  )
  const count = (severity: Issue['severity']) =>
    issues.filter((issue) => issue.severity === severity).length
  const summary: IssuesSummary = {
    total: issues.length,
    added: stored.filter((issue) => issue.isNew).length,
    fixed,
    error: count('error'),
    high: count('high'),
    normal: count('normal'),
    low: count('low'),
    gate,
  }
  speak('Health report is disabled - skipping')
  speak(
    `Created analysis result for ${summary.total} issues ` +
      `(found ${summary.added} new issues, fixed ${fixed} issues)`,
  )
  speak(`Attaching ResultAction with ID '${id}' to build '${run.branch} #${run.number}'.`)
  const details = stored.slice(0, MOST_ISSUES)
  await kernel.database.write((tx) =>
    putReport(tx, run.id, { kind: 'issues', id, name, summary, details }),
  )
  session.tell('pipelines.testsReported')
  const sizes = { totalSize: summary.total, newSize: summary.added, fixedSize: fixed }
  return { id, ...sizes, gate, isBroken }
}

async function identitiesBefore({ session }: Call, speak: Speak, id: string) {
  const db = session.kernel.database.tables<PipelinesTables>()
  const row = await reportBefore(db, session.record, 'issues', id)
  if (!row) {
    speak('No valid reference build found that meets the criteria')
    speak('All reported issues will be considered outstanding')
    return undefined
  }
  speak(
    `Using reference build '${row.branch} #${row.number}' to compute new, fixed, and outstanding issues`,
  )
  return parseColumn<StoredIssue[]>(row.details).map(identityOf)
}

const SCOPES: Record<string, { title: string; of(issue: StoredIssue): boolean }> = {
  TOTAL: { title: 'Total', of: () => true },
  NEW: { title: 'New', of: ({ isNew }) => isNew },
}
const WORDS: Record<string, string> = {
  '': 'any severity',
  ERROR: 'errors only',
  HIGH: 'severity high only',
  NORMAL: 'severity normal only',
  LOW: 'severity low only',
}

function judgeOne(gate: QualityGate, issues: StoredIssue[]): Judged {
  const [scopeName = '', severity = ''] = gate.what.split('_')
  const scope = SCOPES[scopeName]
  const words = WORDS[severity]
  if (!scope || words === undefined) {
    throw abortException(
      `recordIssues: a quality gate of type "${gate.what}" is not supported here`,
    )
  }
  const count = issues.filter(
    (issue) => scope.of(issue) && (severity === '' || issue.severity === severity.toLowerCase()),
  ).length
  const title = `${scope.title} (${words})`
  return { gate, title, actual: String(count), isMissed: count >= gate.threshold }
}
