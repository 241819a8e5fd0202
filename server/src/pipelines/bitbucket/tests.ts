import { bitbucketApi as api } from '../../code/index.ts'
import { testsOfStage } from '../store-tests.ts'
import type { TestRow } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'
import { tablesOf } from './runs.ts'
import { findStep } from './steps.ts'

const statuses = { passed: 'SUCCESSFUL', failed: 'FAILED', skipped: 'SKIPPED' } as const

const uuidOf = (row: TestRow) => api.uuidOf(`test ${row.run_id} ${row.ordinal}`)

async function testsOf(parts: BitbucketParts, ask: api.RepoAsk) {
  const { row, step } = await findStep(parts, ask)
  return { step, tests: await testsOfStage(tablesOf(parts), row.id, step.stage) }
}

async function summary(parts: BitbucketParts, ask: api.RepoAsk) {
  const { step, tests } = await testsOf(parts, ask)
  const count = (status: TestRow['status']) => tests.filter((test) => test.status === status).length
  return {
    step_uuid: step.uuid,
    number_of_test_cases: tests.length,
    number_of_successful_test_cases: count('passed'),
    number_of_failed_test_cases: count('failed'),
    number_of_error_test_cases: 0,
    number_of_skipped_test_cases: count('skipped'),
  }
}

function presentTest(row: TestRow): api.Json {
  return {
    uuid: uuidOf(row),
    name: row.name,
    package_name: row.class_name,
    fully_qualified_name: `${row.class_name}.${row.name}`,
    status: statuses[row.status],
    duration: `PT${row.duration_ms / 1000}S`,
  }
}

async function cases(parts: BitbucketParts, ask: api.RepoAsk) {
  const { tests } = await testsOf(parts, ask)
  return api.listing(ask, { all: tests, present: presentTest })
}

/** Why a test failed: what it said, and where. */
async function reasons(parts: BitbucketParts, ask: api.RepoAsk) {
  const { tests } = await testsOf(parts, ask)
  const { test_case_uuid: uuid } = ask.params
  const test = tests.find((row) => uuidOf(row) === uuid)
  if (!test) throw new api.BitbucketError(404, 'Not found', { detail: `No test case ${uuid}` })
  const all = test.status === 'failed' ? [test] : []
  return api.listing(ask, {
    all,
    present: (row) => ({ message: row.message ?? '', stack_trace: row.stack_trace ?? '' }),
  })
}

export function testCalls(parts: BitbucketParts): api.Call[] {
  const reading = api.inRepo('viewer')
  const reports = '/pipelines/:pipeline_uuid/steps/:step_uuid/test_reports'
  return [
    reading('GET', reports, (ask) => summary(parts, ask)),
    reading('GET', `${reports}/test_cases`, (ask) => cases(parts, ask)),
    reading('GET', `${reports}/test_cases/:test_case_uuid/test_case_reasons`, (ask) =>
      reasons(parts, ask),
    ),
  ]
}
