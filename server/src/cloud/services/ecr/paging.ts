import { badParameter } from './refusals.ts'

interface PageInput {
  maxResults?: number | undefined
  nextToken?: string | undefined
}

/** One page of a list; the token is where the next begins. */
export function page<T>(list: T[], { maxResults, nextToken }: PageInput, usual: number) {
  const text = nextToken === undefined ? '0' : Buffer.from(nextToken, 'base64url').toString('utf8')
  if (!/^\d{1,9}$/.test(text)) throw badParameter('nextToken', 'Invalid token')
  const begin = Number(text)
  const end = begin + (maxResults ?? usual)
  const items = list.slice(begin, end)
  const token = Buffer.from(String(end)).toString('base64url')
  return { items, more: end < list.length ? { nextToken: token } : {} }
}
