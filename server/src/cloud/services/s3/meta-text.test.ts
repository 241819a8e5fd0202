import { expect, test } from 'vitest'
import { listedMetaOf, metaOf, metaText } from './meta-text.ts'
import type { ObjectMeta } from './model.ts'

const plain: ObjectMeta = {}
const rich: ObjectMeta = {
  user: { listed: '"', meta: '{"listed":"x"}' },
  tags: { storageClass: 'GLACIER' },
  storageClass: 'STANDARD_IA',
  checksums: { type: 'COMPOSITE', values: { CRC32: 'AAAAAA==-2', SHA1: 'BBBB' } },
}
const listed = {
  plain: { storageClass: 'STANDARD', checksumType: undefined, checksums: undefined },
  rich: { storageClass: 'STANDARD_IA', checksumType: 'COMPOSITE', checksums: ['CRC32', 'SHA1'] },
}

test.each([
  ['as it is written', metaText],
  ['as it was written before', (meta: ObjectMeta) => JSON.stringify(meta)],
])('metadata is read and listed %s', (_name, write) => {
  expect([metaOf(write(plain)), metaOf(write(rich))]).toEqual([plain, rich])
  expect([listedMetaOf(write(plain)), listedMetaOf(write(rich))]).toEqual([
    listed.plain,
    listed.rich,
  ])
})
