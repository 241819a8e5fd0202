import { invalid } from './model.ts'

interface PageInput {
  Marker?: string | undefined
  MaxItems?: number | undefined
}

const DEFAULT_ITEMS = 100

/** One page of a list that is whole in memory; the marker is where the next one begins. */
export function pageOf<T>(items: T[], { Marker, MaxItems = DEFAULT_ITEMS }: PageInput) {
  const start = Marker ? startOf(Marker) : 0
  const end = start + MaxItems
  const IsTruncated = end < items.length
  return {
    items: items.slice(start, end),
    tail: {
      IsTruncated,
      ...(IsTruncated && { Marker: Buffer.from(String(end)).toString('base64') }),
    },
  }
}

function startOf(marker: string): number {
  const place = Buffer.from(marker, 'base64').toString()
  if (!/^\d{1,9}$/.test(place)) throw invalid('Invalid Marker.')
  return Number(place)
}

export const underPath = (prefix: string | undefined) => (entity: { path: string }) =>
  entity.path.startsWith(prefix ?? '/')
