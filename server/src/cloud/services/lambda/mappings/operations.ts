import {
  AwsError,
  type Input,
  type Lambda,
  type Operations,
  type RequestContext,
} from '../../../gateway/index.ts'
import { stringify } from '../../../../kernel/index.ts'
import { conflict, functionArn, functionRef, invalidValue, notFound } from '../model.ts'
import type { LambdaParts } from '../parts.ts'
import { resolve } from '../resolve.ts'
import { configOf, functionFind, functionOf, latest } from '../store.ts'
import { checkedConfig } from './config.ts'
import {
  accountOf,
  kindOf,
  type MappingConfig,
  type MappingRow,
  regionOf,
  sourceKind,
} from './model.ts'
import { queueUrl } from './queue-source.ts'
import type { MappingReaders } from './readers.ts'
import * as store from './store.ts'
import { checkTags, tagsDelete, tagsPut } from '../tags.ts'

const PAGE = 100

type State =
  | 'Creating'
  | 'Enabled'
  | 'Disabled'
  | 'Enabling'
  | 'Disabling'
  | 'Deleting'
  | 'Updating'

export const mappingOperations = (parts: LambdaParts, readers: MappingReaders) =>
  ({
    async CreateEventSourceMapping(input, ctx) {
      checkTags(input.Tags ?? {})
      const row = await made(parts, input, ctx)
      await parts.kernel.database.write(async (tx) => {
        await store.mappingPut(tx, row)
        if (row.is_enabled) await readers.start(tx, row.uuid)
      })
      if (input.Tags) await tagsPut(parts.kernel.database, arnOf(row), input.Tags, ctx.now)
      return present(row, 'Creating')
    },

    async GetEventSourceMapping(input, ctx) {
      return present(await found(parts, input.UUID, ctx))
    },

    async ListEventSourceMappings(input, ctx) {
      const { database } = parts.kernel
      const limit = Math.min(input.MaxItems ?? PAGE, PAGE)
      const functionId = input.FunctionName
        ? (await functionOf(database, ctx, functionRef(input.FunctionName).name)).id
        : undefined
      const rows = await store.mappingList(database, ctx, {
        functionId,
        sourceArn: input.EventSourceArn,
        after: input.Marker,
        limit: limit + 1,
      })
      const shown = rows.slice(0, limit)
      return {
        EventSourceMappings: shown.map((row) => present(row)),
        ...(rows.length > limit && { NextMarker: shown.at(-1)!.uuid }),
      }
    },

    async UpdateEventSourceMapping(input, ctx) {
      const before = await found(parts, input.UUID, ctx)
      const row = await changed(parts, before, input, ctx)
      await parts.kernel.database.write(async (tx) => {
        await store.mappingPut(tx, row)
        if (row.is_enabled && !before.is_enabled) await readers.start(tx, row.uuid)
      })
      readers.changed(row.uuid)
      if (row.is_enabled === before.is_enabled) return present(row, 'Updating')
      return present(row, row.is_enabled ? 'Enabling' : 'Disabling')
    },

    async DeleteEventSourceMapping(input, ctx) {
      const row = await found(parts, input.UUID, ctx)
      await parts.kernel.database.write(async (tx) => {
        await store.mappingDelete(tx, row.uuid)
        await tagsDelete(tx, arnOf(row))
      })
      readers.changed(row.uuid)
      return present(row, 'Deleting')
    },
  }) satisfies Operations<Lambda>

async function found(parts: LambdaParts, uuid: string | undefined, ctx: RequestContext) {
  const row = await store.mappingById(parts.kernel.database, uuid ?? '')
  if (row?.account === ctx.account && row.region === ctx.region) return row
  throw notFound('The resource you requested does not exist.')
}

async function made(
  parts: LambdaParts,
  input: Input<Lambda, 'CreateEventSourceMapping'>,
  ctx: RequestContext,
): Promise<MappingRow> {
  const arn = input.EventSourceArn
  if (arn === undefined) throw invalidValue('Unrecognized event source.')
  const kind = sourceKind(arn)
  if (kind === undefined) {
    throw invalidValue(
      `Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported event source arn ${arn}`,
    )
  }
  const config = checkedConfig(kind, input, undefined)
  const { database } = parts.kernel
  const { fn, arnQualifier } = await target(parts, ctx, input.FunctionName)
  const version = configOf(await latest(database, fn.id))
  const same = await store.mappingList(database, ctx, {
    functionId: fn.id,
    sourceArn: arn,
    limit: 1,
  })
  if (same[0]) throw alreadyThere(same[0])
  await checkRights(parts, version.role, arn)
  await checkSource(parts, arn, version.timeoutS, ctx)
  return {
    uuid: crypto.randomUUID(),
    account: ctx.account,
    region: ctx.region,
    function_id: fn.id,
    function_name: fn.name,
    qualifier: arnQualifier ?? null,
    role_arn: version.role,
    source_arn: arn,
    is_enabled: input.Enabled === false ? 0 : 1,
    config: stringify(config),
    last_result: 'No records processed',
    modified_at: ctx.now,
  }
}

async function target(parts: LambdaParts, ctx: RequestContext, FunctionName: string | undefined) {
  const { name } = functionRef(FunctionName)
  if (!(await functionFind(parts.kernel.database, ctx, name))) {
    throw invalidValue('Function does not exist')
  }
  return resolve(parts, ctx, { FunctionName })
}

const alreadyThere = (row: MappingRow) =>
  conflict(
    `The event source arn (" ${row.source_arn} ") and function (" ${row.function_name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${row.uuid}`,
  )

const needs = {
  sqs: ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'],
  kinesis: ['GetRecords', 'GetShardIterator', 'ListShards'],
  dynamodb: ['GetRecords', 'GetShardIterator', 'DescribeStream'],
}
const serviceNames = { sqs: 'SQS', kinesis: 'Kinesis', dynamodb: 'DynamoDB' }

/** AWS asks for the role's rights before it makes the mapping; so does this, by the same policies. */
async function checkRights({ deps }: LambdaParts, role: string, arn: string): Promise<void> {
  const kind = sourceKind(arn)!
  const account = accountOf(role)
  const aws = deps.as({ principal: rootOf(account), region: regionOf(arn), account })
  const { EvaluationResults = [] } = await aws.iam.simulatePrincipalPolicy({
    PolicySourceArn: role,
    ActionNames: needs[kind].map((name) => `${kind}:${name}`),
    ResourceArns: [arn],
  })
  const denied = EvaluationResults.find(({ EvalDecision }) => EvalDecision !== 'allowed')
  if (!denied) return
  const action = denied.EvalActionName!.split(':')[1]
  throw invalidValue(
    kind === 'sqs'
      ? `The provided execution role does not have permissions to call ${action} on SQS`
      : `Cannot access stream ${arn}. Please ensure the role can perform the ${needs[kind].join(', ')} Actions on your stream in IAM. (${serviceNames[kind]})`,
  )
}

function rootOf(account: string) {
  const arn = `arn:aws:iam::${account}:root`
  return { kind: 'root' as const, account, arn, userId: account, sessionName: 'madang-console' }
}

async function checkSource(parts: LambdaParts, arn: string, timeoutS: number, ctx: RequestContext) {
  const kind = sourceKind(arn)
  const aws = parts.deps.as({ principal: rootOf(accountOf(arn)), region: regionOf(arn) })
  try {
    if (kind === 'kinesis') await aws.kinesis.describeStreamSummary({ StreamARN: arn })
    if (kind === 'dynamodb') await aws['dynamodb-streams'].describeStream({ StreamArn: arn })
    if (kind === 'sqs') await checkQueue(parts, arn, timeoutS, aws)
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'InvalidParameterValueException') throw error
    if (kind !== 'sqs') throw invalidValue(`Stream not found: ${arn}`)
    throw invalidValue(
      `Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: ${error.message}`,
    )
  }
  if (regionOf(arn) !== ctx.region) {
    throw invalidValue(`The event source has to be in the function's region: ${arn}`)
  }
}

type Calls = ReturnType<LambdaParts['deps']['as']>

async function checkQueue(parts: LambdaParts, arn: string, timeoutS: number, { sqs }: Calls) {
  const { Attributes = {} } = await sqs.getQueueAttributes({
    QueueUrl: queueUrl(parts, arn),
    AttributeNames: ['VisibilityTimeout'],
  })
  const visible = Number((Attributes as Record<string, string>)['VisibilityTimeout'] ?? 30)
  if (visible < timeoutS) {
    throw invalidValue(
      `Queue visibility timeout: ${visible} seconds is less than Function timeout: ${timeoutS} seconds`,
    )
  }
}

async function changed(
  parts: LambdaParts,
  before: MappingRow,
  input: Input<Lambda, 'UpdateEventSourceMapping'>,
  ctx: RequestContext,
): Promise<MappingRow> {
  const config = checkedConfig(kindOf(before), input, store.mappingConfig(before))
  const named = input.FunctionName
    ? await resolve(parts, ctx, { FunctionName: input.FunctionName })
    : undefined
  return {
    ...before,
    ...(named && {
      function_id: named.fn.id,
      function_name: named.fn.name,
      qualifier: named.arnQualifier ?? null,
    }),
    is_enabled: input.Enabled === undefined ? before.is_enabled : Number(input.Enabled),
    config: stringify(config),
    modified_at: ctx.now,
  }
}

const arnOf = ({ region, account, uuid }: MappingRow) =>
  `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`

function present(row: MappingRow, state?: State) {
  const config = store.mappingConfig(row)
  return {
    UUID: row.uuid,
    EventSourceMappingArn: arnOf(row),
    BatchSize: config.batchSize,
    MaximumBatchingWindowInSeconds: config.windowS,
    EventSourceArn: row.source_arn,
    FunctionArn: functionArn(row, row.function_name, row.qualifier ?? undefined),
    LastModified: new Date(row.modified_at),
    State: state ?? (row.is_enabled ? 'Enabled' : 'Disabled'),
    StateTransitionReason: kindOf(row) === 'sqs' ? 'USER_INITIATED' : 'User action',
    FunctionResponseTypes: config.reportsItems ? ['ReportBatchItemFailures' as const] : [],
    ...(config.filters.length > 0 && {
      FilterCriteria: { Filters: config.filters.map((Pattern) => ({ Pattern })) },
    }),
    ...(config.maxConcurrency !== undefined && {
      ScalingConfig: { MaximumConcurrency: config.maxConcurrency },
    }),
    ...(kindOf(row) !== 'sqs' && streamMembers(row, config)),
  }
}

function streamMembers(row: MappingRow, config: MappingConfig) {
  return {
    StartingPosition: config.startingPosition as 'LATEST',
    ...(config.startingTimestampMs !== undefined && {
      StartingPositionTimestamp: new Date(config.startingTimestampMs),
    }),
    ParallelizationFactor: config.parallelization,
    DestinationConfig: {
      OnFailure: config.onFailure === undefined ? {} : { Destination: config.onFailure },
    },
    MaximumRecordAgeInSeconds: config.maxAgeS,
    BisectBatchOnFunctionError: config.bisect,
    MaximumRetryAttempts: config.maxRetries,
    TumblingWindowInSeconds: config.tumblingS ?? 0,
    LastProcessingResult: row.last_result,
  }
}
