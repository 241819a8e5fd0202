import {
  type PipelineSchedule,
  pipelineSetupEndpoints as api,
  pipelineSetupErrors,
} from '@madang/api'
import { refusals, type Route, route } from '../../kernel/index.ts'
import type { CodePort } from '../ports.ts'
import type { Schedule, Schedules } from './schedules.ts'
import type { ScheduleRow } from './store.ts'

const refuse = refusals(pipelineSetupErrors)

interface RouteParts {
  schedules: Schedules
  code: Pick<CodePort, 'repoName'>
}

interface InRepo {
  project: string
  repo: string
}

export function scheduleRoutes({ schedules, code }: RouteParts): Route[] {
  const placeOf = async ({ project, repo }: InRepo) => ({
    project,
    repo: await code.repoName(project, repo),
  })
  /** One that may be changed: not a line of a Jenkinsfile. */
  const made = async (params: InRepo & { id: string }): Promise<ScheduleRow> => {
    const all = await schedules.of(await placeOf(params))
    const found = all.find((schedule) => idOf(schedule) === params.id)
    if (!found) throw refuse('scheduleNotFound')
    if ('row' in found) return found.row
    throw refuse('scheduleWritten')
  }
  return [
    route(api.scheduleList, async ({ params }) => ({
      items: (await schedules.of(await placeOf(params))).map(present),
    })),
    route(api.scheduleCreate, async ({ params, body: { branch, cron } }) => {
      const selector = { type: 'branches', pattern: branch }
      const place = await placeOf(params)
      return present({
        row: await schedules.make({ ...place, branch, cron, selector, isOn: true }),
      })
    }),
    route(api.scheduleUpdate, async ({ params, body }) =>
      present({ row: await schedules.change(await made(params), body) }),
    ),
    route(api.scheduleDelete, async ({ params }) => {
      await schedules.remove(await made(params))
      return { done: true } as const
    }),
  ]
}

const idOf = (schedule: Schedule): string =>
  'row' in schedule ? schedule.row.id : `${schedule.job.id} ${schedule.cron}`

function present(schedule: Schedule): PipelineSchedule {
  const id = idOf(schedule)
  if ('row' in schedule) {
    const { branch, cron, is_enabled: isOn, due } = schedule.row
    return { id, branch, cron, isOn: isOn === 1, isWritten: false, ...nextOf(due) }
  }
  const { job, cron } = schedule
  const isOn = job.disabled === null
  return { id, branch: job.branch, cron, isOn, isWritten: true, ...nextOf(isOn && job.cron_due) }
}

const nextOf = (due: number | null | false) =>
  typeof due === 'number' ? { nextAt: new Date(due).toISOString() } : {}
