import { length, refusalText, required, type Rules, violations } from '../../constraints/index.ts'
import type { Input, Logs, Operations, RequestContext } from '../../gateway/index.ts'
import { parseColumn, stringify } from '../../../kernel/index.ts'
import type { LogsTables } from './migrations.ts'
import { checkGroupName, invalid, type LogEvent, pageSize } from './model.ts'
import type { LogsParts } from './parts.ts'
import { compilePattern, type FilterPattern } from './pattern/index.ts'
import { type Group, type LogsStore, notFound } from './store.ts'

interface Transformation {
  metricName: string
  metricNamespace: string
  metricValue: string
  defaultValue?: number
  dimensions?: Record<string, string>
  unit?: string
}

type FilterRow = LogsTables['logs_metric_filter']

export const metricFilterOperations = (parts: LogsParts) =>
  ({
    async PutMetricFilter(input, ctx) {
      checkPut(input)
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      compilePattern(input.filterPattern ?? '')
      const row = {
        pattern: input.filterPattern ?? '',
        transformations: stringify(input.metricTransformations),
        created_at: ctx.now,
      }
      await parts.deps.kernel.database.write(async (tx) => {
        await tx
          .tables<LogsTables>()
          .insertInto('logs_metric_filter')
          .values({ group_id: group.id, name: input.filterName!, ...row })
          .onConflict((conflict) => conflict.columns(['group_id', 'name']).doUpdateSet(row))
          .execute()
      })
      return {}
    },

    async DeleteMetricFilter(input, ctx) {
      checkInput(input, { filterName: required(filterName) })
      const group = await parts.store(ctx).group(checkGroupName(input.logGroupName))
      await parts.deps.kernel.database.write(async (tx) => {
        const removed = await tx
          .tables<LogsTables>()
          .deleteFrom('logs_metric_filter')
          .where('group_id', '=', group.id)
          .where('name', '=', input.filterName ?? '')
          .executeTakeFirst()
        if (!removed.numDeletedRows) throw notFound('The specified metric filter does not exist.')
      })
      return {}
    },

    async DescribeMetricFilters(input, ctx) {
      checkInput(input, { filterNamePrefix: filterName, metricName, metricNamespace: metricName })
      const limit = pageSize(input.limit, 50, 50)
      const filters = await chosenFilters(parts, input.logGroupName, ctx)
      const wanted = filters.filter(
        (filter) =>
          filter.filterName.startsWith(input.filterNamePrefix ?? '') &&
          hasMetric(filter.metricTransformations, input.metricName, input.metricNamespace) &&
          pageKey(filter) > (input.nextToken ?? ''),
      )
      const page = wanted.slice(0, limit)
      return {
        metricFilters: page as never[],
        ...(wanted.length > limit && { nextToken: pageKey(page.at(-1)!) }),
      }
    },

    TestMetricFilter(input) {
      const pattern = compilePattern(input.filterPattern ?? '')
      const matches = (input.logEventMessages ?? []).flatMap((eventMessage, i) =>
        pattern.matches(eventMessage) ? [{ eventNumber: i + 1, eventMessage }] : [],
      )
      return { matches }
    },
  }) satisfies Operations<Logs>

const filterName = length(1, 512)
const metricName = length(0, 255)

function checkInput(input: object, rules: Rules): void {
  const text = refusalText(violations(input as Record<string, unknown>, rules))
  if (text !== undefined) throw invalid(text)
}

function checkPut(input: Input<Logs, 'PutMetricFilter'>): void {
  checkInput(input, { filterName: required(filterName), filterPattern: length(0, 1024) })
  const given = input.metricTransformations ?? []
  if (given.length === 1) return
  const bound = given.length > 1 ? 'less' : 'greater'
  throw invalid(
    `1 validation error detected: Value '[${given.map(told).join(', ')}]' at 'metricTransformations' failed to satisfy constraint: Member must have length ${bound} than or equal to 1`,
  )
}

/** As the real front end, which is a Java program, writes an object out. */
function told(given: NonNullable<Input<Logs, 'PutMetricFilter'>['metricTransformations']>[number]) {
  const { metricName, metricNamespace, metricValue, defaultValue, unit } = given
  const members = { metricName, metricNamespace, metricValue, defaultValue, unit, dimensions: null }
  const text = Object.entries(members).map(([name, value]) => `${name}=${value ?? null}`)
  return `MetricTransformation(${text.join(', ')})`
}

interface FilterView {
  filterName: string
  filterPattern: string
  metricTransformations: Transformation[]
  creationTime: number
  applyOnTransformedLogs: boolean
  logGroupName: string
}

const pageKey = (filter: FilterView) => `${filter.logGroupName}/${filter.filterName}`

async function chosenFilters(
  parts: LogsParts,
  groupName: string | undefined,
  ctx: RequestContext,
): Promise<FilterView[]> {
  const store = parts.store(ctx)
  const groups = groupName
    ? [await store.group(checkGroupName(groupName))]
    : await store.groupList()
  const names = new Map(groups.map((group) => [group.id, group.name]))
  const rows = await store.tables.selectFrom('logs_metric_filter').selectAll().execute()
  return rows
    .filter((row) => names.has(row.group_id))
    .map((row) => ({
      filterName: row.name,
      filterPattern: row.pattern,
      metricTransformations: parseColumn<Transformation[]>(row.transformations),
      creationTime: row.created_at,
      applyOnTransformedLogs: false,
      logGroupName: names.get(row.group_id)!,
    }))
    .sort((a, b) => (pageKey(a) < pageKey(b) ? -1 : 1))
}

function hasMetric(list: Transformation[], name?: string, namespace?: string): boolean {
  return list.some(
    (entry) =>
      (!name || entry.metricName === name) && (!namespace || entry.metricNamespace === namespace),
  )
}

/** Runs the group's metric filters over accepted events and puts what they find. */
export async function emitMetrics(
  parts: LogsParts,
  store: LogsStore,
  group: Group,
  events: LogEvent[],
): Promise<void> {
  const rows = await store.tables
    .selectFrom('logs_metric_filter')
    .selectAll()
    .where('group_id', '=', group.id)
    .execute()
  if (rows.length === 0) return
  const principal = parts.deps.sessions.serviceOf('logs.amazonaws.com', store.scope.account)
  const { cloudwatch } = parts.deps.as({ principal, ...store.scope })
  for (const row of rows) {
    const { data, transformation } = found(row, events)
    if (data.length === 0) continue
    for (let at = 0; at < data.length; at += 1000) {
      const MetricData = data.slice(at, at + 1000)
      await cloudwatch.putMetricData({ Namespace: transformation.metricNamespace, MetricData })
    }
  }
}

function found(row: FilterRow, events: LogEvent[]) {
  const pattern = compilePattern(row.pattern)
  const transformation = parseColumn<Transformation[]>(row.transformations)[0]!
  const data = events.flatMap((event) => {
    const value = valueOf(pattern, transformation, event.message)
    if (value === undefined) return []
    return [
      {
        MetricName: transformation.metricName,
        Timestamp: new Date(event.timestamp),
        Value: value,
        Unit: (transformation.unit ?? 'None') as 'None',
        Dimensions: dimensionsOf(pattern, transformation, event.message),
      },
    ]
  })
  return { data, transformation }
}

function valueOf(
  pattern: FilterPattern,
  transformation: Transformation,
  message: string,
): number | undefined {
  if (!pattern.matches(message)) return transformation.defaultValue
  const source = transformation.metricValue
  const value = Number(source.startsWith('$') ? pattern.read(message)(source) : source)
  return Number.isNaN(value) ? undefined : value
}

function dimensionsOf(pattern: FilterPattern, { dimensions }: Transformation, message: string) {
  const read = pattern.read(message)
  return Object.entries(dimensions ?? {}).flatMap(([Name, selector]) => {
    const value = read(selector)
    return value === undefined || value === null ? [] : [{ Name, Value: String(value) }]
  })
}
