import type { Input, Lambda, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { checkRange, functionArn, functionRef, invalidValue, LATEST, notFound } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { ACCOUNT_CONCURRENCY } from './pool.ts'
import { resolve } from './resolve.ts'
import { functionList, functionOf, latest } from './store.ts'

export const concurrencyOperations = (parts: LambdaParts) =>
  ({
    async PutFunctionConcurrency(input, ctx) {
      const count = input.ReservedConcurrentExecutions ?? -1
      if (count < 0 || count > ACCOUNT_CONCURRENCY) {
        throw invalidValue(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of 0 (this cloud runs ${ACCOUNT_CONCURRENCY}).`,
        )
      }
      await setReserved(parts, ctx, input.FunctionName, count)
      return { ReservedConcurrentExecutions: count }
    },
    async GetFunctionConcurrency(input, ctx) {
      const { fn } = await resolve(parts, ctx, input)
      const count = fn.reserved_concurrency
      return count === null ? {} : { ReservedConcurrentExecutions: count }
    },
    async DeleteFunctionConcurrency(input, ctx) {
      await setReserved(parts, ctx, input.FunctionName, null)
      return {}
    },

    async GetAccountSettings(_input, ctx) {
      const functions = await functionList(parts.kernel.database, ctx)
      const sizes = await Promise.all(functions.map(({ id }) => latest(parts.kernel.database, id)))
      const reserved = functions.reduce((sum, fn) => sum + (fn.reserved_concurrency ?? 0), 0)
      return {
        AccountLimit: {
          TotalCodeSize: 80_530_636_800,
          CodeSizeUnzipped: 262_144_000,
          CodeSizeZipped: 52_428_800,
          ConcurrentExecutions: ACCOUNT_CONCURRENCY,
          UnreservedConcurrentExecutions: ACCOUNT_CONCURRENCY - reserved,
        },
        AccountUsage: {
          TotalCodeSize: sizes.reduce((sum, row) => sum + row.code_bytes, 0),
          FunctionCount: functions.length,
        },
      }
    },
  }) satisfies Operations<Lambda>

async function setReserved(
  parts: LambdaParts,
  ctx: RequestContext,
  name: string | undefined,
  count: number | null,
): Promise<void> {
  const fn = await functionOf(parts.kernel.database, ctx, functionRef(name).name)
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_function')
      .set({ reserved_concurrency: count })
      .where('id', '=', fn.id)
      .execute()
  })
}

/** How asynchronous invocations are retried. */
export const asyncConfigOperations = (parts: LambdaParts) =>
  ({
    PutFunctionEventInvokeConfig: (input, ctx) => putAsyncConfig(parts, input, ctx),
    UpdateFunctionEventInvokeConfig: (input, ctx) => putAsyncConfig(parts, input, ctx),

    async GetFunctionEventInvokeConfig(input, ctx) {
      const { fn, arnQualifier = LATEST } = await resolve(parts, ctx, input)
      const row = await asyncConfig(parts, fn.id, arnQualifier)
      const arn = functionArn(ctx, fn.name, arnQualifier)
      if (!row) {
        throw notFound(`The function ${arn} doesn't have an EventInvokeConfig`)
      }
      return presentAsync(arn, row)
    },

    async DeleteFunctionEventInvokeConfig(input, ctx) {
      const { fn, arnQualifier = LATEST } = await resolve(parts, ctx, input)
      await parts.kernel.database.write(async (tx) => {
        await tx
          .tables<LambdaTables>()
          .deleteFrom('lambda_async_config')
          .where('function_id', '=', fn.id)
          .where('qualifier', '=', arnQualifier)
          .execute()
      })
      return {}
    },
  }) satisfies Operations<Lambda>

type AsyncRow = LambdaTables['lambda_async_config']

export function asyncConfig(
  { kernel }: Pick<LambdaParts, 'kernel'>,
  functionId: string,
  qualifier: string,
): Promise<AsyncRow | undefined> {
  return kernel.database
    .tables<LambdaTables>()
    .selectFrom('lambda_async_config')
    .selectAll()
    .where('function_id', '=', functionId)
    .where('qualifier', '=', qualifier)
    .executeTakeFirst()
}

async function putAsyncConfig(
  parts: LambdaParts,
  input: Input<Lambda, 'PutFunctionEventInvokeConfig'>,
  ctx: RequestContext,
): Promise<Output<Lambda, 'PutFunctionEventInvokeConfig'>> {
  const { fn, arnQualifier = LATEST } = await resolve(parts, ctx, input)
  const { OnFailure, OnSuccess } = input.DestinationConfig ?? {}
  if (OnFailure?.Destination || OnSuccess?.Destination) {
    throw invalidValue('Destinations of asynchronous invocations are not implemented by Madang.')
  }
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age } = input
  const change = {
    max_retries: retries === undefined ? null : checkRange('maximumRetryAttempts', retries, 0, 2),
    max_age_s: age === undefined ? null : checkRange('maximumEventAgeInSeconds', age, 60, 21_600),
    modified_at: ctx.now,
  }
  const row = { function_id: fn.id, qualifier: arnQualifier, ...change }
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .insertInto('lambda_async_config')
      .values(row)
      .onConflict((it) => it.columns(['function_id', 'qualifier']).doUpdateSet(change))
      .execute()
  })
  return presentAsync(functionArn(ctx, fn.name, arnQualifier), row)
}

const presentAsync = (FunctionArn: string, row: AsyncRow) => ({
  LastModified: new Date(row.modified_at),
  FunctionArn,
  ...(row.max_retries !== null && { MaximumRetryAttempts: row.max_retries }),
  ...(row.max_age_s !== null && { MaximumEventAgeInSeconds: row.max_age_s }),
  DestinationConfig: { OnSuccess: {}, OnFailure: {} },
})

export const tagOperations = (parts: LambdaParts) =>
  ({
    async ListTags(input, ctx) {
      const { fn } = await resolve(parts, ctx, { FunctionName: input.Resource })
      return { Tags: JSON.parse(fn.tags) as Record<string, string> }
    },
    async TagResource(input, ctx) {
      await setTags(parts, ctx, input.Resource, (tags) => ({ ...tags, ...input.Tags }))
      return {}
    },
    async UntagResource(input, ctx) {
      const keep = ([key]: [string, string]) => !input.TagKeys?.includes(key)
      await setTags(parts, ctx, input.Resource, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(keep)),
      )
      return {}
    },
  }) satisfies Operations<Lambda>

async function setTags(
  parts: LambdaParts,
  ctx: RequestContext,
  arn: string | undefined,
  change: (tags: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const { fn } = await resolve(parts, ctx, { FunctionName: arn })
  const tags = stringify(change(JSON.parse(fn.tags) as Record<string, string>))
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_function')
      .set({ tags })
      .where('id', '=', fn.id)
      .execute()
  })
}
