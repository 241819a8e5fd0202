import { promisify } from 'node:util'
import { crc32, deflate, gzip } from 'node:zlib'
import type { OutgoingHttp } from './http.ts'

// DynamoDB packs its larger answers for those who ask it to. Its sum is one of the packed bytes,
// which is why most SDKs ask for none; the others know.

const encodings = { gzip: promisify(gzip), deflate: promisify(deflate) }
type Encoding = keyof typeof encodings

/** Answers below are sent as they are, whatever was asked. */
const smallestBytes = 4096

/** As the real service reads it, faults forgiven; `identity` counts for nothing. */
export function wantedEncoding(header: string): Encoding | undefined {
  const said = header.split(',').map(readEntry)
  const everything = said.find(({ name }) => name === '*')?.quality ?? 0
  const offers = (['gzip', 'deflate'] as const).map((name) => {
    const place = said.findIndex((each) => each.name === name)
    if (place < 0) return { name, quality: everything, place: said.length }
    const own = said.filter((each) => each.name === name).map(({ quality }) => quality)
    return { name, quality: Math.max(...own), place }
  })
  const best = offers.toSorted((a, b) => b.quality - a.quality || a.place - b.place)[0]!
  return best.quality > 0 ? best.name : undefined
}

/** The first quality of an entry counts; none, and one that is no number, is 1. */
function readEntry(entry: string): { name: string; quality: number } {
  const [name, ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
  const given = parameters.map((each) => /^q\s*=\s*(.*)$/.exec(each)?.[1]).find(Boolean)
  const quality = given === undefined ? 1 : Number(given)
  return { name: name!, quality: Number.isNaN(quality) ? 1 : Math.min(quality, 1) }
}

/** The answer packed, or as it was. */
export async function packed(answer: OutgoingHttp, header: string): Promise<OutgoingHttp> {
  const encoding = wantedEncoding(header)
  const { body } = answer
  if (!encoding || !(body instanceof Uint8Array) || body.length < smallestBytes) return answer
  const bytes = await encodings[encoding](body)
  const headers = answer.headers.map(([name, value]): [string, string] =>
    name === 'x-amz-crc32' ? [name, String(crc32(bytes))] : [name, value],
  )
  return { ...answer, headers: [...headers, ['Content-Encoding', encoding]], body: bytes }
}
