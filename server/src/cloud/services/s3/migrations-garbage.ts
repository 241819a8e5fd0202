import { type Kysely, sql } from 'kysely'
import type { MigrationStep } from '../../../kernel/index.ts'

/**
 * The files an object's row refers to are noted as garbage by the database itself when the row is changed
 * or removed. A statement for it beside each write, though few writes replace a file, and a savepoint around
 * the two cost 7 % of the main thread's time for a PUT of 4 KB (docs/decisions/004).
 */
export const garbageMigration: MigrationStep = {
  id: '006-garbage',
  up: (db, types) => (types.blob === 'bytea' ? inPostgres(db) : inSqlite(db)),
}

const replaces = sql`old.blobs is not null and old.blobs is distinct from new.blobs`
const removes = sql`old.blobs is not null`

async function inSqlite(db: Kysely<unknown>): Promise<void> {
  const note = sql`insert into cloud_s3_garbage (blobs, added_at)
    values (old.blobs, cast(unixepoch('subsec') * 1000 as integer))`
  await sql`create trigger cloud_s3_object_replaced after update of blobs on cloud_s3_object
    when ${replaces} begin ${note}; end`.execute(db)
  await sql`create trigger cloud_s3_object_removed after delete on cloud_s3_object
    when ${removes} begin ${note}; end`.execute(db)
}

async function inPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`create function cloud_s3_object_left() returns trigger language plpgsql as $$ begin
    insert into cloud_s3_garbage (blobs, added_at)
      values (old.blobs, (extract(epoch from clock_timestamp()) * 1000)::bigint);
    return null;
  end $$`.execute(db)
  await sql`create trigger cloud_s3_object_replaced after update of blobs on cloud_s3_object
    for each row when (${replaces}) execute function cloud_s3_object_left()`.execute(db)
  await sql`create trigger cloud_s3_object_removed after delete on cloud_s3_object
    for each row when (${removes}) execute function cloud_s3_object_left()`.execute(db)
}
