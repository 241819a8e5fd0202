import * as S3 from '@aws-sdk/client-s3'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'questions'

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

type Given = Partial<S3.SelectObjectContentCommandInput>

const put = (Key: string, Body: string | Uint8Array) =>
  s3.send(new S3.PutObjectCommand({ Bucket, Key, Body }))

async function ask(Key: string, Expression: string, given: Given = {}) {
  const answer = await s3.send(
    new S3.SelectObjectContentCommand({
      Bucket,
      Key,
      Expression,
      ExpressionType: 'SQL',
      InputSerialization: { CSV: { FileHeaderInfo: 'USE' } },
      OutputSerialization: { CSV: {} },
      ...given,
    }),
  )
  let text = ''
  const kinds = new Set<string>()
  let stats: S3.Stats | undefined
  for await (const event of answer.Payload!) {
    kinds.add(Object.keys(event)[0]!)
    if (event.Records?.Payload) text += Buffer.from(event.Records.Payload).toString()
    if (event.Stats) stats = event.Stats.Details
  }
  return { text, kinds: [...kinds], stats }
}

const people = `id,name,city,born,salary
1,Minji,Seoul,1990-03-01T,4200
2,"Kim, Jun",Busan,1985-11-20T,5100.5
3,Sora,Seoul,1999-01-31T,3900
4,,Daegu,2001-06-15T,
`
const lines = { InputSerialization: { JSON: { Type: 'LINES' as const } } }
const asJson = { OutputSerialization: { JSON: {} } }

describe('CSV', () => {
  beforeAll(() => put('people.csv', people))

  it.each([
    ["SELECT * FROM S3Object s WHERE s.city = 'Busan'", '2,"Kim, Jun",Busan,1985-11-20T,5100.5\n'],
    ['SELECT s.name FROM s3object s LIMIT 2', 'Minji\n"Kim, Jun"\n'],
    ['SELECT _2 FROM s3object WHERE _1 = 3', 'Sora\n'],
    [
      `SELECT s."name" FROM s3object s WHERE s.salary <> '' AND CAST(s.salary AS FLOAT) > 5000`,
      '"Kim, Jun"\n',
    ],
    ['SELECT COUNT(*), SUM(CAST(id AS INT)) FROM s3object', '4,10\n'],
    [
      "SELECT AVG(CAST(salary AS INT)), MIN(id), MAX(id) FROM s3object WHERE salary <> ''",
      '4400,1,3\n',
    ],
    ["SELECT id FROM s3object WHERE name LIKE '%i%' AND NOT city IN ('Busan')", '1\n'],
    ["SELECT id FROM s3object WHERE id BETWEEN 2 AND 3 OR name = ''", '2\n3\n4\n'],
    ["SELECT UPPER(name) || '!' FROM s3object WHERE CHAR_LENGTH(name) = 4", 'SORA!\n'],
    ['SELECT SUBSTRING(name FROM 2 FOR 2) FROM s3object LIMIT 1', 'in\n'],
    ["SELECT TRIM(LEADING 'M' FROM name) FROM s3object LIMIT 1", 'inji\n'],
    ["SELECT CASE WHEN id > 2 THEN 'new' ELSE 'old' END FROM s3object", 'old\nold\nnew\nnew\n'],
    ['SELECT id + 1, id * 2.5, 7 % 4 FROM s3object LIMIT 1', '2,2.5,3\n'],
    ['SELECT EXTRACT(YEAR FROM CAST(born AS TIMESTAMP)) FROM s3object LIMIT 1', '1990\n'],
    [
      'SELECT DATE_ADD(month, 1, CAST(born AS TIMESTAMP)) FROM s3object WHERE id = 3',
      '1999-02-28T\n',
    ],
    ['SELECT DATE_DIFF(year, `1990-03-01T`, `2020-02-29T`) FROM s3object LIMIT 1', '29\n'],
    [
      "SELECT TO_STRING(TO_TIMESTAMP('2007-04-05T14:30:09Z'), 'MMMM d, y h:mm a') FROM s3object LIMIT 1",
      '"April 5, 2007 2:30 PM"\n',
    ],
    ["SELECT COALESCE(NULLIF(name, ''), 'nobody') FROM s3object WHERE id = 4", 'nobody\n'],
  ])('%s', async (sql, expected) => {
    expect((await ask('people.csv', sql)).text).toBe(expected)
  })

  it('answers in JSON, by the names of the header or by position', async () => {
    const named = await ask('people.csv', 'SELECT id, name AS who, 1 FROM s3object LIMIT 1', asJson)
    expect(named.text).toBe('{"id":"1","who":"Minji","_3":1}\n')
    const InputSerialization = { CSV: { FileHeaderInfo: 'IGNORE' as const } }
    const numbered = await ask('people.csv', 'SELECT * FROM s3object LIMIT 1', {
      ...asJson,
      InputSerialization,
    })
    expect(numbered.text).toContain('{"_1":"1","_2":"Minji"')
  })

  it('says how much was read, and its progress when asked', async () => {
    const given = { RequestProgress: { Enabled: true } }
    const { kinds, stats } = await ask('people.csv', 'SELECT id FROM s3object', given)
    expect(kinds).toEqual(['Records', 'Progress', 'Stats', 'End'])
    expect(stats).toEqual({
      BytesScanned: people.length,
      BytesProcessed: people.length,
      BytesReturned: 8,
    })
  })

  it('takes other delimiters, quotation marks and comments', async () => {
    await put('odd.csv', "#no\na;'x;y'|b;'it''s'|")
    const CSV = { FieldDelimiter: ';', RecordDelimiter: '|', QuoteCharacter: "'" }
    const odd = await ask('odd.csv', 'SELECT * FROM s3object', {
      InputSerialization: { CSV },
      OutputSerialization: { CSV: { QuoteFields: 'ALWAYS', RecordDelimiter: '~' } },
    })
    // The comment ends only where a record does.
    expect(odd.text).toBe('"b","it\'s"~')
  })

  it('reads only the records that begin within a range', async () => {
    await put('range.csv', 'aaa\nbbb\nccc\nddd\n')
    const InputSerialization = { CSV: { FileHeaderInfo: 'NONE' as const } }
    const part = (ScanRange: S3.ScanRange) =>
      ask('range.csv', 'SELECT * FROM s3object', { InputSerialization, ScanRange })
    expect((await part({ Start: 1, End: 8 })).text).toBe('bbb\nccc\n')
    expect((await part({ Start: 12 })).text).toBe('ddd\n')
    expect((await part({ End: 5 })).text).toBe('ddd\n')
  })

  it('unpacks', async () => {
    await put('people.csv.gz', gzipSync(people))
    const CSV = { FileHeaderInfo: 'USE' as const }
    const InputSerialization = { CompressionType: 'GZIP' as const, CSV }
    const { text, stats } = await ask('people.csv.gz', 'SELECT COUNT(*) FROM s3object', {
      InputSerialization,
    })
    expect(text).toBe('4\n')
    expect(stats!.BytesProcessed).toBe(people.length)
    // `bzip2` of "a,b\n1,2\n1,3\n" fifty times.
    const packed =
      'QlpoOTFBWSZTWRIY03EAARLZAAAQAAQ4ADAAIABUIoaAUqjMmouosRYRaiwi0i+Q0IPi7kinChICQxpuIA=='
    await put('small.csv.bz2', Buffer.from(packed, 'base64'))
    const unpacked = await ask('small.csv.bz2', "SELECT COUNT(*) FROM s3object WHERE b = '3'", {
      InputSerialization: { CompressionType: 'BZIP2', CSV },
    })
    expect(unpacked.text).toBe('50\n')
    await expect(
      ask('people.csv', 'SELECT 1 FROM s3object', {
        InputSerialization: { CompressionType: 'GZIP', CSV },
      }),
    ).rejects.toMatchObject({ name: 'InvalidCompressionFormat' })
  })
})

describe('JSON', () => {
  it('follows paths into lines', async () => {
    await put('a.json', '{"id":1,"tags":["x","y"],"at":{"City":"Seoul"}}\n{"id":2,"ok":null}\n')
    const given = { ...lines, ...asJson }
    const of = async (sql: string) => (await ask('a.json', sql, given)).text
    expect(await of('SELECT s.tags[1], s.at.city FROM s3object s')).toBe(
      '{"_1":"y","city":"Seoul"}\n{}\n',
    )
    expect(await of('SELECT * FROM s3object s WHERE s.ok IS NULL AND s.id = 2')).toBe(
      '{"id":2,"ok":null}\n',
    )
    expect(await of('SELECT id FROM s3object s WHERE s.ok IS MISSING')).toBe('{"id":1}\n')
    expect(await of("SELECT s.id FROM s3object s WHERE 'y' IN s.tags").catch(String)).toContain(
      'Parse',
    )
  })

  it('spreads a document', async () => {
    const Rules = [{ id: '1' }, { expr: 'y > x' }, { id: '2', expr: 'z = DEBUG' }]
    await put('doc.json', JSON.stringify({ Rules, made: 'June 27' }, undefined, 2))
    const given = { InputSerialization: { JSON: { Type: 'DOCUMENT' as const } }, ...asJson }
    const of = async (sql: string) => (await ask('doc.json', sql, given)).text
    expect(await of('SELECT id FROM S3Object[*].Rules[*].id')).toBe('{"id":"1"}\n{}\n{"id":"2"}\n')
    // A list at the root is one value there.
    await put('list.json', JSON.stringify([{ items: [{ id: 1 }] }]))
    const list = async (sql: string) => (await ask('list.json', sql, given)).text
    expect(await list('SELECT * FROM S3Object s')).toBe('{"_1":[{"items":[{"id":1}]}]}\n')
    expect(await list('SELECT * FROM S3Object[*].items[*] s')).toBe('{}\n')
    expect(await of('SELECT r.expr FROM S3Object[*].Rules[*] r WHERE r.id IS MISSING')).toBe(
      '{"expr":"y > x"}\n',
    )
  })
})

it('reads Parquet', async () => {
  const columnData = [
    { name: 'name', data: ['Minji', 'Jun', 'Sora'] },
    { name: 'age', data: [31, 40, 25], type: 'INT32' as const },
  ]
  await put('people.parquet', new Uint8Array(parquetWriteBuffer({ columnData })))
  const given = { InputSerialization: { Parquet: {} }, ...asJson }
  const { text } = await ask('people.parquet', 'SELECT * FROM s3object s WHERE s.age > 30', given)
  expect(text).toBe('{"name":"Minji","age":31}\n{"name":"Jun","age":40}\n')
})

describe('refusals', () => {
  it.each([
    ['SELEKT 1', 'ParseExpectedKeyword', {}],
    ['SELECT * WHERE 1', 'ParseSelectMissingFrom', {}],
    ['SELECT FROM s3object', 'ParseEmptySelect', {}],
    ['SELECT * FROM other', 'InvalidDataSource', {}],
    ['SELECT nope(1) FROM s3object', 'UnsupportedFunction', {}],
    ['SELECT * FROM s3object ORDER BY 1', 'ParseUnexpectedToken', {}],
    ['SELECT *, id FROM s3object', 'ParseAsteriskIsNotAloneInSelectList', {}],
    ['SELECT SUM(*) FROM s3object', 'ParseUnsupportedCallWithStar', {}],
    ['SELECT id FROM s3object LIMIT few', 'ParseExpectedNumber', {}],
    ['SELECT * FROM s3object.items', 'ParseInvalidPathComponent', {}],
    ['SELECT id FROM s3object', 'MissingRequiredParameter', { InputSerialization: { JSON: {} } }],
    ['SELECT id FROM s3object', 'InvalidColumnIndex', { InputSerialization: { CSV: {} } }],
    ['SELECT ^ FROM s3object', 'LexerInvalidChar', {}],
    ['SELECT CAST(1 AS blob) FROM s3object', 'ParseExpectedTypeName', {}],
    ['SELECT 1 FROM s3object', 'InvalidExpressionType', { ExpressionType: 'XQL' }],
    ['SELECT 1 FROM s3object', 'InvalidJsonType', { InputSerialization: { JSON: { Type: 'X' } } }],
    ['SELECT 1 FROM s3object', 'InvalidDataSource', { InputSerialization: {} }],
  ])('%s: %s', async (sql, name, given) => {
    await put('people.csv', people)
    await expect(ask('people.csv', sql, given as Given)).rejects.toMatchObject({ name })
  })

  it('breaks a stream off with an error event', async () => {
    await put('people.csv', people)
    await expect(ask('people.csv', 'SELECT CAST(name AS INT) FROM s3object')).rejects.toThrow(
      /CAST/,
    )
  })

  it('says of a column that the header lacks, and of no function, before it answers', async () => {
    await put('people.csv', people)
    await expect(ask('people.csv', 'SELECT nowhere FROM s3object')).rejects.toMatchObject({
      name: 'MissingHeaders',
      message:
        'Some headers in the query are missing from the file. Please check the file and try again.',
      $metadata: { httpStatusCode: 400 },
    })
    await expect(ask('people.csv', 'SELECT nope(1) FROM s3object')).rejects.toMatchObject({
      name: 'UnsupportedFunction',
      $metadata: { httpStatusCode: 400 },
    })
  })

  it('takes text for UTF-8 only', async () => {
    await put('latin.csv', Buffer.from('caf\xe9,1\n', 'latin1'))
    const given = { InputSerialization: { CSV: {} } }
    await expect(ask('latin.csv', 'SELECT * FROM s3object', given)).rejects.toThrow(
      /UTF-8 encoding is required/,
    )
  })
})
