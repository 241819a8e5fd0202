import { type Database, isUniqueViolation, parseColumn, stringify } from '../../../kernel/index.ts'
import type { S3Tables } from './migrations.ts'
import type { Bucket, BucketSettings } from './model.ts'

/** Every bucket is in memory too: each request asks for one. */
export interface BucketStore {
  get(name: string): Bucket | undefined
  /** Of one account, by name. */
  list(account: string): Bucket[]
  /** False when the name is taken meanwhile. */
  insert(bucket: Bucket): Promise<boolean>
  update(name: string, edit: (settings: BucketSettings) => BucketSettings): Promise<void>
  /** False when it holds objects, versions or delete markers. Open uploads go with it. */
  remove(name: string): Promise<boolean>
  clear(): Promise<void>
}

export async function openBucketStore(database: Database): Promise<BucketStore> {
  const buckets = new Map<string, Bucket>()
  const tables = database.tables<S3Tables>()
  for (const row of await tables.selectFrom('cloud_s3_bucket').selectAll().execute()) {
    const { name, account, region, created_at: createdAt } = row
    const settings = parseColumn<BucketSettings>(row.settings)
    buckets.set(name, { name, account, region, createdAt, settings })
  }
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <R>(run: () => Promise<R>): Promise<R> => {
    const mine = queue.then(run)
    queue = mine.catch(() => undefined)
    return mine
  }
  return {
    get: (name) => buckets.get(name),
    list: (account) =>
      [...buckets.values()]
        .filter((bucket) => bucket.account === account)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    insert: (bucket) =>
      inTurn(async () => {
        if (buckets.has(bucket.name)) return false
        try {
          await database.apply([insertOf(database, bucket)])
        } catch (error) {
          if (isUniqueViolation(error)) return false
          throw error
        }
        buckets.set(bucket.name, bucket)
        return true
      }),
    update: (name, edit) =>
      inTurn(async () => {
        const bucket = buckets.get(name)
        if (!bucket) return
        const settings = edit(bucket.settings)
        const update = tables
          .updateTable('cloud_s3_bucket')
          .set({ settings: stringify(settings) })
          .where('name', '=', name)
        await database.apply([update.compile()])
        buckets.set(name, { ...bucket, settings })
      }),
    remove: (name) =>
      inTurn(async () => {
        const removed = await removeEmpty(database, name)
        if (removed) buckets.delete(name)
        return removed
      }),
    clear: () =>
      inTurn(async () => {
        await removeAll(database)
        buckets.clear()
      }),
  }
}

function insertOf(database: Database, bucket: Bucket) {
  const { name, account, region, createdAt, settings } = bucket
  return database
    .tables<S3Tables>()
    .insertInto('cloud_s3_bucket')
    .values({ name, account, region, created_at: createdAt, settings: stringify(settings) })
    .compile()
}

function removeEmpty(database: Database, name: string): Promise<boolean> {
  return database.write(async (tx) => {
    const s3 = tx.tables<S3Tables>()
    const held = await s3
      .selectFrom('cloud_s3_object')
      .select('key')
      .where('bucket', '=', name)
      .limit(1)
      .executeTakeFirst()
    if (held) return false
    const uploads = s3.selectFrom('cloud_s3_upload').select('id').where('bucket', '=', name)
    await s3
      .insertInto('cloud_s3_garbage')
      .columns(['blobs', 'added_at'])
      .expression(
        s3
          .selectFrom('cloud_s3_part')
          .select(['blob', 'modified_at'])
          .where('upload_id', 'in', uploads),
      )
      .execute()
    await s3.deleteFrom('cloud_s3_part').where('upload_id', 'in', uploads).execute()
    await s3.deleteFrom('cloud_s3_upload').where('bucket', '=', name).execute()
    await s3.deleteFrom('cloud_s3_bucket').where('name', '=', name).execute()
    return true
  })
}

async function removeAll(database: Database): Promise<void> {
  await database.write(async (tx) => {
    const s3 = tx.tables<S3Tables>()
    await s3
      .insertInto('cloud_s3_garbage')
      .columns(['blobs', 'added_at'])
      .expression(s3.selectFrom('cloud_s3_part').select(['blob', 'modified_at']))
      .execute()
    for (const table of [
      'cloud_s3_part',
      'cloud_s3_upload',
      'cloud_s3_object',
      'cloud_s3_bucket',
    ] as const) {
      await s3.deleteFrom(table).execute()
    }
  })
}
