import { pipelineSetupErrors } from '@madang/api'
import { type Kernel, parseColumn, refusals, stringify } from '../../kernel/index.ts'
import { listJobs } from '../store-jobs.ts'
import type { JobRow, PipelinesTables } from '../tables.ts'
import type { Triggers } from '../triggers.ts'
import { createScheduleClock, keyOfSchedule } from './clock.ts'
import { nextOfSchedule } from './quartz.ts'
import {
  dropSchedule,
  forgetSchedulesWithRepos,
  type Place,
  putSchedule,
  type ScheduleRow,
  schedulesIn,
} from './store.ts'

const refuse = refusals(pipelineSetupErrors)
const MOST_JOBS = 10_000

/** One that was made here, or a line of `triggers { cron(…) }` in a branch's Jenkinsfile. */
export type Schedule = { row: ScheduleRow } | { job: JobRow; cron: string }

export interface NewSchedule extends Place {
  branch: string
  /** Which part of a file of pipelines is meant, as the Bitbucket API says it. */
  selector: object
  cron: string
  isOn: boolean
}

/** Schedules of branches. Those that were made here run from `start` on. */
export interface Schedules {
  /** Those made here in the order of their making, then those of Jenkinsfiles. */
  of(place: Place): Promise<Schedule[]>
  /** Throws `scheduleCron`. */
  make(given: NewSchedule): Promise<ScheduleRow>
  /** Throws `scheduleCron`. */
  change(
    row: ScheduleRow,
    given: { cron?: string | undefined; isOn?: boolean | undefined },
  ): Promise<ScheduleRow>
  remove(row: ScheduleRow): Promise<void>
  start(): Promise<void>
}

export function createSchedules(kernel: Kernel, triggers: Triggers): Schedules {
  const { clock: time, database, ids } = kernel
  const clock = createScheduleClock(kernel, triggers)
  forgetSchedulesWithRepos(kernel)
  kernel.onStop(async () => clock.stop())

  const dueOf = (cron: string): number | null => {
    const next = nextOfSchedule(cron, time.now())
    if (typeof next === 'string') throw refuse('scheduleCron', { reason: next })
    return next ?? null
  }
  const save = async (row: ScheduleRow): Promise<ScheduleRow> => {
    await database.write((tx) => putSchedule(tx, row))
    await clock.arm()
    return row
  }
  return {
    async of(place) {
      const made = await schedulesIn(database, place)
      return [...made.map((row) => ({ row })), ...(await writtenIn(kernel, place))]
    },
    async make({ selector, isOn, ...given }) {
      const due = dueOf(given.cron)
      const at = time.now()
      return save({
        ...given,
        id: ids.next('sched'),
        selector: stringify(selector),
        is_enabled: Number(isOn),
        due: isOn ? due : null,
        created_at: at,
        updated_at: at,
      })
    },
    async change(row, { cron = row.cron, isOn = row.is_enabled === 1 }) {
      const due = dueOf(cron)
      const next = { cron, is_enabled: Number(isOn), due: isOn ? due : null }
      return save({ ...row, ...next, updated_at: time.now() })
    },
    async remove({ id }) {
      await database.write((tx) => dropSchedule(tx, id))
      await clock.arm()
    },
    start: () => clock.arm(),
  }
}

async function writtenIn({ database }: Kernel, { project, repo }: Place): Promise<Schedule[]> {
  const tables = database.tables<PipelinesTables>()
  const jobs = await listJobs(tables, project, { repo, limit: MOST_JOBS })
  const own = jobs.filter(({ source, tag }) => source === null && tag === null)
  return own.flatMap((job) => parseColumn<string[]>(job.cron).map((cron) => ({ job, cron })))
}

/** How the trigger's key of the runs begins that a schedule started; of a file's lines, any of them. */
export const runKeyOf = (schedule: Schedule): string =>
  'row' in schedule ? keyOfSchedule(schedule.row.id) : `cron/${schedule.job.id}/`
