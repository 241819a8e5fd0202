import type { RunResult } from '@madang/api'
import { runResults } from '@madang/api'
import { parseColumn } from '../../kernel/index.ts'
import { HostObject, hostError, type Value } from '../groovy/index.ts'
import { isWorse, jobName, runPage } from '../model.ts'
import type { RunRow } from '../tables.ts'
import { changeSets } from './change-sets.ts'
import type { Session } from './session.ts'
import { timeSpan } from './time-span.ts'
import { fromJson } from './values.ts'

export const WRAPPER = 'org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper'

export function resultNamed(text: string): RunResult {
  // As hudson.model.Result.fromString: what it doesn't know is a failure.
  return runResults.find((result) => result === text.toUpperCase()) ?? 'FAILURE'
}

/** Another run as scripts see it: what `build` gives, and `currentBuild.previousBuild`. */
export function runWrapper(session: Session, row: RunRow): HostObject {
  const result = row.result ?? 'SUCCESS'
  const duration = (row.finished_at ?? session.nowMs()) - (row.started_at ?? row.queued_at)
  const before = (kind: keyof typeof kinds) => earlier(session, row, kind)
  const members: Record<string, () => Value | Promise<Value>> = {
    number: () => row.number,
    id: () => String(row.number),
    result: () => row.result,
    currentResult: () => result,
    displayName: () => `#${row.number}`,
    fullDisplayName: () => `${row.repo} » ${row.branch} #${row.number}`,
    projectName: () => row.branch,
    fullProjectName: () => jobName(row),
    description: () => row.description,
    absoluteUrl: () => `${session.parts.originUrl()}${runPage(row)}/`,
    startTimeInMillis: () => BigInt(row.started_at ?? row.queued_at),
    timeInMillis: () => BigInt(row.queued_at),
    duration: () => BigInt(duration),
    durationString: () => timeSpan(duration),
    externalizableId: () => `${jobName(row)}#${row.number}`,
    keepLog: () => false,
    upstreamBuilds: () => [],
    buildVariables: () => fromJson(parametersOf(row)),
    changeSets: () => changeSets(session, row),
    previousBuild: () => before('any'),
    previousCompletedBuild: () => before('any'),
    previousBuiltBuild: () => before('built'),
    previousSuccessfulBuild: () => before('successful'),
    previousNotFailedBuild: () => before('notFailed'),
    previousFailedBuild: () => before('failed'),
  }
  return new HostObject({
    typeName: WRAPPER,
    isJava: true,
    async get(name) {
      if (name === 'rawBuild') throw refusedRawBuild()
      return Object.hasOwn(members, name) ? members[name]!() : undefined
    },
    call(method, { positional }) {
      const other = () => resultNamed(String(positional[0]))
      if (method === 'resultIsBetterOrEqualTo') return !isWorse(result, other())
      if (method === 'resultIsWorseOrEqualTo') return !isWorse(other(), result)
      return undefined
    },
    async set(name) {
      if (!WRITABLE.has(name)) throw noSuchField(name)
      const text = 'can only set the result property on the current build'
      throw hostError('java.lang.SecurityException', text.replace('result', name))
    },
  })
}

const WRITABLE = new Set(['description', 'displayName', 'keepLog', 'result'])
const REFUSED = 'org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException'

export const refusedRawBuild = (): Error =>
  hostError(REFUSED, `Scripts not permitted to use method ${WRAPPER} getRawBuild`)

export const noSuchField = (name: string): Error =>
  hostError(REFUSED, `No such field found: field ${WRAPPER} ${name}`)

/** Parameters of a run, without those that are sealed. */
function parametersOf(row: RunRow): Record<string, unknown> {
  if (!row.parameters.startsWith('{')) return {}
  return parseColumn<{ values: Record<string, unknown> }>(row.parameters).values
}

const kinds = {
  any: () => true,
  built: (result: RunResult) => result !== 'NOT_BUILT',
  successful: (result: RunResult) => result === 'SUCCESS',
  notFailed: (result: RunResult) => result === 'SUCCESS' || result === 'UNSTABLE',
  failed: (result: RunResult) => result === 'FAILURE',
}

/** The nearest finished run before one, of the same job, with a fitting result. */
export async function earlier(
  session: Session,
  row: Pick<RunRow, 'job_id' | 'number'>,
  kind: keyof typeof kinds,
): Promise<Value> {
  const { journal, parts } = session
  const id = await journal.fixed(`before/${row.number}/${kind}`, async () => {
    const rows = await parts.jobs.finishedBefore(row.job_id, row.number)
    return rows.find((each) => each.result && kinds[kind](each.result))?.id ?? null
  })
  const found = id && (await parts.jobs.run(id))
  return found ? runWrapper(session, found) : null
}
