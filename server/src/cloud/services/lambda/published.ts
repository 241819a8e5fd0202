import { randomUUID } from 'node:crypto'
import type { Input, Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { stringify } from '../../../kernel/index.ts'
import { listed } from './configuration.ts'
import type { LambdaTables } from './migrations.ts'
import {
  conflict,
  functionArn,
  functionRef,
  invalidValue,
  LATEST,
  notFound,
  type Scope,
  withoutType,
} from './model.ts'
import { sha256Base64 } from './packages.ts'
import type { LambdaParts } from './parts.ts'
import { PROVISIONED } from './provisioned.ts'
import { presentVersion } from './resolve.ts'
import { checkRevision, checkSettled } from './revision.ts'
import { settingFind } from './settings.ts'
import {
  aliasFind,
  type AliasRow,
  configOf,
  type FunctionRow,
  functionById,
  functionFind,
  functionOf,
  latest,
  versionFind,
  versionList,
  type VersionRow,
  weightsOf,
} from './store.ts'

interface PublishGiven {
  Description?: string | undefined
  CodeSha256?: string | undefined
  RevisionId?: string | undefined
}

/** Published with its code: it is made while `$LATEST` is. */
const creating = {
  state: 'Pending',
  state_reason: 'The function is being created.',
  state_reason_code: 'Creating',
  update_status: 'InProgress',
}

/** Makes a version of `$LATEST`; the newest one again when nothing changed since, as AWS does. */
export async function publish(
  parts: LambdaParts,
  fn: FunctionRow,
  given: PublishGiven,
): Promise<VersionRow> {
  const { database } = parts.kernel
  const row = await latest(database, fn.id)
  checkRevision(given.RevisionId, row.revision)
  if (given.CodeSha256 && given.CodeSha256 !== sha256Base64(row.code_sha256)) {
    throw invalidValue(
      `CodeSHA256 (${given.CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256Base64(row.code_sha256)}). Please try again with the CodeSHA256 in $LATEST.`,
    )
  }
  const newest = (await versionList(database, fn.id)).at(-1)!
  if (newest.version !== LATEST && isSame(newest, row)) return newest
  const isSettled = row.state === 'Active' && row.update_status !== 'InProgress'
  const version = await database.write(async (tx) => {
    const current = await functionById(tx, fn.id)
    const version = String(current?.next_version ?? 1)
    const description = given.Description ?? configOf(row).description
    const tables = tx.tables<LambdaTables>()
    await tables
      .insertInto('lambda_version')
      .values({
        ...row,
        ...(isSettled ? {} : creating),
        version,
        config: stringify({ ...configOf(row), description }),
        revision: randomUUID(),
      })
      .execute()
    await tables
      .updateTable('lambda_function')
      .set({ next_version: Number(version) + 1 })
      .where('id', '=', fn.id)
      .execute()
    if (!isSettled) await parts.packages.prepareLater(tx, fn.id, version)
    return version
  })
  return (await versionFind(database, fn.id, version))!
}

function isSame(a: VersionRow, b: VersionRow): boolean {
  const { description: _a, ...left } = configOf(a)
  const { description: _b, ...right } = configOf(b)
  return (
    a.code_sha256 === b.code_sha256 &&
    a.variables === b.variables &&
    stringify(left) === stringify(right)
  )
}

export const versionOperations = (parts: LambdaParts) =>
  ({
    async PublishVersion(input, ctx) {
      const { name } = functionRef(input.FunctionName)
      const fn = await functionOf(parts.kernel.database, ctx, name)
      checkSettled(ctx, fn, await latest(parts.kernel.database, fn.id))
      const version = await publish(parts, fn, input)
      return presentVersion(parts, ctx, fn, version, version.version)
    },

    async ListVersionsByFunction(input, ctx) {
      const { name } = functionRef(input.FunctionName)
      const fn = await functionOf(parts.kernel.database, ctx, name)
      const all = await versionList(parts.kernel.database, fn.id)
      const start = input.Marker ? all.findIndex((row) => row.version === input.Marker) + 1 : 0
      const page = all.slice(start, start + Math.min(input.MaxItems ?? 50, 50))
      const isMore = start + page.length < all.length
      return {
        Versions: page.map((row) => listed(presentVersion(parts, ctx, fn, row, row.version))),
        ...(isMore && { NextMarker: page.at(-1)!.version }),
      }
    },
  }) satisfies Operations<Lambda>

export const aliasOperations = (parts: LambdaParts) =>
  ({
    CreateAlias: (input, ctx) => aliasCreate(parts, input, ctx),
    UpdateAlias: (input, ctx) => aliasUpdate(parts, input, ctx),

    async GetAlias(input, ctx) {
      const { fn, alias } = await aliasOf(parts, ctx, input)
      return presentAlias(ctx, fn, alias)
    },

    async ListAliases(input, ctx) {
      const { name } = functionRef(input.FunctionName)
      const fn = await functionOf(parts.kernel.database, ctx, name)
      const rows = await parts.kernel.database
        .tables<LambdaTables>()
        .selectFrom('lambda_alias')
        .selectAll()
        .where('function_id', '=', fn.id)
        .execute()
      const wanted = rows.filter(
        (row) => !input.FunctionVersion || row.version === input.FunctionVersion,
      )
      wanted.sort((a, b) => (a.name < b.name ? -1 : 1))
      return { Aliases: wanted.map((row) => presentAlias(ctx, fn, row)) }
    },

    async DeleteAlias(input, ctx) {
      const { name } = functionRef(input.FunctionName)
      const fn = await functionOf(parts.kernel.database, ctx, name)
      const alias = await aliasFind(parts.kernel.database, fn.id, input.Name!)
      if (!alias) return {}
      await aliasRemove(parts, fn, alias)
      return {}
    },
  }) satisfies Operations<Lambda>

/** With what it alone has: its policy, its settings, and the environments kept ready for it. */
async function aliasRemove(parts: LambdaParts, fn: FunctionRow, { name, version }: AliasRow) {
  const { database } = parts.kernel
  const place = { function_id: fn.id, qualifier: name, name: PROVISIONED }
  const provisioned = await settingFind(database, place)
  await database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    await tables
      .deleteFrom('lambda_alias')
      .where('function_id', '=', fn.id)
      .where('name', '=', name)
      .execute()
    for (const table of ['lambda_setting', 'lambda_statement'] as const) {
      await tables
        .deleteFrom(table)
        .where('function_id', '=', fn.id)
        .where('qualifier', '=', name)
        .execute()
    }
  })
  const row = provisioned && (await versionFind(database, fn.id, version))
  if (row) await parts.invoker.provision(fn, fn, row, 0)
}

async function aliasCreate(
  parts: LambdaParts,
  input: Input<Lambda, 'CreateAlias'>,
  ctx: RequestContext,
) {
  const { name } = functionRef(input.FunctionName)
  const { database } = parts.kernel
  const fn = await functionFind(database, ctx, name)
  // Named with the version: that is what was looked for.
  if (!fn) throw notFound(`Function not found: ${functionArn(ctx, name, input.FunctionVersion)}`)
  if (await aliasFind(database, fn.id, input.Name!)) {
    throw conflict(`Alias already exists: ${functionArn(ctx, name, input.Name)}`)
  }
  const target = await existing(parts, ctx, fn, input.FunctionVersion!)
  const given = input.RoutingConfig?.AdditionalVersionWeights
  const row: AliasRow = {
    function_id: fn.id,
    name: input.Name!,
    version: target,
    description: input.Description ?? '',
    weights: stringify(await weights(parts, ctx, fn, target, given)),
    revision: randomUUID(),
  }
  await database.write(async (tx) => {
    await tx.tables<LambdaTables>().insertInto('lambda_alias').values(row).execute()
  })
  return presentAlias(ctx, fn, row)
}

async function aliasUpdate(
  parts: LambdaParts,
  input: Input<Lambda, 'UpdateAlias'>,
  ctx: RequestContext,
) {
  const { fn, alias } = await aliasOf(parts, ctx, input)
  checkRevision(input.RevisionId, alias.revision)
  const { FunctionVersion, Description, RoutingConfig } = input
  const target = FunctionVersion ? await existing(parts, ctx, fn, FunctionVersion) : alias.version
  const change = {
    version: target,
    description: Description ?? alias.description,
    weights: RoutingConfig
      ? stringify(await weights(parts, ctx, fn, target, RoutingConfig.AdditionalVersionWeights))
      : alias.weights,
    revision: randomUUID(),
  }
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_alias')
      .set(change)
      .where('function_id', '=', fn.id)
      .where('name', '=', alias.name)
      .execute()
  })
  return presentAlias(ctx, fn, { ...alias, ...change })
}

type AliasNamed = { FunctionName?: string | undefined; Name?: string | undefined }

async function aliasOf(parts: LambdaParts, scope: Scope, named: AliasNamed) {
  const { name } = functionRef(named.FunctionName)
  const fn = await functionOf(parts.kernel.database, scope, name)
  const alias = await aliasFind(parts.kernel.database, fn.id, named.Name!)
  if (!alias) throw notFound(`Cannot find alias arn: ${functionArn(scope, name, named.Name)}`)
  return { fn, alias }
}

async function existing(parts: LambdaParts, scope: Scope, fn: FunctionRow, version: string) {
  if (await versionFind(parts.kernel.database, fn.id, version)) return version
  throw notFound(`Function not found: ${functionArn(scope, fn.name, version)}`)
}

async function weights(
  parts: LambdaParts,
  scope: Scope,
  fn: FunctionRow,
  target: string,
  given: Record<string, number> | undefined,
): Promise<Record<string, number>> {
  const others = Object.keys(given ?? {})
  if (others.length > 1) {
    throw invalidValue('Number of items in AdditionalVersionWeights cannot be greater than 1')
  }
  for (const version of others) {
    if (version === target) {
      throw invalidValue(
        `Invalid function version ${target}. Function version ${target} is already included in routing configuration.`,
      )
    }
    if (target === LATEST) {
      throw withoutType(
        'InvalidParameterValueException',
        '$LATEST is not supported for an alias pointing to more than 1 version',
      )
    }
    await existing(parts, scope, fn, version)
  }
  return given ?? {}
}

function presentAlias(scope: Scope, fn: FunctionRow, row: AliasRow) {
  const AdditionalVersionWeights = weightsOf(row)
  return {
    AliasArn: functionArn(scope, fn.name, row.name),
    Name: row.name,
    FunctionVersion: row.version,
    Description: row.description,
    RevisionId: row.revision,
    ...(Object.keys(AdditionalVersionWeights).length > 0 && {
      RoutingConfig: { AdditionalVersionWeights },
    }),
  }
}
