import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

export const serviceHealth = z.object({
  id: z.string(),
  environment: z.string(),
  service: z.string(),
  url: z.string(),
  deploymentId: z.string(),
  version: z.string(),
  /** `unknown` until the first probe. */
  state: z.enum(['up', 'down', 'unknown']),
  /** Since when it is so. */
  since: z.string().optional(),
  /** HTTP status of the last probe; missing when nothing answered. */
  status: z.number().int().optional(),
  latencyMs: z.number().optional(),
  error: z.string().optional(),
  probedAt: z.string().optional(),
  /** Part of the probes of the last 24 hours that were answered well, 0 to 1. */
  uptime: z.number().optional(),
})
export type ServiceHealth = Infer<typeof serviceHealth>

export const healthPoint = z.object({
  /** Start of the minute, or of the longer piece that the answer is made of. */
  at: z.string(),
  probes: z.number().int(),
  failures: z.number().int(),
  latencyMs: z.number(),
  latencyMaxMs: z.number(),
})
export type HealthPoint = Infer<typeof healthPoint>

export const metricSeries = z.object({
  function: z.string(),
  environment: z.string(),
  metric: z.enum(['Invocations', 'Errors', 'Throttles', 'Duration', 'DurationMax']),
  unit: z.enum(['Count', 'Milliseconds']),
  points: z.array(z.object({ at: z.string(), value: z.number() })),
})
export type MetricSeries = Infer<typeof metricSeries>

export const logLine = z.object({
  at: z.string(),
  function: z.string(),
  stream: z.string(),
  message: z.string(),
})
export type LogLine = Infer<typeof logLine>

export const monitorAlarm = z.object({
  arn: z.string(),
  name: z.string(),
  environment: z.string(),
  service: z.string(),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  reason: z.string(),
  since: z.string().optional(),
  description: z.string().optional(),
  metric: z.string().optional(),
  /** The issue that its present episode opened. */
  issue: z.string().optional(),
})
export type MonitorAlarm = Infer<typeof monitorAlarm>

export const incident = z.object({
  id: z.string(),
  alarmArn: z.string(),
  alarmName: z.string(),
  issue: z.string(),
  deploymentId: z.string().optional(),
  openedAt: z.string(),
  closedAt: z.string().optional(),
})
export type Incident = Infer<typeof incident>

/** The four DORA figures; one without facts is missing. */
export const dora = z.object({
  days: z.number().int(),
  deployments: z.number().int(),
  /** Deployments that succeeded, per day. */
  deploymentFrequency: z.number(),
  /** Median from a commit to its deployment. */
  leadTimeMs: z.number().optional(),
  /** Part of the deployments that failed, opened an incident, or were taken back; 0 to 1. */
  changeFailureRate: z.number().optional(),
  /** Median from an alarm to its end. */
  timeToRestoreMs: z.number().optional(),
})
export type Dora = Infer<typeof dora>

const inProject = z.object({ project: z.string() })
const recent = {
  environment: z.string().optional(),
  hours: z.coerce.number().int().min(1).max(720).default(24),
}

export const monitorEndpoints = {
  healthList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/health',
    access: { project: 'viewer' },
    params: inProject,
    result: z.object({ items: z.array(serviceHealth) }),
  }),
  healthHistory: endpoint({
    method: 'GET',
    path: '/api/projects/:project/health/:target',
    access: { project: 'viewer' },
    params: inProject.extend({ target: z.string() }),
    query: z.object({ hours: recent.hours }),
    result: z.object({ items: z.array(healthPoint) }),
  }),
  metricList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/metrics',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object(recent),
    result: z.object({ items: z.array(metricSeries) }),
  }),
  /** Oldest first; `filter` in CloudWatch's pattern language. */
  logList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/logs',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object({
      ...recent,
      function: z.string().optional(),
      filter: z.string().max(1000).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
    }),
    result: z.object({ items: z.array(logLine) }),
  }),
  alarmList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/alarms',
    access: { project: 'viewer' },
    params: inProject,
    result: z.object({ items: z.array(monitorAlarm) }),
  }),
  incidentList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/incidents',
    access: { project: 'viewer' },
    params: inProject,
    result: z.object({ items: z.array(incident) }),
  }),
  doraGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/dora',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object({ days: z.coerce.number().int().min(1).max(365).default(30) }),
    result: dora,
  }),
}

export const monitorErrors = defineErrors({
  healthTargetNotFound: {
    status: 404,
    en: '{id} is not watched in {project}.',
    ko: '{project}에서 {id}을(를) 감시하고 있지 않습니다.',
  },
  monitorRefused: {
    status: 400,
    en: 'The cloud refused the question: {reason}',
    ko: '클라우드가 질문을 거절했습니다: {reason}',
  },
})
