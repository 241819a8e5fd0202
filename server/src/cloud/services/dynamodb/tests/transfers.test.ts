import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import type { ImportTableCommandInput } from '@aws-sdk/client-dynamodb'
import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
let s3: S3
let logs: CloudWatchLogs
beforeAll(async () => {
  cloud = await startDynamo()
  s3 = new S3({ ...cloud.config(), forcePathStyle: true })
  logs = new CloudWatchLogs(cloud.config())
  await s3.createBucket({ Bucket: 'dumps' })
})
afterAll(async () => {
  s3.destroy()
  logs.destroy()
  await cloud.stop()
})

const text = async (Key: string) => {
  const { Body } = await s3.getObject({ Bucket: 'dumps', Key })
  return Buffer.from(await Body!.transformToByteArray())
}
const lines = (bytes: Buffer) =>
  bytes
    .toString()
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l))

async function exported(more: object) {
  const { db } = cloud
  const { Table } = await db.describeTable({ TableName: 'source' })
  const started = await db.exportTableToPointInTime({
    TableArn: Table!.TableArn,
    S3Bucket: 'dumps',
    ...more,
  })
  const { ExportArn } = started.ExportDescription!
  expect(started.ExportDescription!.ExportStatus).toBe('IN_PROGRESS')
  return vi.waitUntil(
    async () => {
      const { ExportDescription } = await db.describeExport({ ExportArn })
      return ExportDescription!.ExportStatus !== 'IN_PROGRESS' && ExportDescription!
    },
    { timeout: 60_000 },
  )
}

/** What a period of changes must last at least. */
const aQuarterLater = () => cloud.kernel.clock.advance(15 * 60_000)

test('an export is the table as it was, with manifests that sum it', async () => {
  const { db } = cloud
  await cloud.table('source')
  await db.updateContinuousBackups({
    TableName: 'source',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  })
  for (const a of ['x', 'y']) {
    await db.putItem({ TableName: 'source', Item: { a: { S: a }, b: { B: Buffer.from('hi') } } })
  }
  const atMs = Date.now()
  await vi.waitUntil(() => Date.now() > atMs + 1, { interval: 1, timeout: 60_000 })
  await db.deleteItem({ TableName: 'source', Key: { a: { S: 'x' } } })
  await db.putItem({ TableName: 'source', Item: { a: { S: 'z' } } })

  const done = await exported({ ExportTime: new Date(atMs), S3Prefix: 'daily' })
  expect(done).toMatchObject({
    ExportStatus: 'COMPLETED',
    ItemCount: 2,
    ExportFormat: 'DYNAMODB_JSON',
  })
  const summary = await text(done.ExportManifest!)
  expect((await text(done.ExportManifest!.replace('json', 'md5'))).toString()).toBe(
    createHash('md5').update(summary).digest('base64'),
  )
  const { manifestFilesS3Key, itemCount, exportType } = JSON.parse(summary.toString())
  expect({ itemCount, exportType }).toEqual({ itemCount: 2, exportType: 'FULL_EXPORT' })
  const [file] = lines(await text(manifestFilesS3Key))
  const bytes = await text(file.dataFileS3Key)
  expect(file).toMatchObject({
    itemCount: 2,
    md5Checksum: createHash('md5').update(bytes).digest('base64'),
  })
  const items = lines(gunzipSync(bytes)).map(({ Item }) => Item)
  expect(items.toSorted((p, q) => (p.a.S < q.a.S ? -1 : 1))).toEqual([
    { a: { S: 'x' }, b: { B: 'aGk=' } },
    { a: { S: 'y' }, b: { B: 'aGk=' } },
  ])

  const period = { ExportFromTime: new Date(atMs), ExportToTime: new Date(atMs + 60_000) }
  await expect(
    exported({ ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: period }),
  ).rejects.toMatchObject({
    name: 'InvalidExportTimeException',
    message:
      'Difference between export period from time and export period to time is less than 15 minutes',
  })
  aQuarterLater()
  const change = await exported({
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: { ExportFromTime: new Date(atMs) },
  })
  const [changes] = lines(
    await text(JSON.parse((await text(change.ExportManifest!)).toString()).manifestFilesS3Key),
  )
  const told = lines(gunzipSync(await text(changes.dataFileS3Key)))
  expect(told.find(({ Keys }) => Keys.a.S === 'x')).toMatchObject({
    OldImage: { a: { S: 'x' }, b: { B: 'aGk=' } },
  })
  expect(told.find(({ Keys }) => Keys.a.S === 'z')).toMatchObject({ NewImage: { a: { S: 'z' } } })

  const failed = await exported({ S3Bucket: 'nobodys-bucket' })
  expect(failed).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' })
})

test('an export is known by its token, listed by pages, and not after its table', async () => {
  const { db } = cloud
  await cloud.table('brief')
  const { Table } = await db.describeTable({ TableName: 'brief' })
  const TableArn = Table!.TableArn!
  await db.updateContinuousBackups({
    TableName: 'brief',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  })
  const ask = async (more: object) => {
    const asked = { TableArn, S3Bucket: 'dumps', ...more }
    return (await db.exportTableToPointInTime(asked)).ExportDescription!
  }
  const first = await ask({ ClientToken: 'one' })
  expect(first.ExportType).toBeUndefined()
  expect((await ask({ ClientToken: 'one' })).ExportArn).toBe(first.ExportArn)
  await expect(ask({ ClientToken: 'one', ExportFormat: 'ION' })).rejects.toMatchObject({
    name: 'ExportConflictException',
    message: 'Duplicate request detected with conflicting parameters',
  })
  const second = await ask({ ExportType: 'FULL_EXPORT' })
  expect(second.ExportType).toBe('FULL_EXPORT')
  const listed: string[] = []
  let NextToken: string | undefined
  do {
    const page = await db.listExports({ TableArn, MaxResults: 1, NextToken })
    listed.push(...page.ExportSummaries!.map(({ ExportArn }) => ExportArn!))
    NextToken = page.NextToken
    if (NextToken) expect(NextToken).toMatch(/^([0-9a-f]{16}){7,}$/)
  } while (NextToken)
  expect(listed).toEqual([first.ExportArn!, second.ExportArn!].toSorted().toReversed())
  await expect(db.listExports({ NextToken: '0'.repeat(112) })).rejects.toThrow('Invalid NextToken')
  await expect(db.describeExport({ ExportArn: TableArn })).rejects.toThrow('Invalid Export ARN')
  await db.deleteTable({ TableName: 'brief' })
  expect((await db.listExports({ TableArn })).ExportSummaries).toEqual([])
})

test('an export in Ion is exact, and is imported again as the same items', async () => {
  const { db } = cloud
  const item = {
    a: { S: 'all "of" it' },
    n: { N: '600' },
    'odd name': { L: [{ N: '-0.001' }, { N: '12.5' }, { N: '1e-9' }, { N: '0' }, { NULL: true }] },
    null: { M: { $1: { BOOL: false }, "it's": { B: Buffer.from('hi') } } },
    sets: { L: [{ SS: ['x', 'y'] }, { NS: ['1', '2000'] }, { BS: [Buffer.from('hi')] }] },
  }
  const { Items } = await db.scan({ TableName: 'source' })
  for (const { a } of Items!) await db.deleteItem({ TableName: 'source', Key: { a: a! } })
  const fromMs = Date.now()
  await vi.waitUntil(() => Date.now() > fromMs + 1, { interval: 1, timeout: 60_000 })
  await db.putItem({ TableName: 'source', Item: item as never })
  const full = await exported({ ExportFormat: 'ION' })
  expect(full).toMatchObject({ ExportStatus: 'COMPLETED', ExportFormat: 'ION', ItemCount: 1 })
  const folder = full.ExportManifest!.replace(/manifest-summary.json$/, '')
  const [file] = lines(await text(`${folder}manifest-files.json`))
  expect(file.dataFileS3Key).toMatch(/\.ion\.gz$/)
  const ion = gunzipSync(await text(file.dataFileS3Key)).toString()
  expect(ion).toBe(
    '$ion_1_0 {Item:{a:"all \\"of\\" it",n:6d2,\'odd name\':[-0.001,12.5,1d-9,0.,null],' +
      "'null':{'$1':false,'it\\'s':{{aGk=}}}," +
      'sets:[$dynamodb_SS::["x","y"],$dynamodb_NS::[1.,2d3],$dynamodb_BS::[{{aGk=}}]]}}\n',
  )
  aQuarterLater()
  const part = await exported({
    ExportFormat: 'ION',
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: { ExportFromTime: new Date(fromMs) },
  })
  const partFolder = part.ExportManifest!.replace(/manifest-summary.json$/, '')
  const [partFile] = lines(await text(`${partFolder}manifest-files.json`))
  expect(gunzipSync(await text(partFile.dataFileS3Key)).toString()).toMatch(
    /\$ion_1_0 \{Record:\{Keys:\{a:"all \\"of\\" it"\},Metadata:\{WriteTimestampMicros:\d+(?:\.|d\d)\},NewImage:\{a:/,
  )
  const Key = 'in/ion/1.ion.gz'
  await s3.putObject({ Bucket: 'dumps', Key, Body: gzipSync(`${ion}$ion_1_0 {Item:[1\n`) })
  const again = await imported('ion', { InputFormat: 'ION', InputCompressionType: 'GZIP' })
  expect(again.done).toMatchObject({ ErrorCount: 1, ImportedItemCount: 1 })
  const { Items: kept } = await db.scan({ TableName: 'source' })
  expect(again.items).toEqual(kept)
})

const importEnd = (ImportArn: string) =>
  vi.waitUntil(
    async () => {
      const { ImportTableDescription: one } = await cloud.db.describeImport({ ImportArn })
      return one!.ImportStatus !== 'IN_PROGRESS' && one!
    },
    { timeout: 60_000 },
  )

const asked = (name: string): ImportTableCommandInput => ({
  S3BucketSource: { S3Bucket: 'dumps', S3KeyPrefix: `in/${name}` },
  InputFormat: 'DYNAMODB_JSON',
  TableCreationParameters: {
    TableName: name,
    AttributeDefinitions: [
      { AttributeName: 'a', AttributeType: 'S' },
      { AttributeName: 'n', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'a', KeyType: 'HASH' },
      { AttributeName: 'n', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  },
})

async function imported(name: string, more: object) {
  const { db } = cloud
  const { ImportTableDescription: started } = await db.importTable({ ...asked(name), ...more })
  expect(started).toMatchObject({ ProcessedItemCount: 0, ImportedItemCount: 0, ErrorCount: 0 })
  expect(started!.ProcessedSizeBytes).toBeUndefined()
  const { ImportArn } = started!
  const done = await importEnd(ImportArn!)
  const { Table } = await db.describeTable({ TableName: name })
  expect(Table!.TableStatus).toBe('ACTIVE')
  const { Items } = await db.scan({ TableName: name })
  return { done, items: Items!.toSorted((p, q) => Number(p['n']!.N) - Number(q['n']!.N)) }
}

test('an import makes a table of CSV, of compressed JSON, and counts what it cannot take', async () => {
  const put = (Key: string, Body: string | Uint8Array) =>
    s3.putObject({ Bucket: 'dumps', Key: `in/${Key}`, Body })
  await put('people/1.csv', 'a,n,note\nmin,1,"hello, ""you""\nthere"\nji,2,\nbad,notANumber,x\n')
  const csv = await imported('people', { InputFormat: 'CSV' })
  expect(csv.done).toMatchObject({
    ImportStatus: 'FAILED',
    FailureCode: 'ItemValidationError',
    ErrorCount: 1,
    ProcessedItemCount: 3,
    ImportedItemCount: 2,
  })
  expect(csv.items).toEqual([
    { a: { S: 'min' }, n: { N: '1' }, note: { S: 'hello, "you"\nthere' } },
    { a: { S: 'ji' }, n: { N: '2' } },
  ])

  const { events } = await logs.filterLogEvents({ logGroupName: '/aws-dynamodb/imports' })
  const { ImportArn: importArn } = csv.done
  expect(events!.find(({ message }) => message!.includes(importArn!))).toMatchObject({
    logStreamName: `${importArn!.split('/').at(-1)}/error`,
    message: JSON.stringify({
      itemS3Pointer: { bucket: 'dumps', key: 'in/people/1.csv', itemIndex: 2 },
      importArn,
      errorMessages: ['The parameter cannot be converted to a numeric value: notANumber'],
    }),
  })

  const json = Array.from({ length: 450 }, (_, i) =>
    JSON.stringify({ Item: { a: { S: 'k' }, n: { N: String(i) }, l: { L: [{ B: 'aGk=' }] } } }),
  ).join('\n')
  await put('zipped/1.json.gz', gzipSync(`${json}\n{"Item":{"a":{"S":"k"}}}\nnot json\n`))
  const gz = await imported('zipped', { InputCompressionType: 'GZIP' })
  expect(gz.done).toMatchObject({ ErrorCount: 2, ImportedItemCount: 450 })
  expect(gz.items).toHaveLength(450)
  expect(gz.items[7]!['l']).toEqual({ L: [{ B: new Uint8Array(Buffer.from('hi')) }] })
  await put('packed/1.json.zst', zstdCompressSync(json))
  const zst = await imported('packed', { InputCompressionType: 'ZSTD' })
  expect(zst.done).toMatchObject({ ImportStatus: 'COMPLETED', ImportedItemCount: 450 })
  const plain = `${json.split('\n', 3).join('')}\n{"Item":{"a":{"S":"}\\""},"n":{"N":"9"}}}`
  await put('joined/1.json', plain)
  const joined = await imported('joined', {})
  expect(joined.done).toMatchObject({ ImportStatus: 'COMPLETED', ImportedItemCount: 4 })
  expect(joined.items[3]!['a']).toEqual({ S: '}"' })
  expect(joined.done.ProcessedSizeBytes).toBe(plain.length)
  await put('cut/1.json', '{"Item":{"a":{"S":"k"},"n":{"N":"1"}}}\n\n{"a":{"S":"k"}}\nnever read\n')
  const cut = await imported('cut', {})
  expect(cut.done).toMatchObject({ ErrorCount: 1, ProcessedItemCount: 2, ImportedItemCount: 1 })
  await put('broken/1.json.gz', 'not zipped at all')
  const broken = await imported('broken', { InputCompressionType: 'GZIP' })
  expect(broken.done).toMatchObject({ ImportStatus: 'FAILED', FailureCode: 'DecompressionError' })
  const nothing = await imported('absent', {})
  expect(nothing.done).toMatchObject({ ImportStatus: 'COMPLETED', ProcessedSizeBytes: 0 })
  const { ImportSummaryList } = await cloud.db.listImports({})
  expect(ImportSummaryList).toHaveLength(8)
})

test('an import from a bucket that is not there makes no table', async () => {
  const { db } = cloud
  const { ImportTableDescription: started } = await db.importTable({
    ...asked('never'),
    S3BucketSource: { S3Bucket: 'nobodys-bucket' },
  })
  expect(await importEnd(started!.ImportArn!)).toMatchObject({
    ImportStatus: 'FAILED',
    FailureCode: 'S3NoSuchBucket',
  })
  const { TableNames } = await db.listTables({})
  expect(TableNames).not.toContain('never')
  const again = { ...asked('elsewhere'), ClientToken: started!.ClientToken }
  await expect(db.importTable(again)).rejects.toMatchObject({
    name: 'ImportConflictException',
    message: 'Duplicate request detected with conflicting parameters',
  })
})
