import { randomUUID } from 'node:crypto'
import {
  AwsError,
  type Input,
  type Lambda,
  type Operations,
  type RequestContext,
} from '../../gateway/index.ts'
import { type Database, stringify } from '../../../kernel/index.ts'
import { codeLocation } from './code-route.ts'
import { checkSigned } from './code-signing.ts'
import {
  configured,
  justMade,
  listed,
  present,
  sealPurpose,
  variablesGiven,
  variablesText,
} from './configuration.ts'
import { usedLayers } from './layers.ts'
import { checkTags } from './tags.ts'
import type { LambdaTables } from './migrations.ts'
import {
  conflict,
  functionArn,
  functionRef,
  invalidValue,
  LATEST,
  type VersionConfig,
} from './model.ts'
import { hashOf, imagesMissing, type StoredCode } from './packages.ts'
import type { LambdaParts } from './parts.ts'
import { publish } from './published.ts'
import { presentVersion, resolve } from './resolve.ts'
import { checkRevision, checkSettled } from './revision.ts'
import {
  configOf,
  functionDelete,
  functionFind,
  functionList,
  functionOf,
  latest,
  runKey,
  unusedBlobs,
  aliasesOfVersion,
  versionList,
  type VersionRow,
  versionUpdate,
} from './store.ts'

export const functionOperations = (parts: LambdaParts) =>
  ({
    CreateFunction: (input, ctx) => create(parts, input, ctx),

    async GetFunction(input, ctx) {
      const { fn, version, arnQualifier } = await resolve(parts, ctx, input)
      const tags = JSON.parse(fn.tags) as Record<string, string>
      return {
        Configuration: presentVersion(parts, ctx, fn, version, arnQualifier),
        Code: {
          RepositoryType: 'S3',
          Location: codeLocation(parts.kernel, version.code_blob, ctx),
        },
        ...(Object.keys(tags).length > 0 && { Tags: tags }),
        ...(fn.reserved_concurrency !== null && {
          Concurrency: { ReservedConcurrentExecutions: fn.reserved_concurrency },
        }),
      }
    },

    async GetFunctionConfiguration(input, ctx) {
      const { fn, version, arnQualifier } = await resolve(parts, ctx, input)
      return presentVersion(parts, ctx, fn, version, arnQualifier)
    },

    async ListFunctions(input, ctx) {
      const limit = Math.min(input.MaxItems ?? 50, 50)
      const all = (await functionList(parts.kernel.database, ctx)).filter(
        (fn) => fn.name > (input.Marker ?? ''),
      )
      const page = all.slice(0, limit)
      const Functions = []
      for (const fn of page) {
        const versions =
          input.FunctionVersion === 'ALL'
            ? await versionList(parts.kernel.database, fn.id)
            : [await latest(parts.kernel.database, fn.id)]
        for (const version of versions) {
          const shown = input.FunctionVersion === 'ALL' ? version.version : undefined
          Functions.push(listed(presentVersion(parts, ctx, fn, version, shown)))
        }
      }
      return { Functions, ...(all.length > limit && { NextMarker: page.at(-1)!.name }) }
    },

    DeleteFunction: (input, ctx) => remove(parts, input, ctx),
    UpdateFunctionCode: (input, ctx) => updateCode(parts, input, ctx),
    UpdateFunctionConfiguration: (input, ctx) => updateConfiguration(parts, input, ctx),
  }) satisfies Operations<Lambda>

async function create(
  parts: LambdaParts,
  input: Input<Lambda, 'CreateFunction'>,
  ctx: RequestContext,
) {
  const { name } = functionRef(input.FunctionName)
  if (input.PackageType === 'Image') throw imagesMissing()
  const layers = input.Layers && (await usedLayers(parts, ctx, input.Layers))
  const architecture = input.Architectures?.[0]
  const config = configured(input, undefined, { architecture, layers })
  const variables = variablesGiven(input) ?? {}
  await checkRole(parts, config, ctx)
  const { database, ids, secrets } = parts.kernel
  if (await functionFind(database, ctx, name)) throw alreadyExists(name)
  const code = await parts.packages.store(await parts.packages.read(input.Code ?? {}, ctx.aws))
  const id = ids.next('fn')
  const project = ctx.principal.context?.['madang:project']
  const row: VersionRow = {
    function_id: id,
    version: LATEST,
    config: stringify(config),
    variables: secrets.seal(variablesText(variables), sealPurpose),
    ...code,
    state: 'Pending',
    state_reason: 'The function is being created.',
    state_reason_code: 'Creating',
    update_status: 'InProgress',
    update_reason: 'The function is being created.',
    update_reason_code: 'Creating',
    revision: randomUUID(),
    modified_at: ctx.now,
  }
  const { account, region } = ctx
  await database.write(async (tx) => {
    if (await functionFind(tx, ctx, name)) throw alreadyExists(name)
    const tables = tx.tables<LambdaTables>()
    await tables
      .insertInto('lambda_function')
      .values({
        id,
        account,
        region,
        name,
        project: typeof project === 'string' ? project : null,
        next_version: 1,
        reserved_concurrency: null,
        tags: stringify(checkTags(input.Tags ?? {})),
        created_at: ctx.now,
      })
      .execute()
    await tables.insertInto('lambda_version').values(row).execute()
    await parts.packages.prepareLater(tx, id, LATEST)
  })
  const fn = await functionOf(database, ctx, name)
  if (!input.Publish) return justMade(present(ctx, fn, row, variables))
  const version = await publish(parts, fn, {})
  const arn = functionArn(ctx, fn.name)
  return justMade({ ...presentVersion(parts, ctx, fn, version), FunctionArn: arn })
}

const alreadyExists = (name: string) => conflict(`Function already exist: ${name}`)

async function checkRole(
  parts: LambdaParts,
  { role }: VersionConfig,
  { account }: RequestContext,
): Promise<void> {
  if (role.split(':')[4] !== account) {
    const message = 'Cross-account pass role is not allowed.'
    throw new AwsError('AccessDeniedException', message, { status: 403 })
  }
  if (await parts.deps.sessions.canBeAssumedBy(role, 'lambda.amazonaws.com')) return
  throw invalidValue('The role defined for the function cannot be assumed by Lambda.')
}

/** A version that an alias points to, also by a weight, stays. */
async function checkUnreferenced(database: Database, functionId: string, version: string) {
  const names = await aliasesOfVersion(database, functionId, version)
  if (names.length === 0) return
  throw conflict(
    `Unable to delete version because the following aliases reference it: [${names.join(', ')}]`,
  )
}

async function remove(
  parts: LambdaParts,
  input: Input<Lambda, 'DeleteFunction'>,
  ctx: RequestContext,
) {
  const { name, qualifier } = functionRef(input.FunctionName, input.Qualifier)
  const { database } = parts.kernel
  if (qualifier === LATEST) {
    throw invalidValue('$LATEST version cannot be deleted without deleting the function.')
  }
  const fn = await functionOf(database, ctx, name)
  if (qualifier) await checkUnreferenced(database, fn.id, qualifier)
  const versions = await versionList(database, fn.id)
  const gone = qualifier ? versions.filter((row) => row.version === qualifier) : versions
  await database.write(async (tx) => {
    if (!qualifier) return functionDelete(tx, fn.id)
    await tx
      .tables<LambdaTables>()
      .deleteFrom('lambda_version')
      .where('function_id', '=', fn.id)
      .where('version', '=', qualifier)
      .execute()
  })
  if (!qualifier) await parts.pool.retire(fn.id)
  const blobs = gone.map((row) => row.code_blob)
  await parts.packages.remove(await unusedBlobs(database, blobs))
  return {}
}

async function updateCode(
  parts: LambdaParts,
  input: Input<Lambda, 'UpdateFunctionCode'>,
  ctx: RequestContext,
) {
  const { name } = functionRef(input.FunctionName)
  const { database } = parts.kernel
  const fn = await functionOf(database, ctx, name)
  const before = await latest(database, fn.id)
  checkRevision(input.RevisionId, before.revision)
  checkSettled(ctx, fn, before)
  await checkSigned(parts, fn)
  if (input.ImageUri) {
    throw invalidValue(
      "Please don't provide ImageUri when updating a function with packageType Zip.",
    )
  }
  const bytes = await parts.packages.read(input, ctx.aws)
  const architecture = input.Architectures?.[0] ?? configOf(before).architecture
  const config = stringify({ ...configOf(before), architecture })
  if (input.DryRun) {
    const code = { code_bytes: bytes.length, code_sha256: hashOf(bytes) }
    return presentVersion(parts, ctx, fn, { ...before, ...code })
  }
  const code: StoredCode = await parts.packages.store(bytes)
  await change(parts, before, { ...code, config }, ctx.now)
  await parts.packages.remove(await unusedBlobs(database, [before.code_blob]))
  const row = await latest(database, fn.id)
  if (!input.Publish) return presentVersion(parts, ctx, fn, row)
  const version = await publish(parts, fn, {})
  const shown = presentVersion(parts, ctx, fn, version, version.version)
  return version.state === 'Pending' ? justMade(shown) : shown
}

async function updateConfiguration(
  parts: LambdaParts,
  input: Input<Lambda, 'UpdateFunctionConfiguration'>,
  ctx: RequestContext,
) {
  const { name } = functionRef(input.FunctionName)
  const { database, secrets } = parts.kernel
  const fn = await functionOf(database, ctx, name)
  const before = await latest(database, fn.id)
  checkRevision(input.RevisionId, before.revision)
  checkSettled(ctx, fn, before)
  const layers = input.Layers && (await usedLayers(parts, ctx, input.Layers))
  const config = configured(input, configOf(before), { layers })
  if (input.Role) await checkRole(parts, config, ctx)
  const given = variablesGiven(input)
  const variables = given ? secrets.seal(variablesText(given), sealPurpose) : before.variables
  await change(parts, before, { config: stringify(config), variables }, ctx.now)
  return presentVersion(parts, ctx, fn, await latest(database, fn.id))
}

/** Environments of the old code finish what they are at; the next invocation gets the new code. */
async function change(
  parts: LambdaParts,
  row: VersionRow,
  changes: Partial<VersionRow>,
  atMs: number,
): Promise<void> {
  await parts.kernel.database.write(async (tx) => {
    await versionUpdate(tx, row, {
      ...changes,
      update_status: 'InProgress',
      update_reason: 'The function is being created.',
      update_reason_code: 'Creating',
      revision: randomUUID(),
      modified_at: atMs,
    })
    await parts.packages.prepareLater(tx, row.function_id, LATEST)
  })
  const now = await latest(parts.kernel.database, row.function_id)
  const isKept = (key: string) => !key.includes(LATEST) || key === runKey(now)
  await parts.pool.retire(row.function_id, isKept)
}
