import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Aws, AwsError } from '../../gateway/index.ts'
import { reportForm } from './inventory-row.ts'
import { DAY_MS } from './lifecycle-expiry.ts'
import type { Bucket, ObjectVersion } from './model.ts'
import { bucketArn } from './model.ts'
import type { S3Parts } from './parts.ts'
import type { InventoryConfiguration } from './sdk-shapes.ts'
import { asVersion } from './store-objects.ts'

// Reports of what is in a bucket, as files of lines in another ("Cataloging and analyzing your data
// with S3 Inventory"). AWS takes up to 48 hours for the first; here they come at midnight UTC.

const INVENTORY = 'cloud-s3.inventory'
const BATCH = 1000
const ROWS_PER_FILE = 100_000

interface Reporting {
  bucket: string
  id: string
}

/** Midnight UTC; of a weekly report the one Sunday begins with. */
export function nextReport({ Schedule }: InventoryConfiguration, nowMs: number): number {
  const midnight = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS
  if (Schedule?.Frequency !== 'Weekly') return midnight
  return midnight + ((7 - new Date(midnight).getUTCDay()) % 7) * DAY_MS
}

export interface Inventory {
  /** A configuration was made or changed: its next report is due at its time. */
  expect(bucket: string, item: InventoryConfiguration, nowMs: number): Promise<void>
}

export function createInventory(parts: S3Parts): Inventory {
  const { jobs, database, clock } = parts.kernel
  const expect = (bucket: string, item: InventoryConfiguration, nowMs: number) =>
    database.write(async (tx) => {
      const payload: Reporting = { bucket, id: item.Id! }
      const runAtMs = nextReport(item, nowMs)
      await jobs.enqueue(tx, { kind: INVENTORY, key: JSON.stringify(payload), payload, runAtMs })
    })
  jobs.handle(INVENTORY, {
    async run({ payload }) {
      const { bucket: name, id } = payload as Reporting
      const bucket = parts.buckets.get(name)
      const item = bucket?.settings.inventory?.find(({ Id }) => Id === id)
      if (!bucket || !item?.IsEnabled) return
      const nowMs = clock.now()
      await bring(parts, bucket, item, nowMs)
      await expect(name, item, nowMs)
    },
  })
  return { expect }
}

/** The target may be gone, or shut to S3, which AWS tells nobody either. */
async function bring(
  parts: S3Parts,
  bucket: Bucket,
  item: InventoryConfiguration,
  nowMs: number,
): Promise<void> {
  const { log } = parts.kernel
  const { Format } = item.Destination!.S3BucketDestination!
  if (Format !== 'CSV') {
    log.warn('cloud.s3.inventory', { bucket: bucket.name, id: item.Id, unwritten: Format })
    return
  }
  try {
    await report(parts, bucket, item, nowMs)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    log.warn('cloud.s3.inventory', { bucket: bucket.name, id: item.Id, error })
  }
}

interface ReportFile {
  key: string
  size: number
  MD5checksum: string
}

async function report(
  parts: S3Parts,
  bucket: Bucket,
  item: InventoryConfiguration,
  nowMs: number,
): Promise<void> {
  const to = item.Destination!.S3BucketDestination!
  const folder = `${to.Prefix ? `${to.Prefix}/` : ''}${bucket.name}/${item.Id}`
  const put = putter(parts, bucket, item)
  const form = reportForm(bucket, item)
  const files: ReportFile[] = []
  for await (const rows of rowsOf(parts, bucket, item, form.row)) {
    const bytes = await promisify(gzip)(rows)
    const key = `${folder}/data/${randomUUID()}.csv.gz`
    await put(key, bytes, 'application/x-gzip')
    files.push({ key, size: bytes.length, MD5checksum: md5(bytes) })
  }
  const manifest = {
    sourceBucket: bucket.name,
    destinationBucket: to.Bucket,
    version: '2016-11-30',
    creationTimestamp: String(nowMs),
    fileFormat: 'CSV',
    fileSchema: form.schema,
    files,
  }
  const bytes = Buffer.from(JSON.stringify(manifest, null, 2))
  const minute = new Date(nowMs).toISOString().slice(0, 16).replace(':', '-')
  const links = files.map(({ key }) => `s3://${nameOf(to.Bucket!)}/${key}`).join('\n')
  const hive = `${folder}/hive/dt=${minute.replace('T', '-')}/symlink.txt`
  await put(hive, Buffer.from(links), 'text/plain')
  // Last, for it is what readers wait for; its checksum says that it is whole.
  await put(`${folder}/${minute}Z/manifest.json`, bytes, 'application/json')
  await put(`${folder}/${minute}Z/manifest.checksum`, Buffer.from(`${md5(bytes)}\n`), 'text/plain')
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1)

type Put = (Key: string, Body: Uint8Array, ContentType: string) => Promise<void>

function putter({ deps }: S3Parts, bucket: Bucket, item: InventoryConfiguration): Put {
  const to = item.Destination!.S3BucketDestination!
  const service = deps.sessions.serviceOf('s3.amazonaws.com', bucket.account)
  const context = {
    ...service.context,
    'aws:SourceArn': bucketArn(bucket.name),
    'aws:SourceAccount': bucket.account,
  }
  const aws: Aws = deps.as({ principal: { ...service, context }, region: bucket.region })
  const kms = to.Encryption?.SSEKMS
  return async (Key, Body, ContentType) => {
    await aws.s3.putObject({
      Bucket: nameOf(to.Bucket!),
      Key,
      Body,
      ContentType,
      ...(kms && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kms.KeyId }),
    })
  }
}

/** The report's lines, a file's worth at a time. */
async function* rowsOf(
  { listing }: S3Parts,
  { name }: Bucket,
  { Filter, IncludedObjectVersions }: InventoryConfiguration,
  row: (version: ObjectVersion) => string,
): AsyncGenerator<string> {
  const prefix = Filter?.Prefix ?? ''
  let from: { key: string; isAfter: boolean; seq?: number } = { key: prefix, isAfter: false }
  let lines: string[] = []
  for (;;) {
    const found = await listing.versions(name, from, BATCH)
    for (const each of found) {
      if (!each.key.startsWith(prefix)) break
      const version = asVersion(each)
      const isTold = IncludedObjectVersions === 'All' || (version.isLatest && !version.isMarker)
      if (isTold) lines.push(row(version))
    }
    if (lines.length >= ROWS_PER_FILE) {
      yield lines.join('')
      lines = []
    }
    const last = found.at(-1)
    if (!last || found.length < BATCH || !last.key.startsWith(prefix)) break
    from = { key: last.key, isAfter: true, seq: last.seq }
  }
  if (lines.length > 0) yield lines.join('')
}
