import { type Database, parseColumn, type Statement, stringify } from '../../../kernel/index.ts'
import type { PartRow, S3Tables, UploadRow } from './migrations.ts'
import type { ChecksumName, Checksums, ObjectMeta } from './model.ts'

export interface Upload {
  id: string
  bucket: string
  key: string
  createdAt: number
  meta: ObjectMeta
  checksum: { name: ChecksumName; type: Checksums['type']; isDefault: boolean }
  /** Whether the key held an object when the upload began. */
  hadObject?: boolean
  /** ARN of who began it; of the account's root, nothing. */
  initiator?: string
}

export interface Part {
  number: number
  sizeBytes: number
  /** Hex MD5. */
  etag: string
  modifiedAt: number
  checksums: Checksums['values']
  blob: string
  /** Where the bytes are sealed: base64. */
  iv?: string | undefined
}

/** Multipart uploads under way and their parts. */
export interface UploadStore {
  insert(upload: Upload): Promise<void>
  get(id: string): Promise<Upload | undefined>
  /** After the key's upload of that id: keys in order, each one's uploads as they began. */
  list(
    bucket: string,
    after: { key: string; id: string | undefined },
    prefix: string,
    limit: number,
  ): Promise<Upload[]>
  putPart(uploadId: string, part: Part): Promise<void>
  parts(uploadId: string, afterNumber?: number, limit?: number): Promise<Part[]>
  /** Statements that forget the upload; parts not in `kept` are left to the garbage. */
  forget(uploadId: string, kept: Set<string>, parts: Part[], nowMs: number): Statement[]
}

export function openUploadStore(database: Database): UploadStore {
  const s3 = database.tables<S3Tables>()
  return {
    async insert({ id, bucket, key, createdAt, ...rest }) {
      const row = { id, bucket, key, created_at: createdAt, meta: stringify(rest) }
      await database.apply([s3.insertInto('cloud_s3_upload').values(row).compile()])
    },
    async get(id) {
      const row = await s3
        .selectFrom('cloud_s3_upload')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && asUpload(row)
    },
    async list(bucket, after, prefix, limit) {
      const last = after.id === undefined ? undefined : await this.get(after.id)
      const rows = await s3
        .selectFrom('cloud_s3_upload')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('key', '>=', prefix)
        .where((eb) => {
          const ofKey = eb('key', '=', after.key)
          return eb.or([
            eb('key', '>', after.key),
            ...(last ? [eb.and([ofKey, eb('created_at', '>', last.createdAt)])] : []),
            ...(last
              ? [eb.and([ofKey, eb('created_at', '=', last.createdAt), eb('id', '>', last.id)])]
              : []),
          ])
        })
        .orderBy('key')
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.filter((row) => row.key.startsWith(prefix)).map(asUpload)
    },
    putPart: (uploadId, part) => putPart(database, uploadId, part),
    async parts(uploadId, afterNumber = 0, limit = 10_000) {
      const rows = await s3
        .selectFrom('cloud_s3_part')
        .selectAll()
        .where('upload_id', '=', uploadId)
        .where('number', '>', afterNumber)
        .orderBy('number')
        .limit(limit)
        .execute()
      return rows.map(asPart)
    },
    forget(uploadId, kept, parts, nowMs) {
      const garbage = parts
        .filter(({ blob }) => !kept.has(blob))
        .map(({ blob }) =>
          s3.insertInto('cloud_s3_garbage').values({ blobs: blob, added_at: nowMs }).compile(),
        )
      return [
        ...garbage,
        s3.deleteFrom('cloud_s3_part').where('upload_id', '=', uploadId).compile(),
        s3.deleteFrom('cloud_s3_upload').where('id', '=', uploadId).compile(),
      ]
    },
  }
}

function asUpload(row: UploadRow): Upload {
  const { id, bucket, key, created_at: createdAt } = row
  return {
    id,
    bucket,
    key,
    createdAt,
    ...parseColumn<Pick<Upload, 'meta' | 'checksum' | 'hadObject' | 'initiator'>>(row.meta),
  }
}

function asPart(row: PartRow): Part {
  const { number, size: sizeBytes, etag, modified_at: modifiedAt, blob } = row
  const checksums = parseColumn<Part['checksums']>(row.checksums)
  return { number, sizeBytes, etag, modifiedAt, checksums, blob, ...(row.iv && { iv: row.iv }) }
}

function rowOf(upload_id: string, part: Part): PartRow {
  const { number, sizeBytes: size, etag, modifiedAt: modified_at, blob, iv = null } = part
  const checksums = stringify(part.checksums)
  return { upload_id, number, size, etag, modified_at, blob, checksums, iv }
}

async function putPart(database: Database, uploadId: string, part: Part): Promise<void> {
  const s3 = database.tables<S3Tables>()
  const row = rowOf(uploadId, part)
  const { upload_id: _id, number: _number, ...changed } = row
  const replaced = s3
    .selectFrom('cloud_s3_part')
    .select(['blob', 'modified_at'])
    .where('upload_id', '=', uploadId)
    .where('number', '=', part.number)
  await database.apply([
    s3.insertInto('cloud_s3_garbage').columns(['blobs', 'added_at']).expression(replaced).compile(),
    s3
      .insertInto('cloud_s3_part')
      .values(row)
      .onConflict((conflict) => conflict.columns(['upload_id', 'number']).doUpdateSet(changed))
      .compile(),
  ])
}
