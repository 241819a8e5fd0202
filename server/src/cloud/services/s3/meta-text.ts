import { parseColumn, SumText } from '../../../kernel/index.ts'
import type { ChecksumName, Checksums, ObjectMeta } from './model.ts'

// The column `meta`: `{"listed":"STANDARD FULL_OBJECT CRC64NVME","meta":{…}}`. A list tells only the
// former and finds it by its place; to parse a thousand of the latter took longer than reading their rows
// (docs/decisions/004). Rows written before 2026-11-23 are the latter alone.

const START = '{"listed":"'

interface Kept {
  listed?: string
  meta?: ObjectMeta
}

export function metaText(meta: ObjectMeta): string {
  return `${START}${listedText(meta)}","meta":${JSON.stringify(meta)}}`
}

const END = '"}}}}'

/** The same with a CRC-64 of the bytes beside it, which whoever writes the row computes. */
export function summedMetaText(meta: ObjectMeta): SumText {
  const { checksums: _replaced, ...rest } = meta
  const text = metaText({ ...rest, checksums: { type: 'FULL_OBJECT', values: { CRC64NVME: '' } } })
  return new SumText('crc64nvme', text.slice(0, -END.length), END)
}

export function metaOf(text: string): ObjectMeta {
  const kept = parseColumn<Kept & ObjectMeta>(text)
  return kept.meta ?? kept
}

/** What a list tells of an object's metadata. */
export interface ListedMeta {
  storageClass: string
  checksumType: Checksums['type'] | undefined
  checksums: ChecksumName[] | undefined
}

/** Names without quotation marks: storage class, and where there are checksums their type and algorithms. */
function listedText({ storageClass = 'STANDARD', checksums }: ObjectMeta): string {
  if (!checksums) return storageClass
  return `${storageClass} ${checksums.type} ${Object.keys(checksums.values).join(' ')}`
}

const known = new Map<string, ListedMeta>()
const REMEMBERED = 1000

/** The same for all that are listed alike; shared, and never changed. */
export function listedMetaOf(text: string): ListedMeta {
  const listed = text.startsWith(START)
    ? text.slice(START.length, text.indexOf('"', START.length))
    : listedText(metaOf(text))
  let meta = known.get(listed)
  if (!meta) {
    meta = readListed(listed)
    if (known.size >= REMEMBERED) known.clear()
    known.set(listed, meta)
  }
  return meta
}

function readListed(listed: string): ListedMeta {
  const [storageClass = 'STANDARD', type, ...names] = listed.split(' ')
  return {
    storageClass,
    checksumType: type as Checksums['type'] | undefined,
    checksums: type ? (names.filter((name) => name !== '') as ChecksumName[]) : undefined,
  }
}
