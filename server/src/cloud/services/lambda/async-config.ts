import type { Input, Lambda, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionArn, functionRef, invalidValue, LATEST, notFound } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { asyncConfig, type AsyncRow, type Destinations, destinationsOf } from './store-async.ts'
import { aliasFind, functionFind, type FunctionRow, versionFind } from './store.ts'

type Put = Input<Lambda, 'PutFunctionEventInvokeConfig'>
type Shown = Output<Lambda, 'PutFunctionEventInvokeConfig'>

/** How asynchronous invocations are retried, and who hears of their end. */
export const asyncConfigOperations = (parts: LambdaParts) =>
  ({
    PutFunctionEventInvokeConfig: (input, ctx) => put(parts, input, ctx),
    UpdateFunctionEventInvokeConfig: (input, ctx) => put(parts, input, ctx, true),

    async GetFunctionEventInvokeConfig(input, ctx) {
      const { fn, row, arn } = await found(parts, input, ctx)
      if (!fn || !row) throw missing(arn)
      return shown(arn, row)
    },

    async DeleteFunctionEventInvokeConfig(input, ctx) {
      const { fn, row, arn } = await found(parts, input, ctx)
      if (!fn || !row) throw missing(arn)
      await parts.kernel.database.write(async (tx) => {
        await tx
          .tables<LambdaTables>()
          .deleteFrom('lambda_async_config')
          .where('function_id', '=', fn.id)
          .where('qualifier', '=', row.qualifier)
          .execute()
      })
      return {}
    },

    async ListFunctionEventInvokeConfigs(input, ctx) {
      const { fn } = await found(parts, input, ctx)
      if (!fn) throw noFunction()
      const rows = await parts.kernel.database
        .tables<LambdaTables>()
        .selectFrom('lambda_async_config')
        .selectAll()
        .where('function_id', '=', fn.id)
        .where('qualifier', '>', input.Marker ?? '')
        .orderBy('qualifier')
        .execute()
      const page = rows.slice(0, Math.min(input.MaxItems ?? 50, 50))
      return {
        FunctionEventInvokeConfigs: page.map((row) =>
          shown(functionArn(ctx, fn.name, row.qualifier), row),
        ),
        ...(page.length < rows.length && { NextMarker: page.at(-1)!.qualifier }),
      }
    },
  }) satisfies Operations<Lambda>

const missing = (arn: string) => notFound(`The function ${arn} doesn't have an EventInvokeConfig`)
const noFunction = () => notFound("The function doesn't exist.")

interface Named {
  FunctionName?: string | undefined
  Qualifier?: string | undefined
}

/** The function is there without the qualifier being one of its own; that is asked where it counts. */
async function found(parts: LambdaParts, named: Named, ctx: RequestContext) {
  const { name, qualifier = LATEST } = functionRef(named.FunctionName, named.Qualifier)
  const fn = await functionFind(parts.kernel.database, ctx, name)
  const row = fn && (await asyncConfig(parts, fn.id, qualifier))
  return { fn, row, qualifier, arn: functionArn(ctx, name, qualifier) }
}

/** Put sets all of it anew, Update (`isUpdate`) what is given. */
async function put(
  parts: LambdaParts,
  input: Put,
  ctx: RequestContext,
  isUpdate = false,
): Promise<Shown> {
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age, DestinationConfig } = input
  if (retries === undefined && age === undefined && DestinationConfig === undefined) {
    throw invalidValue('You must specify at least one of error handling or destination setting.')
  }
  const { fn, row: before, qualifier, arn } = await found(parts, input, ctx)
  if (!fn || !(await isQualifier(parts, fn, qualifier))) throw noFunction()
  if (isUpdate && !before) throw missing(arn)
  if (DestinationConfig) await checkDestinations(parts, fn, DestinationConfig, ctx)
  const kept = isUpdate ? before : undefined
  const change = {
    max_retries: retries ?? kept?.max_retries ?? null,
    max_age_s: age ?? kept?.max_age_s ?? null,
    destinations: DestinationConfig
      ? stringify({
          onSuccess: DestinationConfig.OnSuccess?.Destination || undefined,
          onFailure: DestinationConfig.OnFailure?.Destination || undefined,
        } satisfies Destinations)
      : (kept?.destinations ?? null),
    modified_at: ctx.now,
  }
  const row = { function_id: fn.id, qualifier, ...change }
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .insertInto('lambda_async_config')
      .values(row)
      .onConflict((it) => it.columns(['function_id', 'qualifier']).doUpdateSet(change))
      .execute()
  })
  return shown(arn, row)
}

async function isQualifier({ kernel }: LambdaParts, fn: FunctionRow, qualifier: string) {
  if (qualifier === LATEST) return true
  const { database } = kernel
  const version = await versionFind(database, fn.id, qualifier)
  return version !== undefined || (await aliasFind(database, fn.id, qualifier)) !== undefined
}

/** A bucket hears of failures only. */
const kinds = ['sns', 'sqs', 'events']

async function checkDestinations(
  { kernel }: LambdaParts,
  fn: FunctionRow,
  { OnSuccess, OnFailure }: NonNullable<Put['DestinationConfig']>,
  ctx: RequestContext,
): Promise<void> {
  const given = [OnFailure?.Destination, OnSuccess?.Destination].filter((arn) => !!arn)
  for (const arn of given as string[]) {
    const [, , service] = arn.split(':')
    if (service === 'lambda') {
      const { name } = functionRef(arn)
      if (!(await functionFind(kernel.database, ctx, name))) {
        throw invalidValue(`The destination ARN ${arn} is invalid.`)
      }
      if (name === fn.name) {
        throw invalidValue("You can't specify the function as a destination for itself.")
      }
    } else if (!kinds.includes(service!) && !(service === 's3' && arn === OnFailure?.Destination)) {
      const told = (kind: string, one: string | undefined) =>
        one ? `${kind}(destination=${one})` : 'null'
      throw invalidValue(
        `The provided destination config DestinationConfig(onSuccess=${told('OnSuccess', OnSuccess?.Destination)}, onFailure=${told('OnFailure', OnFailure?.Destination)}) is invalid.`,
      )
    }
  }
}

function shown(FunctionArn: string, row: AsyncRow): Shown {
  const { onSuccess, onFailure } = destinationsOf(row)
  return {
    LastModified: new Date(row.modified_at),
    FunctionArn,
    ...(row.max_retries !== null && { MaximumRetryAttempts: row.max_retries }),
    ...(row.max_age_s !== null && { MaximumEventAgeInSeconds: row.max_age_s }),
    DestinationConfig: {
      OnSuccess: onSuccess ? { Destination: onSuccess } : {},
      OnFailure: onFailure ? { Destination: onFailure } : {},
    },
  }
}
