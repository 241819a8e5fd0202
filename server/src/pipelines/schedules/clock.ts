import { type Kernel, Refusal, systemActor } from '../../kernel/index.ts'
import type { Triggers } from '../triggers.ts'
import { nextOfSchedule } from './quartz.ts'
import { firstDue, type ScheduleRow, schedulesDue, setDue } from './store.ts'

/** What a run that a schedule started is known by, so that a moment starts one run only. */
export const keyOfSchedule = (id: string): string => `schedule/${id}/`

export interface ScheduleClock {
  /** Looks at the schedules anew: one was made, changed or deleted. */
  arm(): Promise<void>
  stop(): void
}

/** Starts what is due. A moment that passed while the server was down is caught up once. */
export function createScheduleClock(kernel: Kernel, triggers: Triggers): ScheduleClock {
  const { clock, database, log } = kernel
  let cancel = () => {}
  let isStopped = false

  async function arm(): Promise<void> {
    const due = await firstDue(database)
    cancel()
    if (due === undefined || isStopped) return
    cancel = clock.at(due, () => {
      runDue().catch((error: unknown) => log.error('pipelines.schedules', { error }))
    })
  }

  async function runDue(): Promise<void> {
    for (const schedule of await schedulesDue(database, clock.now())) {
      await start(schedule)
      const next = nextOfSchedule(schedule.cron, clock.now())
      const due = typeof next === 'number' ? next : null
      await database.write((tx) => setDue(tx, schedule.id, due))
    }
    await arm()
  }

  async function start({ id, project, repo, branch, due }: ScheduleRow): Promise<void> {
    const cause = { kind: 'cron', text: 'Started by timer' } as const
    const wish = { cause, key: `${keyOfSchedule(id)}${due}` }
    try {
      await triggers.startedBy(systemActor, { project, repo, branch }, {}, wish)
    } catch (error) {
      // The branch, or its Jenkinsfile, is gone: it may be there again next time.
      if (error instanceof Refusal) log.warn('pipelines.scheduleSkipped', { id, why: error.code })
      else log.error('pipelines.schedules', { id, error })
    }
  }

  return {
    arm,
    stop() {
      isStopped = true
      cancel()
    },
  }
}
