import { gzipSync } from 'node:zlib'
import {
  AwsError,
  type Input,
  type Logs,
  type Operations,
  type RequestContext,
} from '../../gateway/index.ts'
import type { LogsTables } from './migrations.ts'
import { checkGroupName, groupArn, invalid, type LogEvent, pageSize } from './model.ts'
import type { LogsParts } from './parts.ts'
import { compilePattern } from './pattern/index.ts'
import { type Group, type LogsStore, notFound, type Stream } from './store.ts'

type FilterRow = LogsTables['logs_subscription_filter']

const MOST_FILTERS = 2
/** A record of a stream holds up to a mebibyte; its events are split before they are packed. */
const BATCH_EVENTS = 1000

/** Events of a group sent on as they come: to a function or a Kinesis stream. */
export const subscriptionFilterOperations = (parts: LogsParts) =>
  ({
    async PutSubscriptionFilter(input, ctx) {
      checkDestination(input, ctx)
      const group = await parts.store(ctx).group(checkGroupName(input.logGroupName))
      compilePattern(input.filterPattern ?? '')
      const row: FilterRow = {
        group_id: group.id,
        name: input.filterName!,
        pattern: input.filterPattern ?? '',
        destination_arn: input.destinationArn!,
        role_arn: input.roleArn ?? null,
        distribution: input.distribution ?? 'ByLogStream',
        created_at: ctx.now,
      }
      await checkReach(parts, row, group, ctx)
      await save(parts, row)
      return {}
    },

    async DeleteSubscriptionFilter(input, ctx) {
      const group = await parts.store(ctx).group(checkGroupName(input.logGroupName))
      const removed = await parts.deps.kernel.database.write((tx) =>
        tx
          .tables<LogsTables>()
          .deleteFrom('logs_subscription_filter')
          .where('group_id', '=', group.id)
          .where('name', '=', input.filterName!)
          .executeTakeFirst(),
      )
      if (!removed.numDeletedRows) {
        throw notFound('The specified subscription filter does not exist.')
      }
      return {}
    },

    async DescribeSubscriptionFilters(input, ctx) {
      const limit = pageSize(input.limit, 50, 50)
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      const rows = (await filtersOf(store, group.id)).filter(
        ({ name }) =>
          name.startsWith(input.filterNamePrefix ?? '') && name > (input.nextToken ?? ''),
      )
      const page = rows.slice(0, limit)
      return {
        subscriptionFilters: page.map((row) => shown(group, row)),
        ...(page.length < rows.length && { nextToken: page.at(-1)!.name }),
      }
    },
  }) satisfies Operations<Logs>

const shown = (group: Group, row: FilterRow) => ({
  filterName: row.name,
  logGroupName: group.name,
  filterPattern: row.pattern,
  destinationArn: row.destination_arn,
  ...(row.role_arn !== null && { roleArn: row.role_arn }),
  distribution: row.distribution as 'ByLogStream',
  applyOnTransformedLogs: false,
  creationTime: row.created_at,
})

/** By what the ARN says alone: the real service looks at it before it looks for the group. */
function checkDestination(input: Input<Logs, 'PutSubscriptionFilter'>, ctx: RequestContext): void {
  const [, , vendor, , account] = input.destinationArn!.split(':')
  if (vendor === 'lambda') {
    if (account === ctx.account) return
    throw new AwsError(
      'AccessDeniedException',
      'Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.',
      { status: 400 },
    )
  }
  if (vendor !== 'kinesis') {
    throw invalid(`Destinations of ${vendor} are not implemented by Madang; use lambda or kinesis.`)
  }
  if (input.roleArn === undefined) {
    throw invalid('destinationArn for vendor kinesis cannot be used without roleArn')
  }
}

/** The real service tries the destination with a message that says it is one. */
async function checkReach(
  parts: LogsParts,
  row: FilterRow,
  group: Group,
  { account, region }: RequestContext,
): Promise<void> {
  const isLambda = row.destination_arn.split(':')[2] === 'lambda'
  try {
    const data = packed({
      messageType: 'CONTROL_MESSAGE',
      owner: 'CloudwatchLogs',
      logGroup: '',
      logStream: '',
      subscriptionFilters: [],
      logEvents: [
        {
          id: '',
          timestamp: parts.deps.kernel.clock.now(),
          message: 'CWL CONTROL MESSAGE: Checking health of destination',
        },
      ],
    })
    await send(parts, { account, region, group: group.name }, row, data)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    parts.deps.kernel.log.info('logs.destination', { group: group.name, reason: error.message })
    throw invalid(
      isLambda
        ? 'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.'
        : 'Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.',
    )
  }
}

async function save({ deps }: LogsParts, row: FilterRow): Promise<void> {
  const isSaved = await deps.kernel.database.write(async (tx) => {
    const tables = tx.tables<LogsTables>()
    const others = await tables
      .selectFrom('logs_subscription_filter')
      .select('name')
      .where('group_id', '=', row.group_id)
      .where('name', '!=', row.name)
      .execute()
    if (others.length >= MOST_FILTERS) return false
    await tables
      .insertInto('logs_subscription_filter')
      .values(row)
      .onConflict((it) => it.columns(['group_id', 'name']).doUpdateSet(row))
      .execute()
    return true
  })
  if (!isSaved) throw limitExceeded()
}

export const limitExceeded = () =>
  new AwsError('LimitExceededException', 'Resource limit exceeded.', { status: 400 })

async function filtersOf(store: LogsStore, groupId: string): Promise<FilterRow[]> {
  const rows = await store.tables
    .selectFrom('logs_subscription_filter')
    .selectAll()
    .where('group_id', '=', groupId)
    .execute()
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Sends accepted events on; who put them doesn't wait for it, and a destination's fault is logged. */
export async function deliver(
  parts: LogsParts,
  store: LogsStore,
  { group, stream }: { group: Group; stream: Stream },
  events: LogEvent[],
): Promise<void> {
  const filters = await filtersOf(store, group.id)
  for (const row of filters) {
    const { matches } = compilePattern(row.pattern)
    const chosen = events.filter(({ message }) => matches(message))
    for (let at = 0; at < chosen.length; at += BATCH_EVENTS) {
      const data = packed({
        messageType: 'DATA_MESSAGE',
        owner: store.scope.account,
        logGroup: group.name,
        logStream: stream.name,
        subscriptionFilters: [row.name],
        logEvents: chosen.slice(at, at + BATCH_EVENTS).map((event, index) => ({
          id: eventNumber(event, parts.deps.kernel.clock.now(), at + index),
          ...event,
        })),
      })
      await attempt(parts, { ...store.scope, group: group.name }, row, data)
    }
  }
}

/** 56 digits as the real ones: by time, then by place. */
const eventNumber = ({ timestamp }: LogEvent, nowMs: number, index: number) =>
  `${timestamp}${String(nowMs)}${String(index).padStart(8, '0')}`.padStart(56, '3')

async function attempt(parts: LogsParts, from: From, row: FilterRow, data: string): Promise<void> {
  try {
    await send(parts, from, row, data)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { name, destination_arn: destination } = row
    parts.deps.kernel.log.warn('logs.delivery', { name, destination, reason: error.message })
  }
}

const packed = (content: object) => gzipSync(JSON.stringify(content)).toString('base64')

/** Whose events they are: what a destination's policy may ask for. */
interface From {
  account: string
  region: string
  group: string
}

async function send(
  { deps }: LogsParts,
  { group, ...scope }: From,
  { destination_arn: arn, role_arn, distribution }: FilterRow,
  data: string,
): Promise<void> {
  if (arn.split(':')[2] === 'lambda') {
    const payload = Buffer.from(JSON.stringify({ awslogs: { data } }))
    return invoke(deps, { ...scope, group }, arn, payload)
  }
  const principal = await deps.sessions.rolePrincipal({
    roleArn: role_arn!,
    sessionName: 'CloudWatchLogs',
  })
  const { kinesis } = deps.as({ principal, account: scope.account, region: arn.split(':')[3]! })
  await kinesis.putRecord({
    StreamARN: arn,
    Data: Buffer.from(data, 'base64'),
    PartitionKey: distribution === 'Random' ? crypto.randomUUID() : arn,
  })
}

/** Policies name the service with its Region, or, in newer ones, without. */
async function invoke(
  deps: LogsParts['deps'],
  { group, ...scope }: From,
  FunctionName: string,
  Payload: Uint8Array,
): Promise<void> {
  const as = (name: string) => {
    const service = deps.sessions.serviceOf(name, scope.account)
    const source = {
      'aws:SourceArn': `${groupArn(scope, group)}:*`,
      'aws:SourceAccount': scope.account,
    }
    const principal = { ...service, context: { ...service.context, ...source } }
    const input = { FunctionName, InvocationType: 'Event' as const, Payload }
    return deps.as({ principal, ...scope }).lambda.invoke(input)
  }
  try {
    await as('logs.amazonaws.com')
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'AccessDeniedException') throw error
    await as(`logs.${scope.region}.amazonaws.com`)
  }
}
