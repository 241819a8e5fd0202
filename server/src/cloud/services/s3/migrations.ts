import { type Generated, sql } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../../kernel/index.ts'
import { type AccessPointRow, accountMigration, type AccountRow } from './migrations-accounts.ts'
import { annotationMigration, type AnnotationRow } from './migrations-annotations.ts'
import { garbageMigration } from './migrations-garbage.ts'

export interface S3Tables {
  cloud_s3_bucket: BucketRow
  cloud_s3_object: ObjectRow
  cloud_s3_annotation: AnnotationRow
  cloud_s3_upload: UploadRow
  cloud_s3_part: PartRow
  cloud_s3_garbage: GarbageRow
  cloud_s3_account: AccountRow
  cloud_s3_access_point: AccessPointRow
}

export interface BucketRow {
  name: string
  account: string
  region: string
  created_at: number
  settings: string
}

export interface ObjectRow {
  bucket: string
  key: string
  version_id: string
  /** Grows with each write: the order of a key's versions. */
  seq: number
  is_latest: number
  is_marker: number
  size: number
  etag: string
  modified_at: number
  meta: string
  /** Blob ids with commas between. */
  blobs: string | null
  inline: Uint8Array | null
}

export interface UploadRow {
  id: string
  bucket: string
  key: string
  created_at: number
  meta: string
}

export interface PartRow {
  upload_id: string
  number: number
  size: number
  etag: string
  modified_at: number
  checksums: string
  blob: string
  /** Where the bytes are sealed: base64. */
  iv: string | null
}

/**
 * Blobs nobody refers to any more; written with the change that forgot them (an object's by triggers), removed
 * afterwards.
 */
export interface GarbageRow {
  id: Generated<number>
  blobs: string
  added_at: number
}

export const s3Migrations: MigrationStep[] = [
  {
    id: '001-buckets-and-objects',
    async up(db, types) {
      // Keys are listed in the order of their UTF-8 bytes, whatever the database's own language.
      const bytewise = types.blob === 'bytea' ? sql`text collate "C"` : sql`text`
      await db.schema
        .createTable('cloud_s3_bucket')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('settings', 'text', (column) => column.notNull())
        .execute()
      // The reference makes a put into a bucket that is being deleted fail instead of losing it.
      await db.schema
        .createTable('cloud_s3_object')
        .addColumn('bucket', 'text', (column) =>
          column.notNull().references('cloud_s3_bucket.name'),
        )
        .addColumn('key', bytewise, (column) => column.notNull())
        .addColumn('version_id', 'text', (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addColumn('is_latest', 'integer', (column) => column.notNull())
        .addColumn('is_marker', 'integer', (column) => column.notNull())
        .addColumn('size', types.bigint, (column) => column.notNull())
        .addColumn('etag', 'text', (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addColumn('meta', 'text', (column) => column.notNull())
        .addColumn('blobs', 'text')
        .addColumn('inline', types.blob)
        .addPrimaryKeyConstraint('cloud_s3_object_key', ['bucket', 'key', 'version_id'])
        .execute()
      await sql`create index cloud_s3_object_latest on cloud_s3_object (bucket, key)
        where is_latest = 1`.execute(db)
    },
  },
  { id: '002-uploads', up: (db, types) => createUploads(db, types) },
  {
    id: '003-sealed-parts',
    async up(db) {
      await db.schema.alterTable('cloud_s3_part').addColumn('iv', 'text').execute()
    },
  },
  accountMigration,
  {
    // Whether a file is still needed is asked daily for every file there is (kept-blobs.ts).
    id: '005-blobs',
    async up(db) {
      await sql`create index cloud_s3_object_blob on cloud_s3_object (blobs)
        where length(blobs) <= 64`.execute(db)
      await sql`create index cloud_s3_object_parts on cloud_s3_object (bucket)
        where length(blobs) > 64`.execute(db)
    },
  },
  garbageMigration,
  annotationMigration,
]

async function createUploads(
  db: Parameters<MigrationStep['up']>[0],
  types: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('cloud_s3_upload')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('bucket', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('meta', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('cloud_s3_upload_key')
    .on('cloud_s3_upload')
    .columns(['bucket', 'key', 'id'])
    .execute()
  await db.schema
    .createTable('cloud_s3_part')
    .addColumn('upload_id', 'text', (column) => column.notNull().references('cloud_s3_upload.id'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('size', types.bigint, (column) => column.notNull())
    .addColumn('etag', 'text', (column) => column.notNull())
    .addColumn('modified_at', types.bigint, (column) => column.notNull())
    .addColumn('checksums', 'text', (column) => column.notNull())
    .addColumn('blob', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('cloud_s3_part_key', ['upload_id', 'number'])
    .execute()
  const withSequence = db.schema
    .createTable('cloud_s3_garbage')
    .addColumn('id', types.sequence, (column) =>
      types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
  await withSequence
    .addColumn('blobs', 'text', (column) => column.notNull())
    .addColumn('added_at', types.bigint, (column) => column.notNull())
    .execute()
}
