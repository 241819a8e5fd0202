import { type Kysely, sql } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../../kernel/index.ts'

export interface AnnotationRow {
  bucket: string
  key: string
  version_id: string
  name: string
  size: number
  etag: string
  /** Of the bytes in the clear: JSON. */
  checksums: string
  modified_at: number
  /** Where the bytes are sealed: base64. */
  iv: string | null
  bytes: Uint8Array
}

/** Annotations go with their version: the database takes them away when its row is replaced or removed. */
export const annotationMigration: MigrationStep = {
  id: '007-annotations',
  async up(db, types) {
    await createTable(db, types)
    await (types.blob === 'bytea' ? inPostgres(db) : inSqlite(db))
  },
}

async function createTable(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  // Names are listed in the order of their UTF-8 bytes, as keys are.
  const bytewise = types.blob === 'bytea' ? sql`text collate "C"` : sql`text`
  await db.schema
    .createTable('cloud_s3_annotation')
    .addColumn('bucket', 'text', (column) => column.notNull())
    .addColumn('key', bytewise, (column) => column.notNull())
    .addColumn('version_id', 'text', (column) => column.notNull())
    .addColumn('name', bytewise, (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('etag', 'text', (column) => column.notNull())
    .addColumn('checksums', 'text', (column) => column.notNull())
    .addColumn('modified_at', types.bigint, (column) => column.notNull())
    .addColumn('iv', 'text')
    .addColumn('bytes', types.blob, (column) => column.notNull())
    .addPrimaryKeyConstraint('cloud_s3_annotation_key', ['bucket', 'key', 'version_id', 'name'])
    .execute()
}

const forget = sql`delete from cloud_s3_annotation
  where bucket = old.bucket and key = old.key and version_id = old.version_id`

// A version is written anew where its place in the order changes; metadata alone leaves that as it was.
async function inSqlite(db: Kysely<unknown>): Promise<void> {
  await sql`create trigger cloud_s3_annotated_replaced after update of seq on cloud_s3_object
    begin ${forget}; end`.execute(db)
  await sql`create trigger cloud_s3_annotated_removed after delete on cloud_s3_object
    begin ${forget}; end`.execute(db)
}

async function inPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`create function cloud_s3_annotated_left() returns trigger language plpgsql as $$ begin
    ${forget};
    return null;
  end $$`.execute(db)
  await sql`create trigger cloud_s3_annotated_replaced after update of seq on cloud_s3_object
    for each row execute function cloud_s3_annotated_left()`.execute(db)
  await sql`create trigger cloud_s3_annotated_removed after delete on cloud_s3_object
    for each row execute function cloud_s3_annotated_left()`.execute(db)
}
