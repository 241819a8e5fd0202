export { nextOfSchedule } from './quartz.ts'
export { scheduleRoutes } from './routes.ts'
export { createSchedules, runKeyOf, type Schedule, type Schedules } from './schedules.ts'
export { moveSchedules, runsKeyed, type ScheduleRow } from './store.ts'
