import { sql } from 'kysely'
import type { Database } from '../../../kernel/index.ts'
import type { ObjectRow, S3Tables } from './migrations.ts'
import { versionColumns } from './store-objects.ts'

export type ListedRow = Omit<ObjectRow, 'blobs' | 'inline'>

/** What a list of current objects tells. */
export type CurrentRow = Pick<ObjectRow, (typeof currentColumns)[number]>

const currentColumns = ['key', 'size', 'etag', 'modified_at', 'meta'] as const

export interface KeyPlace {
  /** Keys from here on; `isAfter` leaves this one out. */
  key: string
  isAfter: boolean
}

export interface ListingStore {
  /** Latest versions that aren't markers, in the order of keys. */
  current(bucket: string, from: KeyPlace, limit: number): Promise<CurrentRow[]>
  /** All versions and markers: keys in order, each key's newest first. */
  versions(
    bucket: string,
    from: KeyPlace & { seq?: number | undefined },
    limit: number,
  ): Promise<ListedRow[]>
  seqOf(bucket: string, key: string, versionId: string): Promise<number | undefined>
}

export function openListingStore(database: Database): ListingStore {
  const s3 = database.tables<S3Tables>()
  const compiled = (comparison: '>' | '>=') =>
    s3
      .selectFrom('cloud_s3_object')
      .select(currentColumns)
      .where('bucket', '=', '')
      .where('key', comparison, '')
      .where(sql<boolean>`is_latest = 1`)
      .where(sql<boolean>`is_marker = 0`)
      .orderBy('key')
      .limit(0)
      .compile().sql
  const current = { from: compiled('>='), after: compiled('>') }
  const inBucket = (bucket: string) =>
    s3.selectFrom('cloud_s3_object').select(versionColumns).where('bucket', '=', bucket)
  return {
    current: (bucket, { key, isAfter }, limit) =>
      database.select<CurrentRow>({
        sql: isAfter ? current.after : current.from,
        parameters: [bucket, key, limit],
      }),
    versions: (bucket, { key, isAfter, seq }, limit) =>
      inBucket(bucket)
        .where((eb) =>
          seq === undefined
            ? eb('key', isAfter ? '>' : '>=', key)
            : eb.or([eb('key', '>', key), eb.and([eb('key', '=', key), eb('seq', '<', seq)])]),
        )
        .orderBy('key')
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute(),
    async seqOf(bucket, key, versionId) {
      const row = await s3
        .selectFrom('cloud_s3_object')
        .select('seq')
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .where('version_id', '=', versionId)
        .executeTakeFirst()
      return row?.seq
    },
  }
}
