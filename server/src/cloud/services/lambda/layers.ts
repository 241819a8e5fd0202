import type { Input, Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import { codeLocation } from './code-route.ts'
import { layerArn, type LayerRef, layerRef, layerVersionArn } from './layer-names.ts'
import type { LambdaTables } from './migrations.ts'
import { invalidValue, notFound, type Scope, type UsedLayer } from './model.ts'
import { sha256Base64 } from './packages.ts'
import type { LambdaParts } from './parts.ts'
import { unusedBlobs } from './store.ts'

export type LayerRow = LambdaTables['lambda_layer_version']

interface LayerInfo {
  description: string
  license?: string | undefined
  runtimes?: string[] | undefined
  architectures?: string[] | undefined
}

type Reader = Pick<Database | Transaction, 'tables'>

const MOST_LAYERS = 5
const PAGE = 50

/** Layers: zip packages laid beside a function's own; a version never changes. */
export const layerOperations = (parts: LambdaParts) =>
  ({
    PublishLayerVersion: (input, ctx) => publish(parts, input, ctx),

    async GetLayerVersion(input, ctx) {
      const ref = layerRef(input.LayerName!, ctx)
      return shown(parts, await layerVersion(parts, ref, input.VersionNumber!), ctx)
    },

    async GetLayerVersionByArn(input, ctx) {
      const ref = layerRef(input.Arn!, ctx)
      return shown(parts, await layerVersion(parts, ref, ref.version!), ctx)
    },

    async ListLayerVersions(input, ctx) {
      const rows = (await versionsOf(parts.kernel.database, layerRef(input.LayerName!, ctx)))
        .filter((row) => row.is_deleted === 0 && isFor(row, input))
        .reverse()
      const { page, more } = paged(rows, input, ({ version }) => String(version))
      return { LayerVersions: page.map(summary), ...more }
    },

    async ListLayers(input, ctx) {
      const rows = (await layerRows(parts.kernel.database, ctx)).filter((row) => isFor(row, input))
      const newest = [...new Map(rows.map((row) => [row.name, row])).values()]
      const { page, more } = paged(newest, input, ({ name }) => name)
      const Layers = page.map((row) => ({
        LayerName: row.name,
        LayerArn: layerArn(row),
        LatestMatchingVersion: summary(row),
      }))
      return { Layers, ...more }
    },

    async DeleteLayerVersion(input, ctx) {
      const ref = layerRef(input.LayerName!, ctx)
      checkNumber(input.VersionNumber!)
      const row = await rowOf(parts.kernel.database, ref, input.VersionNumber!)
      if (!row) return {}
      await parts.kernel.database.write((tx) => change(tx, row, { is_deleted: 1 }))
      await parts.packages.remove(await unusedBlobs(parts.kernel.database, [row.code_blob]))
      return {}
    },
  }) satisfies Operations<Lambda>

async function publish(
  parts: LambdaParts,
  input: Input<Lambda, 'PublishLayerVersion'>,
  ctx: RequestContext,
) {
  const { account, region } = ctx
  const ref = layerRef(input.LayerName!, ctx)
  const bytes = await parts.packages.read(input.Content ?? {}, ctx.aws)
  const code = await parts.packages.store(bytes)
  const info: LayerInfo = {
    description: input.Description ?? '',
    license: input.LicenseInfo,
    runtimes: input.CompatibleRuntimes,
    architectures: input.CompatibleArchitectures,
  }
  const row = await parts.kernel.database.write(async (tx) => {
    const before = await versionsOf(tx, ref)
    const made: LayerRow = {
      account,
      region,
      name: ref.name,
      version: (before.at(-1)?.version ?? 0) + 1,
      info: stringify(info),
      ...code,
      statements: '[]',
      policy_revision: '',
      is_deleted: 0,
      created_at: ctx.now,
    }
    await tx.tables<LambdaTables>().insertInto('lambda_layer_version').values(made).execute()
    return made
  })
  return shown(parts, row, ctx)
}

/** The layer versions a function asks for; refuses what isn't there, in the order AWS looks. */
export async function usedLayers(
  { kernel }: Pick<LambdaParts, 'kernel'>,
  scope: Scope,
  arns: string[],
): Promise<UsedLayer[]> {
  if (arns.length > MOST_LAYERS) {
    throw invalidValue(`Cannot reference more than ${MOST_LAYERS} layers.`)
  }
  const seen = new Map<string, string>()
  const used: UsedLayer[] = []
  for (const arn of arns) {
    const ref = layerRef(arn, scope)
    if (ref.region !== scope.region) {
      throw invalidValue(
        `Layers are not in the same region as the function. Layers are expected to be in region ${scope.region}.`,
      )
    }
    const row = await rowOf(kernel.database, ref, ref.version ?? 0)
    if (!row) throw invalidValue(`Layer version ${arn} does not exist.`)
    const other = seen.get(layerArn(ref))
    if (other !== undefined) {
      throw invalidValue(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      )
    }
    seen.set(layerArn(ref), arn)
    const { code_bytes: sizeBytes, code_blob: blob, code_sha256: sha256 } = row
    used.push({ arn, sizeBytes, blob, sha256 })
  }
  return used
}

/** Throws as AWS does for a number that can't be and for a version that isn't there. */
async function layerVersion(
  { kernel }: Pick<LambdaParts, 'kernel'>,
  ref: LayerRef,
  version: number,
): Promise<LayerRow> {
  checkNumber(version)
  const row = await rowOf(kernel.database, ref, version)
  if (!row) throw notFound('The resource you requested does not exist.')
  return row
}

function checkNumber(version: number): void {
  if (version < 1) throw invalidValue('Layer Version Cannot be less than 1')
}

async function versionsOf(reader: Reader, ref: Omit<LayerRef, 'version'>): Promise<LayerRow[]> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_layer_version')
    .selectAll()
    .where('account', '=', ref.account)
    .where('region', '=', ref.region)
    .where('name', '=', ref.name)
    .orderBy('version')
    .execute()
}

async function layerRows(reader: Reader, { account, region }: Scope): Promise<LayerRow[]> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_layer_version')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('is_deleted', '=', 0)
    .orderBy('name')
    .orderBy('version')
    .execute()
}

/** JSON text, where the version has statements. */
export const layerPolicy = (row: LayerRow): string | undefined =>
  row.statements === '[]'
    ? undefined
    : `{"Version":"2012-10-17","Id":"default","Statement":${row.statements}}`

/** A version that isn't deleted. */
export async function rowOf(
  reader: Reader,
  ref: Omit<LayerRef, 'version'>,
  version: number,
): Promise<LayerRow | undefined> {
  const rows = await versionsOf(reader, ref)
  return rows.find((row) => row.version === version && row.is_deleted === 0)
}

export async function change(
  tx: Transaction,
  row: LayerRow,
  changes: Partial<LayerRow>,
): Promise<void> {
  await tx
    .tables<LambdaTables>()
    .updateTable('lambda_layer_version')
    .set(changes)
    .where('account', '=', row.account)
    .where('region', '=', row.region)
    .where('name', '=', row.name)
    .where('version', '=', row.version)
    .execute()
}

interface Filter {
  CompatibleRuntime?: string | undefined
  CompatibleArchitecture?: string | undefined
}

function isFor(row: LayerRow, { CompatibleRuntime, CompatibleArchitecture }: Filter): boolean {
  const { runtimes, architectures } = parseColumn<LayerInfo>(row.info)
  return (
    (CompatibleRuntime === undefined || !!runtimes?.includes(CompatibleRuntime)) &&
    (CompatibleArchitecture === undefined || !!architectures?.includes(CompatibleArchitecture))
  )
}

interface Paging {
  Marker?: string | undefined
  MaxItems?: number | undefined
}

function paged<Row>(rows: Row[], { Marker, MaxItems }: Paging, nameOf: (row: Row) => string) {
  const start = Marker ? rows.findIndex((row) => nameOf(row) === Marker) + 1 : 0
  const page = rows.slice(start, start + Math.min(MaxItems ?? PAGE, PAGE))
  const isMore = start + page.length < rows.length
  return { page, more: isMore ? { NextMarker: nameOf(page.at(-1)!) } : {} }
}

function summary(row: LayerRow) {
  const { description, license, runtimes, architectures } = parseColumn<LayerInfo>(row.info)
  return {
    LayerVersionArn: layerVersionArn(row, row.version),
    Version: row.version,
    Description: description,
    CreatedDate: new Date(row.created_at).toISOString().replace('Z', '+0000'),
    ...(runtimes && { CompatibleRuntimes: runtimes as 'nodejs22.x'[] }),
    ...(license !== undefined && { LicenseInfo: license }),
    ...(architectures && { CompatibleArchitectures: architectures as 'x86_64'[] }),
  }
}

function shown({ kernel }: LambdaParts, row: LayerRow, ctx: RequestContext) {
  return {
    Content: {
      Location: codeLocation(kernel, row.code_blob, ctx),
      CodeSha256: sha256Base64(row.code_sha256),
      CodeSize: row.code_bytes,
    },
    LayerArn: layerArn(row),
    ...summary(row),
  }
}
