import { type CompiledQuery, sql } from 'kysely'
import { type Database, parseColumn, type Statement } from '../../../kernel/index.ts'
import type { ObjectRow, S3Tables } from './migrations.ts'
import { NULL_VERSION, type ObjectMeta, type ObjectVersion } from './model.ts'

type Versioning = 'Enabled' | 'Suspended' | undefined

/** A version about to be written; the store gives it its place in the key's order. */
export type NewVersion = Omit<ObjectVersion, 'isLatest'>

/** Rows of objects. Statements are compiled once: this is the path of every PUT and GET. */
export interface ObjectStore {
  latest(bucket: string, key: string): Promise<ObjectVersion | undefined>
  version(bucket: string, key: string, versionId: string): Promise<ObjectVersion | undefined>
  /** Puts a version or a marker in front; with versioning off or suspended it replaces `null`. */
  put(version: NewVersion, versioning: Versioning): Statement[]
  /** Takes one version away and lets the newest that is left be the latest. */
  remove(bucket: string, key: string, versionId: string): Statement[]
  /** Keeps the version and changes what it carries. */
  setMeta(version: ObjectVersion, meta: ObjectMeta): Statement[]
  apply(statements: Statement[]): Promise<void>
}

export const versionColumns = [
  'bucket',
  'key',
  'version_id',
  'seq',
  'is_latest',
  'is_marker',
  'size',
  'etag',
  'modified_at',
  'meta',
] as const

export function openObjectStore(database: Database): ObjectStore {
  const statements = compileAll(database)
  const seqs = createSequence()
  const first = async (query: CompiledQuery<ObjectRow>, parameters: unknown[]) => {
    const [row] = await database.select<ObjectRow>({ sql: query.sql, parameters })
    return row && asVersion(row)
  }
  return {
    latest: (bucket, key) => first(statements.latest, [bucket, key]),
    version: (bucket, key, versionId) => first(statements.version, [bucket, key, versionId]),
    put(version, versioning) {
      const { bucket, key, modifiedAt } = version
      const row = rowOf(version, seqs(modifiedAt))
      const garbage = {
        sql: statements.garbage,
        parameters: [modifiedAt, bucket, key, version.versionId],
      }
      const unlatest = { sql: statements.unlatest, parameters: [bucket, key] }
      const upsert = { sql: statements.upsert, parameters: row }
      if (versioning === undefined) return [garbage, upsert]
      return versioning === 'Enabled' ? [unlatest, upsert] : [garbage, unlatest, upsert]
    },
    remove: (bucket, key, versionId) => [
      { sql: statements.garbage, parameters: [Date.now(), bucket, key, versionId] },
      { sql: statements.remove, parameters: [bucket, key, versionId] },
      { sql: statements.promote, parameters: [bucket, key, bucket, key] },
    ],
    setMeta: ({ bucket, key, versionId }, meta) => [
      { sql: statements.setMeta, parameters: [JSON.stringify(meta), bucket, key, versionId] },
    ],
    apply: (list) => database.apply(list),
  }
}

/** Compiled with placeholders in the order in which the callers above give their values. */
function compileAll(database: Database) {
  const s3 = database.tables<S3Tables>()
  const objects = s3.selectFrom('cloud_s3_object').selectAll().where('bucket', '=', '')
  const one = objects.where('key', '=', '')
  const isLatest = sql<boolean>`is_latest = 1`
  const update = s3.updateTable('cloud_s3_object')
  const newest = s3
    .selectFrom('cloud_s3_object')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('bucket', '=', '')
    .where('key', '=', '')
  return {
    latest: one.where(isLatest).compile() as CompiledQuery<ObjectRow>,
    version: one.where('version_id', '=', '').compile() as CompiledQuery<ObjectRow>,
    garbage: compileGarbage(database),
    unlatest: update
      .set({ is_latest: sql<number>`0` })
      .where('bucket', '=', '')
      .where('key', '=', '')
      .where(isLatest)
      .compile().sql,
    upsert: compileUpsert(database),
    remove: s3
      .deleteFrom('cloud_s3_object')
      .where('bucket', '=', '')
      .where('key', '=', '')
      .where('version_id', '=', '')
      .compile().sql,
    promote: update
      .set({ is_latest: sql<number>`1` })
      .where('bucket', '=', '')
      .where('key', '=', '')
      .where('seq', '=', newest)
      .compile().sql,
    setMeta: update
      .set({ meta: '' })
      .where('bucket', '=', '')
      .where('key', '=', '')
      .where('version_id', '=', '')
      .compile().sql,
  }
}

function compileGarbage(database: Database): string {
  const s3 = database.tables<S3Tables>()
  const forgotten = s3
    .selectFrom('cloud_s3_object')
    .select((eb) => [
      eb.ref('blobs').$notNull().as('blobs'),
      sql<number>`cast(${0} as ${sql.raw(database.dialect === 'postgres' ? 'bigint' : 'integer')})`.as(
        'added_at',
      ),
    ])
    .where('bucket', '=', '')
    .where('key', '=', '')
    .where('version_id', '=', '')
    .where('blobs', 'is not', null)
  return s3
    .insertInto('cloud_s3_garbage')
    .columns(['blobs', 'added_at'])
    .expression(forgotten)
    .compile().sql
}

const columns = [...versionColumns, 'blobs', 'inline'] as const

function compileUpsert(database: Database): string {
  const blank: ObjectRow = {
    bucket: '',
    key: '',
    version_id: '',
    seq: 0,
    is_latest: 1,
    is_marker: 0,
    size: 0,
    etag: '',
    modified_at: 0,
    meta: '',
    blobs: '',
    inline: new Uint8Array(0),
  }
  return database
    .tables<S3Tables>()
    .insertInto('cloud_s3_object')
    .values(blank)
    .onConflict((conflict) =>
      conflict
        .columns(['bucket', 'key', 'version_id'])
        .doUpdateSet((eb) =>
          Object.fromEntries(
            columns
              .filter((column) => !['bucket', 'key', 'version_id'].includes(column))
              .map((column) => [column, eb.ref(`excluded.${column}`)]),
          ),
        ),
    )
    .compile().sql
}

/** In the order of `columns`. */
function rowOf(version: NewVersion, seq: number): unknown[] {
  const { bucket, key, versionId, isMarker, sizeBytes, etag, modifiedAt, meta } = version
  return [
    bucket,
    key,
    versionId,
    seq,
    1,
    isMarker ? 1 : 0,
    sizeBytes,
    etag,
    modifiedAt,
    JSON.stringify(meta),
    version.blobs?.join(',') ?? null,
    version.inline ?? null,
  ]
}

export function asVersion(
  row: Omit<ObjectRow, 'blobs' | 'inline'> & Partial<ObjectRow>,
): ObjectVersion {
  return {
    bucket: row.bucket,
    key: row.key,
    versionId: row.version_id,
    isLatest: row.is_latest === 1,
    isMarker: row.is_marker === 1,
    sizeBytes: row.size,
    etag: row.etag,
    modifiedAt: row.modified_at,
    meta: parseColumn<ObjectMeta>(row.meta),
    blobs: row.blobs?.split(','),
    inline: row.inline ?? undefined,
  }
}

/** Microseconds of the write's moment, and one more than the last when that isn't past it. */
function createSequence(): (nowMs: number) => number {
  let last = 0
  return (nowMs) => (last = Math.max(nowMs * 1000, last + 1))
}

export { NULL_VERSION }
