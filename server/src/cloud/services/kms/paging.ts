import { invalid, badMarker } from './refusals.ts'

export interface PageInput {
  Limit?: number | undefined
  Marker?: string | undefined
}

/** One page of a list in the order of `nameOf`; the marker is the last name of the page before. */
export function page<T>(
  list: T[],
  nameOf: (item: T) => string,
  { Limit, Marker }: PageInput,
  usual: number,
  most: number,
) {
  if (Limit !== undefined && (Limit < 1 || Limit > most)) {
    const [word, bound] = Limit < 1 ? ['greater', 1] : ['less', most]
    throw invalid(
      `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: ` +
        `Member must have value ${word} than or equal to ${bound}`,
    )
  }
  const after = Marker === undefined ? undefined : readMarker(Marker)
  const begin = after === undefined ? 0 : list.findIndex((item) => nameOf(item) === after) + 1
  if (after !== undefined && begin === 0) throw badMarker()
  const items = list.slice(begin, begin + (Limit ?? usual))
  const isCut = begin + items.length < list.length
  const next = Buffer.from(isCut ? nameOf(items.at(-1)!) : '').toString('base64url')
  return { items, more: isCut ? { NextMarker: next, Truncated: true } : { Truncated: false } }
}

function readMarker(marker: string): string {
  return Buffer.from(marker, 'base64url').toString('utf8')
}
