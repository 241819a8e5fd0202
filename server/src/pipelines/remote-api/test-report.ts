import type { TestResult } from '@madang/api'
import { listTests } from '../store-tests.ts'
import type { RunRow } from '../tables.ts'
import { type Bean, inline } from './bean.ts'
import { type Shower, tablesOf } from './context.ts'
import { notFound } from './failure.ts'
import { failuresBefore, testedBefore } from './store-builds.ts'

const MOST_TESTS = 50_000

/** The report of a build; 404 for one without tests, as Jenkins has none then. */
export async function testReportBean(shower: Shower, run: RunRow): Promise<Bean> {
  const total = run.tests_passed + run.tests_failed + run.tests_skipped
  if (total === 0) throw notFound('testReport')
  const { database } = shower.parts.kernel
  const tests = await listTests(database, run.id, { limit: MOST_TESTS, offset: 0 })
  const past = await pastOf(shower, run)
  const suites = Map.groupBy(tests, ({ suite }) => suite)
  const seconds = (some: TestResult[]) =>
    some.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000
  return {
    class: 'hudson.tasks.junit.TestResult',
    basic: {
      testActions: [],
      duration: seconds(tests),
      empty: false,
      failCount: run.tests_failed,
      passCount: run.tests_passed,
      skipCount: run.tests_skipped,
      suites: [...suites].map(([name, cases]) =>
        inline({
          cases: cases.map((test) => caseBean(test, run, past)),
          duration: seconds(cases),
          enclosingBlockNames: [],
          enclosingBlocks: [],
          id: null,
          name,
          nodeId: null,
          stderr: null,
          stdout: null,
          timestamp: null,
        }),
      ),
    },
  }
}

interface Past {
  /** Builds before with tests, the newest first. */
  numbers: number[]
  /** Numbers of the builds in which a test failed. */
  failures: Map<string, Set<number>>
}

const keyOf = (className: string, name: string) => `${className}\0${name}`

async function pastOf(shower: Shower, run: RunRow): Promise<Past> {
  const db = tablesOf(shower)
  const failures = new Map<string, Set<number>>()
  for (const { class_name, name, number } of await failuresBefore(db, run)) {
    const key = keyOf(class_name, name)
    failures.set(key, (failures.get(key) ?? new Set()).add(number))
  }
  return { numbers: await testedBefore(db, run), failures }
}

function caseBean(test: TestResult, run: RunRow, past: Past): Bean {
  const failed = past.failures.get(keyOf(test.className, test.name)) ?? new Set<number>()
  const isFailure = test.status === 'failed'
  const since = failingSince(past.numbers, failed)
  const failedSince = isFailure ? (since.at(-1) ?? run.number) : 0
  return inline(
    {
      testActions: [],
      age: isFailure ? since.length + 1 : 0,
      className: test.className,
      duration: test.durationMs / 1000,
      errorDetails: test.message ?? null,
      errorStackTrace: test.stackTrace ?? null,
      failedSince,
      name: test.name,
      properties: inline({}),
      skipped: test.status === 'skipped',
      skippedMessage: test.status === 'skipped' ? (test.message ?? null) : null,
      status: statusOf(test.status, since.length > 0),
      stderr: null,
      stdout: test.output ?? null,
    },
    'hudson.tasks.junit.CaseResult',
  )
}

/** Builds without a break, back from the one before, in which it failed. */
function failingSince(numbers: number[], failed: ReadonlySet<number>): number[] {
  const end = numbers.findIndex((number) => !failed.has(number))
  return end < 0 ? numbers : numbers.slice(0, end)
}

function statusOf(status: TestResult['status'], hasFailed: boolean): string {
  if (status === 'skipped') return 'SKIPPED'
  if (status === 'failed') return hasFailed ? 'FAILED' : 'REGRESSION'
  return hasFailed ? 'FIXED' : 'PASSED'
}
