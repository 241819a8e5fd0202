import type { KeyPlace, ListedRow } from './store-listing.ts'

export interface Page<Row> {
  rows: Row[]
  /** Common prefixes, in order. */
  folders: string[]
  isTruncated: boolean
  /** The last thing given, a key or a folder: where the next page begins after. */
  last: string | undefined
  lastRow: Row | undefined
}

interface Wanted {
  prefix: string
  delimiter: string | undefined
  limit: number
  /** Exclusive; a folder that ends here is left out whole. */
  after: string
}

type Fetch<Row> = (from: KeyPlace, previous: Row | undefined, limit: number) => Promise<Row[]>

// The highest code point: after every key of a folder that a person could have made.
const BEYOND = '\u{10FFFF}'
const BATCH = 1001

/**
 * Folds keys that share a prefix up to the delimiter into folders, seeking past each folder instead of
 * reading through it. `fetch` gives rows in order from a place on.
 */
export async function foldPage<Row extends Pick<ListedRow, 'key'>>(
  wanted: Wanted,
  fetch: Fetch<Row>,
  first: { previous?: Row | undefined } = {},
): Promise<Page<Row>> {
  const { prefix, limit } = wanted
  const page: Page<Row> = {
    rows: [],
    folders: [],
    isTruncated: false,
    last: undefined,
    lastRow: undefined,
  }
  if (limit === 0) return page
  let from = startOf(wanted)
  let previous = first.previous
  for (;;) {
    // Enough for the page and one more, which says whether anything follows.
    const batch = await fetch(from, previous, wanted.delimiter ? BATCH : limit + 1)
    for (const row of batch) {
      const { key } = row
      if (!key.startsWith(prefix)) return page
      const folder = folderOf(key, wanted)
      if (folder !== undefined && folder === page.folders.at(-1)) continue
      if (page.rows.length + page.folders.length === limit) return { ...page, isTruncated: true }
      page.last = folder ?? key
      page.lastRow = row
      if (folder === undefined) page.rows.push(row)
      else page.folders.push(folder)
    }
    const last = batch.at(-1)
    if (!last || batch.length < (wanted.delimiter ? BATCH : limit + 1)) return page
    const folder = folderOf(last.key, wanted)
    from = folder === undefined ? after(last.key) : after(folder + BEYOND)
    previous = folder === undefined ? last : undefined
  }
}

const after = (key: string): KeyPlace => ({ key, isAfter: true })

function startOf({ prefix, delimiter, after: marker }: Wanted): KeyPlace {
  if (marker === '' || Buffer.compare(Buffer.from(marker), Buffer.from(prefix)) < 0) {
    return { key: prefix, isAfter: false }
  }
  const endsFolder = delimiter && marker.startsWith(prefix) && marker.endsWith(delimiter)
  return after(endsFolder && marker.length > prefix.length ? marker + BEYOND : marker)
}

/** A marker inside a folder leaves that folder out whole; only `StartAfter` doesn't (as observed). */
export function pastFolder(marker: string, prefix: string, delimiter: string | undefined): string {
  if (!delimiter || !marker.startsWith(prefix)) return marker
  return folderOf(marker, { prefix, delimiter }) ?? marker
}

export function folderOf(
  key: string,
  { prefix, delimiter }: Pick<Wanted, 'prefix' | 'delimiter'>,
): string | undefined {
  if (!delimiter) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}
