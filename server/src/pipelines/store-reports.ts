import type { RunReports } from '@madang/api'
import type { Kysely } from 'kysely'
import { parseColumn, type Transaction } from '../kernel/index.ts'
import { type Coverage, type FileCoverage, type Issue, percentOf } from './reports/index.ts'
import type { PipelinesTables, ReportRow, RunRow } from './tables.ts'

export type Gate = 'passed' | 'unstable' | 'failed'

export interface CoverageSummary extends Pick<Coverage, 'line' | 'branch'> {
  gate: Gate | null
  /** Of the run it is compared with. */
  before: Pick<Coverage, 'line' | 'branch'> | null
}

export interface IssuesSummary extends Record<Issue['severity'], number> {
  total: number
  added: number
  fixed: number
  gate: Gate | null
}

export type StoredIssue = Issue & { isNew: boolean }

type NewReport =
  | {
      kind: 'coverage'
      id: string
      name: string
      summary: CoverageSummary
      details: FileCoverage[]
    }
  | { kind: 'issues'; id: string; name: string; summary: IssuesSummary; details: StoredIssue[] }

type Db = Kysely<PipelinesTables>

/** Keeps a report with its run; one of the same kind and id takes the earlier one's place. */
export async function putReport(tx: Transaction, runId: string, report: NewReport): Promise<void> {
  const { kind, id, name } = report
  const db = tx.tables<PipelinesTables>()
  await db
    .deleteFrom('pipelines_report')
    .where('run_id', '=', runId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .execute()
  const summary = JSON.stringify(report.summary)
  const details = JSON.stringify(report.details)
  const row: ReportRow = { run_id: runId, kind, id, name, summary, details }
  await db.insertInto('pipelines_report').values(row).execute()
}

/**
 * The report that a run's is compared with: of the branch that its pull request goes to, else of the
 * job's own run before.
 */
export async function reportBefore(
  db: Db,
  run: Pick<RunRow, 'job_id' | 'number' | 'project' | 'repo' | 'branch'>,
  kind: ReportRow['kind'],
  id: string,
): Promise<(ReportRow & { branch: string; number: number }) | undefined> {
  const change = await db
    .selectFrom('pipelines_change')
    .select('target')
    .where('project', '=', run.project)
    .where('repo', '=', run.repo)
    .where('branch', '=', run.branch)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const reports = db
    .selectFrom('pipelines_report')
    .innerJoin('pipelines_run', 'pipelines_run.id', 'pipelines_report.run_id')
    .selectAll('pipelines_report')
    .select(['pipelines_run.branch', 'pipelines_run.number'])
    .where('pipelines_report.kind', '=', kind)
    .where('pipelines_report.id', '=', id)
    .where('pipelines_run.state', '=', 'finished')
    .orderBy('pipelines_run.number', 'desc')
    .limit(1)
  const ofTarget =
    change &&
    (await reports
      .where('pipelines_run.project', '=', run.project)
      .where('pipelines_run.repo', '=', run.repo)
      .where('pipelines_run.branch', '=', change.target)
      .executeTakeFirst())
  if (ofTarget) return ofTarget
  return reports
    .where('pipelines_run.job_id', '=', run.job_id)
    .where('pipelines_run.number', '<', run.number)
    .executeTakeFirst()
}

const MOST_ITEMS = 500
const TREND_RUNS = 20

/** Everything that a run's tools reported, without its tests one by one. */
export async function reportsOf(db: Db, run: RunRow): Promise<RunReports> {
  const rows = await db
    .selectFrom('pipelines_report')
    .selectAll()
    .where('run_id', '=', run.id)
    .orderBy('id')
    .execute()
  return {
    coverage: rows.filter(({ kind }) => kind === 'coverage').map(presentCoverage),
    issues: rows.filter(({ kind }) => kind === 'issues').map(presentIssues),
    flakyTests: await flakyTests(db, run),
    trend: await trendOf(db, run),
  }
}

const rounded = (value: number) => Math.round(value * 100) / 100

function shown(ratio: Coverage['line']) {
  const percent = percentOf(ratio)
  return { ...ratio, percent: percent === undefined ? undefined : rounded(percent) }
}

function presentCoverage({
  id,
  name,
  summary,
  details,
}: ReportRow): RunReports['coverage'][number] {
  const { line, branch, gate, before } = parseColumn<CoverageSummary>(summary)
  const now = percentOf(line)
  const then = before ? percentOf(before.line) : undefined
  const isComparable = now !== undefined && then !== undefined
  const files = parseColumn<FileCoverage[]>(details)
  return {
    id,
    name,
    line: shown(line),
    branch: shown(branch),
    gate: gate ?? undefined,
    lineChange: isComparable ? rounded(now - then) : undefined,
    fileCount: files.length,
    files: files
      .toSorted((a, b) => b.line.total - b.line.covered - (a.line.total - a.line.covered))
      .slice(0, MOST_ITEMS)
      .map((file) => ({ path: file.path, line: shown(file.line), branch: shown(file.branch) })),
  }
}

function presentIssues({ id, name, summary, details }: ReportRow): RunReports['issues'][number] {
  const { gate, ...counts } = parseColumn<IssuesSummary>(summary)
  const items = parseColumn<StoredIssue[]>(details)
  return { id, name, ...counts, gate: gate ?? undefined, items: items.slice(0, MOST_ITEMS) }
}

/** Tests that both failed and passed on the run's commit: in its other runs, or in this one. */
async function flakyTests(db: Db, run: RunRow): Promise<RunReports['flakyTests']> {
  return db
    .selectFrom('pipelines_test')
    .innerJoin('pipelines_run', 'pipelines_run.id', 'pipelines_test.run_id')
    .select(['class_name as className', 'name'])
    .where('pipelines_run.job_id', '=', run.job_id)
    .where('pipelines_run.commit_sha', '=', run.commit_sha)
    .where('status', 'in', ['failed', 'passed'])
    .groupBy(['class_name', 'name'])
    .having((query) => query.fn.count('status').distinct(), '=', 2)
    .orderBy('class_name')
    .orderBy('name')
    .limit(MOST_ITEMS)
    .execute()
}

/** The run and those before it that had tests, the oldest first. */
async function trendOf(db: Db, run: RunRow): Promise<RunReports['trend']> {
  const rows = await db
    .selectFrom('pipelines_run')
    .select(['number', 'tests_passed', 'tests_failed', 'tests_skipped'])
    .where('job_id', '=', run.job_id)
    .where('number', '<=', run.number)
    .where((query) =>
      query.or([
        query('tests_passed', '>', 0),
        query('tests_failed', '>', 0),
        query('tests_skipped', '>', 0),
      ]),
    )
    .orderBy('number', 'desc')
    .limit(TREND_RUNS)
    .execute()
  return rows.toReversed().map((row) => ({
    number: row.number,
    passed: row.tests_passed,
    failed: row.tests_failed,
    skipped: row.tests_skipped,
  }))
}
