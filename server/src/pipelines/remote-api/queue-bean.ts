import type { WaitingView } from '../engine/index.ts'
import { jobById, propertiesOf } from '../store-jobs.ts'
import { openParameters } from '../store-runs.ts'
import type { RunRow } from '../tables.ts'
import { type Bean, inline, type Value } from './bean.ts'
import { buildMention, causeBean } from './build-bean.ts'
import { type Shower, tablesOf } from './context.ts'
import { isJob, type JobItem } from './model.ts'

/** The item of the queue that a run was or is. */
export async function queueBean(shower: Shower, run: RunRow): Promise<Bean> {
  const job = await jobById(tablesOf(shower), run.job_id)
  const item = job && (await shower.items.ofJob(job))
  const isWaiting = run.state === 'queued'
  const due = dueMs(run, job)
  const isQuiet = isWaiting && due > shower.parts.kernel.clock.now()
  return inline(
    {
      actions: [inline({ causes: [await causeBean(shower, run)] }, 'hudson.model.CauseAction')],
      blocked: isWaiting && !isQuiet,
      buildable: false,
      id: run.queue_number ?? -1,
      inQueueSince: run.queued_at,
      params: parameterLines(shower, run),
      stuck: false,
      task: item && isJob(item) ? taskOf(shower, item) : null,
      url: `queue/item/${run.queue_number}/`,
      why: isWaiting ? whyWaiting(shower, run, isQuiet ? due : undefined) : null,
      ...(isWaiting ? { timestamp: due } : leftMembers(shower, item, run)),
    },
    classOf(isWaiting, isQuiet),
  )
}

/** Numbers of these and of runs in one queue must not meet. */
const FIRST_NODE_WAIT = 1_000_000_000

/** A `node` block of a run that waits for an executor. */
export function nodeWaitBean({ id, why, sinceMs }: WaitingView): Bean {
  const number = FIRST_NODE_WAIT + id
  return inline(
    {
      actions: [],
      blocked: false,
      buildable: true,
      id: number,
      inQueueSince: sinceMs,
      params: '',
      stuck: why.startsWith('There are no nodes'),
      task: inline({}, `${STEPS}.ExecutorStepExecution$PlaceholderTask`),
      url: `queue/item/${number}/`,
      why,
      buildableStartMilliseconds: sinceMs,
      pending: false,
    },
    'hudson.model.Queue$BuildableItem',
  )
}

const STEPS = 'org.jenkinsci.plugins.workflow.support.steps'

function classOf(isWaiting: boolean, isQuiet: boolean): string {
  if (!isWaiting) return 'hudson.model.Queue$LeftItem'
  return isQuiet ? 'hudson.model.Queue$WaitingItem' : 'hudson.model.Queue$BlockedItem'
}

function dueMs(run: RunRow, job: Parameters<typeof propertiesOf>[0]): number {
  return run.not_before ?? run.queued_at + propertiesOf(job).quietPeriodS * 1000
}

function whyWaiting({ parts }: Shower, run: RunRow, dueAtMs: number | undefined): string {
  if (parts.runs.isQuiet) return 'Jenkins is about to shut down'
  if (dueAtMs === undefined) return `Build #${run.number - 1} is already in progress`
  const seconds = (dueAtMs - parts.kernel.clock.now()) / 1000
  return `In the quiet period. Expires in ${seconds.toFixed(1)} sec`
}

/** The task is a mention of its job, also within a depth. */
function taskOf(shower: Shower, item: JobItem): Bean {
  const { class: type, basic } = shower.itemBean(item)
  return inline(basic, type)
}

function leftMembers(shower: Shower, item: unknown, run: RunRow): Record<string, Value> {
  const hasBegun = run.started_at !== null
  const job = item as JobItem | undefined
  if (!hasBegun || !job) return { cancelled: !hasBegun, executable: null }
  const { class: type, basic } = buildMention(shower, job, run)
  return { cancelled: false, executable: inline(basic, type) }
}

/** `\nNAME=value` for each, as Jenkins joins them. */
function parameterLines({ parts }: Shower, run: RunRow): string {
  const { values, hidden } = openParameters(parts.kernel.secrets, run)
  return Object.entries(values)
    .map(([name, value]) => `\n${name}=${hidden.includes(name) ? '****' : String(value)}`)
    .join('')
}
