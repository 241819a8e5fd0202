import { randomBytes } from 'node:crypto'
import type { Input, Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { parseColumn, stringify } from '../../../kernel/index.ts'
import type { CloudSettings } from '../../deps.ts'
import type { LambdaTables } from './migrations.ts'
import { conflict, functionArn, functionRef, notFound, type Scope } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { aliasFind, functionFind, type FunctionRow } from './store.ts'

export type UrlRow = LambdaTables['lambda_url']
export type Cors = NonNullable<Input<Lambda, 'CreateFunctionUrlConfig'>['Cors']>

export const urlOperations = (parts: LambdaParts) =>
  ({
    CreateFunctionUrlConfig: (input, ctx) => create(parts, input, ctx),
    UpdateFunctionUrlConfig: (input, ctx) => update(parts, input, ctx),

    async GetFunctionUrlConfig(input, ctx) {
      const { fn, row } = await urlOf(parts, ctx, input)
      return present(parts.deps.settings, ctx, fn, row)
    },

    async DeleteFunctionUrlConfig(input, ctx) {
      const { row } = await urlOf(parts, ctx, input)
      await parts.kernel.database.write(async (tx) => {
        const tables = tx.tables<LambdaTables>()
        await tables.deleteFrom('lambda_url').where('url_id', '=', row.url_id).execute()
      })
      return {}
    },

    async ListFunctionUrlConfigs(input, ctx) {
      const { fn } = await owner(parts, input, ctx)
      const rows = await parts.kernel.database
        .tables<LambdaTables>()
        .selectFrom('lambda_url')
        .selectAll()
        .where('function_id', '=', fn.id)
        .execute()
      return {
        FunctionUrlConfigs: rows.map((row) => present(parts.deps.settings, ctx, fn, row)),
      }
    },
  }) satisfies Operations<Lambda>

async function create(
  parts: LambdaParts,
  input: Input<Lambda, 'CreateFunctionUrlConfig'>,
  ctx: RequestContext,
) {
  const { fn, qualifier } = await owner(parts, input, ctx)
  const row: UrlRow = {
    url_id: newUrlId(),
    function_id: fn.id,
    qualifier,
    auth_type: input.AuthType!,
    cors: input.Cors ? stringify(input.Cors) : null,
    invoke_mode: input.InvokeMode ?? null,
    created_at: ctx.now,
    modified_at: ctx.now,
  }
  await parts.kernel.database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    const made = await tables
      .insertInto('lambda_url')
      .values(row)
      .onConflict((it) => it.columns(['function_id', 'qualifier']).doNothing())
      .executeTakeFirst()
    if (!made.numInsertedOrUpdatedRows) {
      const arn = functionArn(ctx, fn.name, qualifier || undefined)
      throw conflict(
        `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      )
    }
  })
  return changed(input, present(parts.deps.settings, ctx, fn, row))
}

async function update(
  parts: LambdaParts,
  input: Input<Lambda, 'UpdateFunctionUrlConfig'>,
  ctx: RequestContext,
) {
  await owner(parts, input, ctx)
  const { fn, row } = await urlOf(parts, ctx, input)
  const change = {
    auth_type: input.AuthType ?? row.auth_type,
    cors: input.Cors ? stringify(input.Cors) : row.cors,
    invoke_mode: input.InvokeMode ?? row.invoke_mode,
    modified_at: ctx.now,
  }
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_url')
      .set(change)
      .where('url_id', '=', row.url_id)
      .execute()
  })
  return changed(input, present(parts.deps.settings, ctx, fn, { ...row, ...change }))
}

/** Recorded from the real service: a change tells the mode back only to who named one. */
function changed(input: { InvokeMode?: string | undefined }, shown: ReturnType<typeof present>) {
  const { InvokeMode, ...rest } = shown
  return input.InvokeMode === undefined ? rest : { ...rest, InvokeMode }
}

/** A URL belongs to a function or to one of its aliases. */
async function owner(
  { kernel }: LambdaParts,
  named: { FunctionName?: string | undefined; Qualifier?: string | undefined },
  ctx: RequestContext,
): Promise<{ fn: FunctionRow; qualifier: string }> {
  const { name, qualifier = '' } = functionRef(named.FunctionName, named.Qualifier)
  const fn = await functionFind(kernel.database, ctx, name)
  const isThere = fn && (!qualifier || (await aliasFind(kernel.database, fn.id, qualifier)))
  if (!isThere) throw notFound('Function does not exist')
  return { fn, qualifier }
}

async function urlOf(
  parts: LambdaParts,
  ctx: RequestContext,
  named: { FunctionName?: string | undefined; Qualifier?: string | undefined },
): Promise<{ fn: FunctionRow; row: UrlRow }> {
  const missing = () => notFound('The resource you requested does not exist.')
  const { name, qualifier = '' } = functionRef(named.FunctionName, named.Qualifier)
  const fn = await functionFind(parts.kernel.database, ctx, name)
  if (!fn) throw missing()
  const row = await parts.kernel.database
    .tables<LambdaTables>()
    .selectFrom('lambda_url')
    .selectAll()
    .where('function_id', '=', fn.id)
    .where('qualifier', '=', qualifier)
    .executeTakeFirst()
  if (!row) throw missing()
  return { fn, row }
}

/** 32 characters as AWS's: lower-case letters and digits. */
const newUrlId = () => Array.from(randomBytes(32), (byte) => (byte % 36).toString(36)).join('')

/** Names below `localhost` lead to this machine, so a URL needs no set-up. */
export function urlFor(settings: CloudSettings, region: string, urlId: string): string {
  const origin = new URL(settings.originUrl())
  return `${origin.protocol}//${urlId}.lambda-url.${region}.localhost:${origin.port}/`
}

function present(settings: CloudSettings, scope: Scope, fn: FunctionRow, row: UrlRow) {
  return {
    FunctionUrl: urlFor(settings, scope.region, row.url_id),
    FunctionArn: functionArn(scope, fn.name, row.qualifier || undefined),
    AuthType: row.auth_type as 'NONE',
    ...(row.cors && { Cors: parseColumn<Cors>(row.cors) }),
    CreationTime: new Date(row.created_at).toISOString(),
    LastModifiedTime: new Date(row.modified_at).toISOString(),
    InvokeMode: (row.invoke_mode ?? 'BUFFERED') as 'BUFFERED',
  }
}
