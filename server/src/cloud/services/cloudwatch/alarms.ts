import type { CloudWatch, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { stringify, type Transaction } from '../../../kernel/index.ts'
import { type AlarmState, ruleOf } from './alarm-model.ts'
import { checkMetricAlarm } from './alarm-rules.ts'
import { alarmNode } from './alarm-states.ts'
import { tagsOf } from './alarm-watch.ts'
import { parseAlarmRule } from './composite.ts'
import {
  alarmArn,
  dimensionsOf,
  invalidValue,
  metricId,
  missing,
  validationError,
} from './model.ts'
import type { CloudWatchParts } from './parts.ts'
import { presentComposite, presentMetricAlarm } from './present-alarm.ts'
import {
  alarmByArn,
  alarmDelete,
  alarmPut,
  type AlarmRow,
  alarmsOf,
  historyAdd,
  metricConfig,
} from './store-alarms.ts'

export const alarmOperations = (parts: CloudWatchParts) =>
  ({
    async PutMetricAlarm(input, ctx) {
      checkMetricAlarm(input)
      const { Tags, ActionsEnabled, AlarmName, ...config } = input
      ruleOf(config)
      const given = { AlarmName, Tags, ActionsEnabled }
      await put(parts, ctx, given, 'MetricAlarm', config)
      return {}
    },

    async PutCompositeAlarm(input, ctx) {
      const { Tags, ActionsEnabled, AlarmName, ...config } = input
      if (!config.AlarmRule) throw missing('The parameter AlarmRule is required.')
      parseAlarmRule(config.AlarmRule)
      const given = { AlarmName, Tags, ActionsEnabled }
      await put(parts, ctx, given, 'CompositeAlarm', config)
      return {}
    },

    DescribeAlarms: (input, ctx) => describeAlarms(parts, input, ctx),

    async DescribeAlarmsForMetric(input, ctx) {
      const wanted = metricId(ctx, {
        namespace: input.Namespace!,
        name: input.MetricName!,
        dimensions: dimensionsOf(input.Dimensions),
      })
      const rows = (await alarmsOf(parts.database, ctx)).filter((row) => {
        const config = metricConfig(row)
        if (row.kind !== 'MetricAlarm' || !config.MetricName || !config.Namespace) return false
        const dimensions = dimensionsOf(config.Dimensions)
        const key = { namespace: config.Namespace, name: config.MetricName, dimensions }
        return metricId(ctx, key) === wanted
      })
      return { MetricAlarms: rows.map(presentMetricAlarm) }
    },

    async DeleteAlarms(input, ctx) {
      const names = input.AlarmNames ?? []
      if (names.length > 100) throw invalidValue('At most 100 alarms are deleted at once.')
      const rows = (await alarmsOf(parts.database, ctx)).filter((row) => names.includes(row.name))
      const absent = names.find((name) => !rows.some((row) => row.name === name))
      if (absent) throw notFound(`Alarm with name ${absent} not found`)
      await parts.database.write(async (tx) => {
        for (const row of rows) await remove(parts, tx, row, ctx)
      })
      for (const row of rows) await parts.watch.refresh(row.arn)
      return {}
    },

    async SetAlarmState(input, ctx) {
      const state = input.StateValue as AlarmState
      if (!['OK', 'ALARM', 'INSUFFICIENT_DATA'].includes(state)) {
        throw validationError(
          `1 validation error detected: Value '${state}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
        )
      }
      const alarm = await alarmByArn(parts.database, alarmArn(ctx, input.AlarmName!))
      if (!alarm) throw notFound(`Alarm with name ${input.AlarmName} not found`)
      const reasonData = input.StateReasonData ? readJson(input.StateReasonData) : undefined
      await parts.states.change(alarm.arn, { state, reason: input.StateReason!, reasonData })
      return {}
    },

    EnableAlarmActions: (input, ctx) => setActions(parts, ctx, input.AlarmNames ?? [], true),
    DisableAlarmActions: (input, ctx) => setActions(parts, ctx, input.AlarmNames ?? [], false),
  }) satisfies Operations<CloudWatch>

export const notFound = (message: string) => new AwsError('ResourceNotFound', message)

function readJson(text: string): object {
  try {
    return JSON.parse(text) as object
  } catch {
    throw new AwsError('InvalidFormatFault', 'StateReasonData is not valid JSON.')
  }
}

type Given = Pick<Input<CloudWatch, 'PutMetricAlarm'>, 'AlarmName' | 'Tags' | 'ActionsEnabled'>

/** An update leaves the state as it is and overwrites the rest; tags count only at creation. */
async function put(
  parts: CloudWatchParts,
  ctx: RequestContext,
  given: Given,
  kind: AlarmRow['kind'],
  config: object,
): Promise<void> {
  const name = given.AlarmName
  if (!name || name.length > 255) throw validationError('AlarmName must have 1 to 255 characters.')
  const arn = alarmArn(ctx, name)
  const tags = Object.fromEntries((given.Tags ?? []).map(({ Key, Value }) => [Key!, Value!]))
  const project = ctx.principal.context?.['madang:project']
  await parts.database.write(async (tx) => {
    const before = await alarmByArn(tx, arn)
    const row: AlarmRow = {
      ...(before ?? fresh(ctx, tags)),
      arn,
      account: ctx.account,
      region: ctx.region,
      name,
      kind,
      config: stringify(config),
      project: typeof project === 'string' ? project : (before?.project ?? null),
      actions_enabled: given.ActionsEnabled === false ? 0 : 1,
      config_at: ctx.now,
    }
    await alarmPut(tx, row)
    const update = before ? 'updated' : 'created'
    await recordConfiguration(parts, tx, row, update, ctx)
  })
  await parts.watch.refresh(arn)
}

const fresh = (ctx: RequestContext, tags: Record<string, string>) => ({
  tags: stringify(tags),
  state: 'INSUFFICIENT_DATA',
  reason: 'Unchecked: Initial alarm creation',
  reason_data: null,
  state_at: ctx.now,
  transitioned_at: ctx.now,
})

async function remove(
  parts: CloudWatchParts,
  tx: Transaction,
  row: AlarmRow,
  ctx: RequestContext,
): Promise<void> {
  await alarmDelete(tx, row.arn)
  await recordConfiguration(parts, tx, row, 'deleted', ctx)
}

async function recordConfiguration(
  parts: CloudWatchParts,
  tx: Transaction,
  row: AlarmRow,
  change: 'created' | 'updated' | 'deleted',
  ctx: RequestContext,
): Promise<void> {
  await historyAdd(tx, row, {
    at: ctx.now,
    item: 'ConfigurationUpdate',
    summary: `Alarm "${row.name}" ${change}`,
    data: { version: '1.0', type: change === 'created' ? 'Create' : change, ...metricConfig(row) },
  })
  await parts.deps.kernel.events.append(tx, {
    type: change === 'deleted' ? 'cloud.alarmDeleted' : 'cloud.alarmPut',
    subject: `alarm:${row.arn}`,
    ...(row.project && { project: row.project }),
    actor: ctx.principal.arn,
    data: { arn: row.arn, name: row.name, account: row.account, region: row.region },
    nodes: [{ ...alarmNode(row, row.state), ...(change === 'deleted' && { removed: true }) }],
  })
}

async function setActions(
  parts: CloudWatchParts,
  ctx: RequestContext,
  names: string[],
  enabled: boolean,
) {
  const rows = (await alarmsOf(parts.database, ctx)).filter((row) => names.includes(row.name))
  await parts.database.write(async (tx) => {
    for (const row of rows) await alarmPut(tx, { ...row, actions_enabled: enabled ? 1 : 0 })
  })
  return {}
}

async function describeAlarms(
  parts: CloudWatchParts,
  input: Input<CloudWatch, 'DescribeAlarms'>,
  ctx: RequestContext,
): Promise<Output<CloudWatch, 'DescribeAlarms'>> {
  const limit = input.MaxRecords ?? 50
  if (limit < 1 || limit > 100) throw invalidValue('MaxRecords must be between 1 and 100.')
  const kinds: string[] = input.AlarmTypes ?? ['MetricAlarm']
  const chosen = (await alarmsOf(parts.database, ctx))
    .filter((row) => kinds.includes(row.kind))
    .filter((row) => input.AlarmNames?.includes(row.name) ?? true)
    .filter((row) => row.name.startsWith(input.AlarmNamePrefix ?? ''))
    .filter((row) => !input.StateValue || row.state === input.StateValue)
    .filter((row) => hasAction(row, input.ActionPrefix))
    .filter((row) => row.name > (input.NextToken ?? ''))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = chosen.slice(0, limit)
  return {
    MetricAlarms: page.filter((row) => row.kind === 'MetricAlarm').map(presentMetricAlarm),
    CompositeAlarms: page.filter((row) => row.kind === 'CompositeAlarm').map(presentComposite),
    ...(chosen.length > limit && { NextToken: page.at(-1)!.name }),
  }
}

function hasAction(row: AlarmRow, prefix: string | undefined): boolean {
  if (!prefix) return true
  const { AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = metricConfig(row)
  return [...AlarmActions, ...OKActions, ...InsufficientDataActions].some((it) =>
    it.startsWith(prefix),
  )
}

export const tagOperations = (parts: CloudWatchParts) =>
  ({
    async ListTagsForResource(input, ctx) {
      const tags = tagsOf(await tagged(parts, input.ResourceARN, ctx))
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
    async TagResource(input, ctx) {
      const row = await tagged(parts, input.ResourceARN, ctx)
      const added = (input.Tags ?? []).map(({ Key, Value }) => [Key!, Value!])
      const tags = stringify({ ...tagsOf(row), ...Object.fromEntries(added) })
      await parts.database.write((tx) => alarmPut(tx, { ...row, tags }))
      return {}
    },
    async UntagResource(input, ctx) {
      const row = await tagged(parts, input.ResourceARN, ctx)
      const kept = Object.entries(tagsOf(row)).filter(([key]) => !input.TagKeys?.includes(key))
      const tags = stringify(Object.fromEntries(kept))
      await parts.database.write((tx) => alarmPut(tx, { ...row, tags }))
      return {}
    },
  }) satisfies Operations<CloudWatch>

async function tagged(parts: CloudWatchParts, arn: string | undefined, ctx: RequestContext) {
  const row = await alarmByArn(parts.database, arn ?? '')
  if (row?.account === ctx.account && row.region === ctx.region) return row
  throw new AwsError('ResourceNotFoundException', `The resource ${arn} does not exist.`)
}
