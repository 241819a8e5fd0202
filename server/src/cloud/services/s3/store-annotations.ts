import { sql } from 'kysely'
import { type Database, parseColumn, type Statement } from '../../../kernel/index.ts'
import type { AnnotationRow } from './migrations-annotations.ts'
import type { S3Tables } from './migrations.ts'
import type { Checksums } from './model.ts'

export interface AnnotationFacts {
  name: string
  sizeBytes: number
  etag: string
  checksums: Checksums
  modifiedAt: number
}

export interface Annotation extends AnnotationFacts {
  bytes: Uint8Array
  /** Where the bytes are sealed, by the key of their object: base64. */
  iv?: string | undefined
}

/** The version they belong to. */
export interface Annotated {
  bucket: string
  key: string
  versionId: string
}

/** Payloads beside objects. Statements are for `commit`, under the lock of the object's key. */
export interface AnnotationStore {
  get(of: Annotated, name: string): Promise<Annotation | undefined>
  /** All of a version, by name; `MOST_ANNOTATIONS` at most. */
  list(of: Annotated): Promise<AnnotationFacts[]>
  put(of: Annotated, annotation: Annotation): Statement[]
  remove(of: Annotated, name: string): Statement[]
  /** Takes all of `from` along, as they lie: before the new object's row is written, and after. */
  carry(from: Annotated, to: Omit<Annotated, 'versionId'>, nowMs: number): Carried
  /** The same where they have to be sealed otherwise first. */
  lay(annotations: Annotation[], to: Omit<Annotated, 'versionId'>): Carried
}

export interface Carried {
  before: Statement[]
  after: Statement[]
}

/** No version's: what is on its way to the one about to be written. */
const UNDER_WAY = 'under way'

export function openAnnotationStore(database: Database): AnnotationStore {
  const tables = () => database.tables<S3Tables>()
  const all = ({ bucket, key, versionId }: Annotated) =>
    tables()
      .selectFrom('cloud_s3_annotation')
      .where('bucket', '=', bucket)
      .where('key', '=', key)
      .where('version_id', '=', versionId)
  const put = (of: Annotated, annotation: Annotation) => upsert(database, of, annotation)
  return {
    async get(of, name) {
      const row = await all(of).where('name', '=', name).selectAll().executeTakeFirst()
      return row && { ...factsOf(row), bytes: row.bytes, iv: row.iv ?? undefined }
    },
    async list(of) {
      const columns = ['name', 'size', 'etag', 'checksums', 'modified_at'] as const
      return (await all(of).select(columns).orderBy('name').execute()).map(factsOf)
    },
    put: (of, annotation) => [put(of, annotation)],
    remove: ({ bucket, key, versionId }, name) => [
      tables()
        .deleteFrom('cloud_s3_annotation')
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .where('version_id', '=', versionId)
        .where('name', '=', name)
        .compile(),
    ],
    carry: (from, to, nowMs) => ({
      before: [copied(database, from, to, nowMs)],
      after: [arrived(database, to)],
    }),
    lay: (annotations, to) => ({
      before: annotations.map((each) => put({ ...to, versionId: UNDER_WAY }, each)),
      after: [arrived(database, to)],
    }),
  }
}

const factsOf = (row: Omit<AnnotationRow, 'bytes' | 'iv' | 'bucket' | 'key' | 'version_id'>) => ({
  name: row.name,
  sizeBytes: row.size,
  etag: row.etag,
  checksums: parseColumn<Checksums>(row.checksums),
  modifiedAt: row.modified_at,
})

function upsert(database: Database, of: Annotated, annotation: Annotation): Statement {
  const { name, sizeBytes, etag, checksums, modifiedAt, iv, bytes } = annotation
  const values = {
    size: sizeBytes,
    etag,
    checksums: JSON.stringify(checksums),
    modified_at: modifiedAt,
    iv: iv ?? null,
    bytes,
  }
  const { bucket, key, versionId } = of
  return database
    .tables<S3Tables>()
    .insertInto('cloud_s3_annotation')
    .values({ bucket, key, version_id: versionId, name, ...values })
    .onConflict((conflict) =>
      conflict.columns(['bucket', 'key', 'version_id', 'name']).doUpdateSet(values),
    )
    .compile()
}

function copied(
  database: Database,
  from: Annotated,
  to: Omit<Annotated, 'versionId'>,
  nowMs: number,
): Statement {
  const carried = ['name', 'size', 'etag', 'checksums', 'iv', 'bytes'] as const
  return database
    .tables<S3Tables>()
    .insertInto('cloud_s3_annotation')
    .columns(['bucket', 'key', 'version_id', 'modified_at', ...carried])
    .expression((eb) =>
      eb
        .selectFrom('cloud_s3_annotation')
        .select([
          sql<string>`cast(${to.bucket} as text)`.as('bucket'),
          sql<string>`cast(${to.key} as text)`.as('key'),
          sql<string>`cast(${UNDER_WAY} as text)`.as('version_id'),
          sql<number>`cast(${nowMs} as bigint)`.as('modified_at'),
          ...carried,
        ])
        .where('bucket', '=', from.bucket)
        .where('key', '=', from.key)
        .where('version_id', '=', from.versionId),
    )
    .compile()
}

const arrived = (database: Database, { bucket, key }: Omit<Annotated, 'versionId'>): Statement =>
  database
    .tables<S3Tables>()
    .updateTable('cloud_s3_annotation')
    .set((eb) => ({
      version_id: eb
        .selectFrom('cloud_s3_object')
        .select('version_id')
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .where('is_latest', '=', 1)
        .$asScalar(),
    }))
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .where('version_id', '=', UNDER_WAY)
    .compile()
