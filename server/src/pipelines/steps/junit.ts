import { basename, join } from 'node:path'
import type { FoundFile } from '../agents/index.ts'
import { abortException, type Call, fromJson, type Step, toJson } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { testsReported } from '../events.ts'
import { addTests } from '../store-tests.ts'
import { readJunit, type TestCase } from './junit-report.ts'
import { bytesOf, filesIn } from './machine.ts'

const NO_RESULT = 'None of the test reports contained any result'
// Java's words for the tokens of no pattern.
const NO_PATTERN = 'Cannot invoke "String.length()" because "str" is null'
const NO_CHECKS = '[Checks API] No suitable checks publisher found.'
const LARGEST_REPORT_BYTES = 64 * 1024 ** 2

/** Reads JUnit reports; failed tests make the run UNSTABLE. Gives the counts. */
export const junit: Step = {
  kind: 'own',
  positional: ['testResults'],
  needsNode: true,
  async run(call) {
    const counts = await call.once(async () => {
      call.say('Recording test results')
      const counts = fromJson(await keepTests(call, await readReports(call)))
      // Jenkins' reports go to a code host too; where none is told of them, its log says so.
      if (!call.args.flag('skipPublishingChecks')) call.say(NO_CHECKS)
      return counts
    })
    // Outside of what is done once: after a restart the result has to come about again.
    const { failCount } = toJson(counts) as { failCount: number }
    if (failCount > 0 && !call.args.flag('skipMarkingBuildUnstable')) markUnstable(call)
    return counts
  },
}

function markUnstable(call: Call): void {
  call.session.worsen('UNSTABLE')
  call.session.stages.worsen(call.scope.stage, 'UNSTABLE')
}

async function readReports(call: Call): Promise<TestCase[]> {
  const { args } = call
  if (!args.has('testResults')) throw hostError('java.lang.NullPointerException', NO_PATTERN)
  const includes = args.text('testResults')
  const files = await filesIn(call, { includes })
  const allowsEmpty = args.flag('allowEmptyResults')
  if (files.length === 0) {
    const text = 'No test report files were found. Configuration error?'
    if (!allowsEmpty) throw said(call, text)
    call.say(NO_RESULT)
    return []
  }
  const cases: TestCase[] = []
  for (const file of files) cases.push(...(await readReport(call, file)))
  if (cases.length === 0) {
    // Of a run that failed before its tests, Jenkins doesn't ask for results.
    if (!allowsEmpty && call.session.result !== 'FAILURE') throw said(call, NO_RESULT)
    call.say(NO_RESULT)
  }
  return cases
}

/** The step says what stops it, and the run says it again at its end. */
function said(call: Call, text: string) {
  call.say(text)
  return abortException(text)
}

async function readReport(call: Call, { path: name, size }: FoundFile): Promise<TestCase[]> {
  if (size > LARGEST_REPORT_BYTES) {
    throw abortException(`The test report ${name} is larger than ${LARGEST_REPORT_BYTES} bytes`)
  }
  const path = join(call.scope.folder!, name)
  // As there when a test's Java has died: what should have been a report counts as a failed test.
  if (size === 0) return [unreadable(path, '[empty]', `Test report file ${path} was length 0`)]
  const text = (await bytesOf(call, path)).toString('utf8')
  try {
    return readJunit(text)
  } catch (problem) {
    if (!name.endsWith('.xml')) throw noReport(path)
    const why = `Failed to read test report file ${path}\n${(problem as Error).message}`
    return [unreadable(path, '[failed-to-read]', why)]
  }
}

function unreadable(path: string, name: string, stackTrace: string): TestCase {
  const suite = basename(path)
  return {
    suite,
    className: suite,
    name,
    status: 'failed',
    durationMs: 0,
    message: null,
    stackTrace,
    output: null,
  }
}

const noReport = (path: string) =>
  hostError(
    'java.io.IOException',
    `Failed to read ${path}\n` +
      'Is this really a JUnit report file? Your configuration must be matching too many files',
  )

async function keepTests(call: Call, cases: TestCase[]) {
  const { session, path } = call
  const { kernel } = session
  const count = (status: TestCase['status']) =>
    cases.filter((entry) => entry.status === status).length
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
  const totals = await kernel.database.write(async (tx) => {
    const all = await addTests(tx, session.record.id, path, cases)
    if (cases.length > 0) await kernel.events.append(tx, testsReported(session.record, all))
    return all
  })
  Object.assign(session.record, {
    tests_passed: totals.passed,
    tests_failed: totals.failed,
    tests_skipped: totals.skipped,
  })
  session.tell('pipelines.testsReported')
  return {
    totalCount: cases.length,
    passCount: counts.passed,
    failCount: counts.failed,
    skipCount: counts.skipped,
  }
}
