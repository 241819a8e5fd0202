import { type LogLine, type MetricSeries, type MonitorAlarm, monitorErrors } from '@madang/api'
import { type Aws, AwsError } from '../cloud/index.ts'
import { type Kernel, refusals } from '../kernel/index.ts'
import type { RunningService } from '../releases/index.ts'
import type { CloudPort, ReleasesPort } from './ports.ts'
import { incidents } from './store.ts'

const refuse = refusals(monitorErrors)
const HOUR_MS = 3_600_000

interface Parts {
  kernel: Kernel
  cloud: CloudPort
  releases: ReleasesPort
}

interface Place {
  environment: string
  name: string
  aws: Aws
}

const measures = [
  ['Invocations', 'Invocations', 'Sum', 'Count'],
  ['Errors', 'Errors', 'Sum', 'Count'],
  ['Throttles', 'Throttles', 'Sum', 'Count'],
  ['Duration', 'Duration', 'Average', 'Milliseconds'],
  ['DurationMax', 'Duration', 'Maximum', 'Milliseconds'],
] as const

/** Metrics, logs and alarms of what a project runs now, asked of the cloud itself. */
export class Measures {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async metrics(
    project: string,
    query: { environment?: string; hours: number },
  ): Promise<MetricSeries[]> {
    const places = await this.#functions(project, query.environment)
    const end = this.#parts.kernel.clock.now()
    const start = end - query.hours * HOUR_MS
    // At most about 180 points a line, in whole minutes.
    const period = Math.max(1, Math.ceil((query.hours * 60) / 180)) * 60
    const all = await Promise.all(places.map((place) => series(place, start, end, period)))
    return all.flat()
  }

  async logs(
    project: string,
    query: {
      environment?: string
      hours: number
      function?: string
      filter?: string
      limit: number
    },
  ): Promise<LogLine[]> {
    const places = await this.#functions(project, query.environment)
    const chosen = places.filter(({ name }) => !query.function || name === query.function)
    const since = this.#parts.kernel.clock.now() - query.hours * HOUR_MS
    const all = await Promise.all(chosen.map((place) => lines(place, since, query)))
    return all
      .flat()
      .sort((a, b) => a.at.localeCompare(b.at))
      .slice(-query.limit)
  }

  async alarms(project: string): Promise<MonitorAlarm[]> {
    const running = await this.#running(project)
    const open = await incidents(this.#parts.kernel.database, project)
    const issueOf = new Map(
      open.filter((row) => row.closed_at === null).map((row) => [row.alarm_arn, row.issue]),
    )
    const all = await Promise.all(running.map((service) => alarmsOf(service, this.#aws(service))))
    return all.flat().map((alarm) => ({ ...alarm, issue: issueOf.get(alarm.arn) }))
  }

  async #running(project: string, environment?: string): Promise<RunningService[]> {
    const all = await this.#parts.releases.running()
    return all.filter(
      (service) =>
        service.project === project &&
        (environment === undefined || service.environment === environment),
    )
  }

  async #functions(project: string, environment?: string): Promise<Place[]> {
    const running = await this.#running(project, environment)
    return running.flatMap((service) =>
      service.details.resources
        .filter((resource) => resource.type === 'AWS::Lambda::Function')
        .map((resource) => ({
          environment: service.environment,
          name: resource.physicalId,
          aws: this.#aws(service),
        })),
    )
  }

  #aws({ region }: RunningService): Aws {
    return this.#parts.cloud.looking(region)
  }
}

async function series(
  { environment, name, aws }: Place,
  start: number,
  end: number,
  period: number,
): Promise<MetricSeries[]> {
  const { MetricDataResults = [] } = await aws.cloudwatch.getMetricData({
    StartTime: new Date(start),
    EndTime: new Date(end),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: measures.map(([, MetricName, Stat], index) => ({
      Id: `m${index}`,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName,
          Dimensions: [{ Name: 'FunctionName', Value: name }],
        },
        Period: period,
        Stat,
      },
    })),
  })
  return measures.map(([metric, , , unit], index) => {
    const found = MetricDataResults.find((result) => result.Id === `m${index}`)
    const times = found?.Timestamps ?? []
    const points = times.map((time, at) => ({
      at: time.toISOString(),
      value: found?.Values?.[at] ?? 0,
    }))
    return { function: name, environment, metric, unit, points }
  })
}

async function lines(
  { name, aws }: Place,
  sinceMs: number,
  query: { filter?: string; limit: number },
): Promise<LogLine[]> {
  try {
    const { events = [] } = await aws.logs.filterLogEvents({
      logGroupName: `/aws/lambda/${name}`,
      startTime: sinceMs,
      filterPattern: query.filter,
      limit: query.limit,
    })
    return events.map((event) => ({
      at: new Date(event.timestamp ?? 0).toISOString(),
      function: name,
      stream: event.logStreamName ?? '',
      message: (event.message ?? '').trimEnd(),
    }))
  } catch (error) {
    // A function that was never called has no log group yet.
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return []
    if (error instanceof AwsError) throw refuse('monitorRefused', { reason: error.message })
    throw error
  }
}

async function alarmsOf(service: RunningService, aws: Aws): Promise<MonitorAlarm[]> {
  const names = service.details.resources
    .filter((resource) => /^AWS::CloudWatch::(Composite)?Alarm$/.test(resource.type))
    .map((resource) => resource.physicalId)
  if (names.length === 0) return []
  const { MetricAlarms = [], CompositeAlarms = [] } = await aws.cloudwatch.describeAlarms({
    AlarmNames: names.slice(0, 100),
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  })
  const { environment, service: name } = service
  return [...MetricAlarms, ...CompositeAlarms].map((alarm) => ({
    arn: alarm.AlarmArn ?? '',
    name: alarm.AlarmName ?? '',
    environment,
    service: name,
    state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
    reason: alarm.StateReason ?? '',
    since: alarm.StateUpdatedTimestamp?.toISOString(),
    description: alarm.AlarmDescription,
    metric: 'MetricName' in alarm ? alarm.MetricName : undefined,
  }))
}
