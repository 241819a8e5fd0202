import type { TestResult } from '@madang/api'
import type { Kysely } from 'kysely'
import type { Database, Transaction } from '../kernel/index.ts'
import type { PipelinesTables, TestRow } from './tables.ts'

type NewTest = Omit<TestResult, 'message' | 'stackTrace' | 'output'> & {
  message: string | null
  stackTrace: string | null
  output: string | null
}

export interface TestCounts {
  passed: number
  failed: number
  skipped: number
}

const ROWS_AT_ONCE = 50

/** Adds the tests of one report step (whose earlier ones it replaces); gives the run's new totals. */
export async function addTests(
  tx: Transaction,
  runId: string,
  step: string,
  tests: NewTest[],
): Promise<TestCounts> {
  const db = tx.tables<PipelinesTables>()
  await db
    .deleteFrom('pipelines_test')
    .where('run_id', '=', runId)
    .where('step', '=', step)
    .execute()
  const { highest } = await db
    .selectFrom('pipelines_test')
    .select((query) => query.fn.max('ordinal').as('highest'))
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow()
  const first = (highest ?? -1) + 1
  for (let at = 0; at < tests.length; at += ROWS_AT_ONCE) {
    const rows = tests
      .slice(at, at + ROWS_AT_ONCE)
      .map((test, index) => rowOf(runId, step, first + at + index, test))
    await db.insertInto('pipelines_test').values(rows).execute()
  }
  const totals = await countTests(tx, runId)
  await db
    .updateTable('pipelines_run')
    .set({
      tests_passed: totals.passed,
      tests_failed: totals.failed,
      tests_skipped: totals.skipped,
    })
    .where('id', '=', runId)
    .execute()
  return totals
}

function rowOf(runId: string, step: string, ordinal: number, test: NewTest): TestRow {
  return {
    run_id: runId,
    ordinal,
    step,
    suite: test.suite,
    class_name: test.className,
    name: test.name,
    status: test.status,
    duration_ms: test.durationMs,
    message: test.message,
    stack_trace: test.stackTrace,
    output: test.output,
  }
}

async function countTests(tx: Transaction, runId: string): Promise<TestCounts> {
  const rows = await tx
    .tables<PipelinesTables>()
    .selectFrom('pipelines_test')
    .select(['status', (query) => query.fn.countAll().as('count')])
    .where('run_id', '=', runId)
    .groupBy('status')
    .execute()
  const count = (status: TestRow['status']) =>
    Number(rows.find((row) => row.status === status)?.count ?? 0)
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

/** Failed ones first, then in the order of the reports. */
export async function listTests(
  database: Database,
  runId: string,
  ask: { status?: TestResult['status'] | undefined; limit: number; offset: number },
): Promise<TestResult[]> {
  let query = database
    .tables<PipelinesTables>()
    .selectFrom('pipelines_test')
    .selectAll()
    .where('run_id', '=', runId)
  if (ask.status) query = query.where('status', '=', ask.status)
  const rows = await query
    .orderBy((order) => order.case().when('status', '=', 'failed').then(0).else(1).end())
    .orderBy('ordinal')
    .limit(ask.limit)
    .offset(ask.offset)
    .execute()
  return rows.map((row) => ({
    suite: row.suite,
    className: row.class_name,
    name: row.name,
    status: row.status,
    durationMs: row.duration_ms,
    message: row.message ?? undefined,
    stackTrace: row.stack_trace ?? undefined,
    output: row.output ?? undefined,
  }))
}

/** What the steps of a stage reported, of the whole run where none is told; in their order. */
export async function testsOfStage(
  db: Kysely<PipelinesTables>,
  runId: string,
  stage: string | undefined,
): Promise<TestRow[]> {
  const rows = await db
    .selectFrom('pipelines_test')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('ordinal')
    .execute()
  return stage === undefined ? rows : rows.filter(({ step }) => step.startsWith(`${stage}/`))
}
