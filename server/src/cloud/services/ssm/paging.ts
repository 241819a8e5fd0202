import { badToken } from './refusals.ts'

interface PageInput {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

/** One page of a list; the token is where the next begins. */
export function page<T>(list: T[], { MaxResults, NextToken }: PageInput, usual: number) {
  const text = NextToken === undefined ? '0' : Buffer.from(NextToken, 'base64url').toString('utf8')
  if (!/^\d{1,9}$/.test(text)) throw badToken()
  const begin = Number(text)
  const end = begin + (MaxResults ?? usual)
  const items = list.slice(begin, end)
  const token = Buffer.from(String(end)).toString('base64url')
  return { items, more: end < list.length ? { NextToken: token } : {} }
}
