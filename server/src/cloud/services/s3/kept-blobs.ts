import type { Database } from '../../../kernel/index.ts'
import type { S3Tables } from './migrations.ts'

// One id has 43 letters; a list of parts is longer than this. `length(blobs)` is what two partial
// indexes are made by: a long list is no key of an index on PostgreSQL.
const ONE_ID = 64

/**
 * Of these ids those that an object, a part or the garbage refers to. One statement: a completed
 * upload moves ids from parts to an object, an overwritten object its own to the garbage.
 */
export async function keptBlobs(database: Database, ids: string[]): Promise<string[]> {
  const s3 = database.tables<S3Tables>()
  const rows = await s3
    .selectFrom('cloud_s3_part')
    .select('blob as blobs')
    .where('blob', 'in', ids)
    .unionAll(s3.selectFrom('cloud_s3_garbage').select('blobs'))
    .unionAll(
      s3
        .selectFrom('cloud_s3_object')
        .select((eb) => eb.ref('blobs').$notNull().as('blobs'))
        .where((eb) => eb(eb.fn<number>('length', ['blobs']), '<=', eb.lit(ONE_ID)))
        .where('blobs', 'in', ids),
    )
    .unionAll(
      s3
        .selectFrom('cloud_s3_object')
        .select((eb) => eb.ref('blobs').$notNull().as('blobs'))
        .where((eb) => eb(eb.fn<number>('length', ['blobs']), '>', eb.lit(ONE_ID))),
    )
    .execute()
  const asked = new Set(ids)
  return rows.flatMap(({ blobs }) => blobs.split(',')).filter((id) => asked.has(id))
}
