import type { Ask } from './call.ts'
import { BitbucketError } from './errors.ts'
import { checkFields, type Json, readQuery, sortBy } from './query.ts'

export interface Page {
  page: number
  pagelen: number
}

/** What of a list is asked for. Throws 400 for what is no number, and for longer pages than there are. */
export function pageAsked(ask: Ask, { usual = 10, most = 100 } = {}): Page {
  const page = numberIn(ask, 'page', 1)
  const pagelen = numberIn(ask, 'pagelen', usual)
  if (pagelen > most) throw new BitbucketError(400, 'Invalid pagelen')
  return { page, pagelen }
}

function numberIn({ query }: Ask, name: string, usual: number): number {
  const text = query.get(name)
  if (text === null || text === '') return usual
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new BitbucketError(400, `Invalid ${name}`)
}

/** A page with links to those around it; `size` is left out where counting would cost too much. */
export function pageOf(
  ask: Ask,
  values: unknown[],
  { page, pagelen, size, hasMore }: Page & { size?: number; hasMore: boolean },
): object {
  const at = (number: number) => {
    const url = new URL(ask.url.pathname + ask.url.search, ask.origin)
    url.searchParams.set('page', String(number))
    return url.href
  }
  return {
    values,
    pagelen,
    ...(size === undefined ? {} : { size }),
    page,
    ...(hasMore ? { next: at(page + 1) } : {}),
    ...(page > 1 ? { previous: at(page - 1) } : {}),
  }
}

export interface Listing<T> {
  all: T[]
  present(item: T): Promise<Json> | Json
  usual?: number
  most?: number
}

/**
 * A list that is whole in memory. Only what a page shows is presented, unless `q` or `sort` ask
 * about the members of all.
 */
export async function listing<T>(ask: Ask, { all, present, ...lengths }: Listing<T>) {
  const asked = pageAsked(ask, lengths)
  const start = (asked.page - 1) * asked.pagelen
  const end = start + asked.pagelen
  const q = ask.query.get('q')
  const sort = ask.query.get('sort')
  if (!q && !sort) {
    const values: Json[] = []
    for (const item of all.slice(start, end)) values.push(await present(item))
    return pageOf(ask, values, { ...asked, size: all.length, hasMore: end < all.length })
  }
  const { test, fields } = readQuery(q ?? '')
  const values: Json[] = []
  for (const item of all) values.push(await present(item))
  checkFields(fields, values, 'filtering')
  if (sort) sortBy(values, sort)
  const found = values.filter(test)
  const shown = found.slice(start, end)
  return pageOf(ask, shown, { ...asked, size: found.length, hasMore: end < found.length })
}
