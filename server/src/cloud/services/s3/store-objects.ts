import { type CompiledQuery, sql } from 'kysely'
import { type Database, type Statement, SumText } from '../../../kernel/index.ts'
import { createHotObjects, noHotObjects, objectName } from './hot-objects.ts'
import { metaOf, metaText, summedMetaText } from './meta-text.ts'
import type { ObjectRow, S3Tables } from './migrations.ts'
import { NULL_VERSION, type ObjectMeta, type ObjectVersion } from './model.ts'

type Versioning = 'Enabled' | 'Suspended' | undefined

/**
 * A version about to be written; the store gives it its place in the key's order. Without an ETag it gets
 * that and a CRC-64 of its `inline` where it is written.
 */
export type NewVersion = Omit<ObjectVersion, 'isLatest' | 'etag'> & { etag?: string | undefined }

/** A statement that changes an object; given to `apply` or run inside `changing`, nowhere else. */
export interface ObjectChange extends Statement {
  /** `objectName` of it. */
  object: string
}

/**
 * Rows of objects. Statements are compiled once: this is the path of every PUT and GET. What it gives is
 * shared with other readers and never changed.
 */
export interface ObjectStore {
  /** The latest version where it is at hand; undefined says nothing. */
  hot(bucket: string, key: string): ObjectVersion | undefined
  latest(bucket: string, key: string): Promise<ObjectVersion | undefined>
  version(bucket: string, key: string, versionId: string): Promise<ObjectVersion | undefined>
  /** Puts a version or a marker in front; with versioning off or suspended it replaces `null`. */
  put(version: NewVersion, versioning: Versioning): ObjectChange[]
  /** Takes one version away and lets the newest that is left be the latest. */
  remove(bucket: string, key: string, versionId: string): ObjectChange[]
  /** Keeps the version and changes what it carries. */
  setMeta(version: ObjectVersion, meta: ObjectMeta): ObjectChange[]
  /** The same object in other bytes. */
  reseal(version: ObjectVersion, bytes: Resealed): ObjectChange[]
  /** Gives ETag and CRC-64 of a version that was put without. */
  apply(statements: Statement[]): Promise<string[]>
  /** Runs what applies these in a transaction of its own; every change goes through this or `apply`. */
  changing<R>(statements: Statement[], run: () => Promise<R>): Promise<R>
  /** After all objects were removed at once. */
  forget(): void
}

export interface Resealed {
  meta: ObjectMeta
  inline?: Uint8Array | undefined
  blob?: string | undefined
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
  const hot = database.dialect === 'sqlite' ? createHotObjects() : noHotObjects
  const first = async (query: CompiledQuery<ObjectRow>, parameters: unknown[]) => {
    const [row] = await database.select<ObjectRow>({ sql: query.sql, parameters })
    return row && asVersion(row)
  }
  const changing = <R>(list: Statement[], run: () => Promise<R>) => hot.changing(namesIn(list), run)
  return {
    hot: hot.get,
    async latest(bucket, key) {
      const known = hot.get(bucket, key)
      if (known) return known
      const since = hot.moment()
      const version = await first(statements.latest, [bucket, key])
      if (version) hot.keep(version, since)
      return version
    },
    version: (bucket, key, versionId) => first(statements.version, [bucket, key, versionId]),
    put(version, versioning) {
      const { bucket, key, modifiedAt } = version
      const of = changeOf(bucket, key)
      const upsert = of(statements.upsert, rowOf(version, seqs(modifiedAt)))
      if (versioning === undefined) return [upsert]
      return [of(statements.unlatest, [bucket, key]), upsert]
    },
    remove(bucket, key, versionId) {
      const of = changeOf(bucket, key)
      return [
        of(statements.remove, [bucket, key, versionId]),
        of(statements.promote, [bucket, key, bucket, key]),
      ]
    },
    setMeta: ({ bucket, key, versionId }, meta) => [
      changeOf(bucket, key)(statements.setMeta, [metaText(meta), bucket, key, versionId]),
    ],
    reseal({ bucket, key, versionId }, { meta, inline, blob }) {
      const bytes = [metaText(meta), blob ?? null, inline ?? null]
      return [changeOf(bucket, key)(statements.reseal, [...bytes, bucket, key, versionId])]
    },
    apply: (list) => changing(list, () => database.apply(list)),
    changing,
    forget: hot.clear,
  }
}

const changeOf =
  (bucket: string, key: string) =>
  (sqlText: string, parameters: unknown[]): ObjectChange => ({
    sql: sqlText,
    parameters,
    object: objectName(bucket, key),
  })

function namesIn(list: Statement[]): string[] {
  const names: string[] = []
  for (const statement of list) {
    const { object } = statement as Partial<ObjectChange>
    if (object !== undefined && names.at(-1) !== object) names.push(object)
  }
  return names
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
    reseal: update
      .set({ meta: '', blobs: '', inline: new Uint8Array(0) })
      .where('bucket', '=', '')
      .where('key', '=', '')
      .where('version_id', '=', '')
      .compile().sql,
    setMeta: update
      .set({ meta: '' })
      .where('bucket', '=', '')
      .where('key', '=', '')
      .where('version_id', '=', '')
      .compile().sql,
  }
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

const md5Text = new SumText('md5')

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
    etag ?? md5Text,
    modifiedAt,
    etag === undefined ? summedMetaText(meta) : metaText(meta),
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
    meta: metaOf(row.meta),
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
