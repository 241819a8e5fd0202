import { expect, test } from 'vitest'
import { escapeXml } from '../protocols/xml-text.ts'
import { ownDialect, protocolFor, type Values } from '../protocols/index.ts'
import { loadSchema } from '../schema.ts'

function written(service: string, name: string, output: Values): string {
  const schema = loadSchema(service)
  const protocol = protocolFor(schema, ownDialect(schema))
  return String(protocol.encode(schema.operation(name)!, output, 'ID').body)
}

const listing = (output: Values) => written('s3', 'ListObjectsV2', output)

const told = (xml: string, name: string): string[] =>
  Array.from(xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs')), ([, text]) => text!)

const DAY_MS = 86_400_000
const moments = [0, 1, 999, 1000, -1, -DAY_MS - 1, DAY_MS - 1, DAY_MS, 1_763_884_800_120]
const farOnes = [253_402_300_799_999, 253_402_300_800_000, -62_167_219_200_001, 8.64e15, -8.64e15]
// Each twice: the second is copied from the first.
const dates = [...moments, ...farOnes].flatMap((ms) => [new Date(ms), new Date(ms)])
const isoTexts = dates.map((date) => date.toISOString())

test('S3 tells moments with milliseconds, others only where there are some', () => {
  const objects = listing({ Contents: dates.map((LastModified) => ({ LastModified })) })
  expect(told(objects, 'LastModified')).toEqual(isoTexts)
  const users = written('iam', 'ListUsers', { Users: dates.map((CreateDate) => ({ CreateDate })) })
  expect(told(users, 'CreateDate')).toEqual(isoTexts.map((iso) => iso.replace('.000Z', 'Z')))
})

test('texts of any length and alphabet, repeated or not, are escaped and told', () => {
  const short = [
    '',
    'a',
    '<&>',
    '"quoted"',
    'tab\tline\nend\r',
    '한국어',
    '🎉',
    '\u0001\u0085\u2028',
    'é',
  ]
  const long = short.map((text) => text.repeat(400))
  const keys = [...short, ...short, ...long, ...long, 'a', 'a', 'b', 'a', 'x'.repeat(3_000_000)]
  const xml = listing({ Contents: keys.map((Key) => ({ Key })) })
  expect(told(xml, 'Key')).toEqual(keys.map(escapeXml))
  // What follows an answer that needed more memory than is kept.
  expect(told(listing({ Contents: [{ Key: 'after' }] }), 'Key')).toEqual(['after'])
})

test('what failed halfway leaves nothing behind', () => {
  const bad = { Contents: [{ Key: 'first', LastModified: new Date(Number.NaN) }] }
  expect(() => listing(bad)).toThrow(RangeError)
  const xml = listing({ Name: 'b', Contents: [{ Key: 'second' }] })
  expect(xml).toMatch(/^<\?xml [^>]*>\n<ListBucketResult [^>]*><Name>b<.*<Key>second<.*Result>$/)
  expect(xml).not.toContain('first')
})
