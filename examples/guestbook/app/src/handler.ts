import { randomBytes } from 'node:crypto'
import { Bucket } from './bucket.ts'
import { checkEntry, type Entry, keyOf } from './entry.ts'
import { languageOf, page } from './page.ts'

interface UrlEvent {
  rawPath: string
  body?: string
  isBase64Encoded?: boolean
  headers: Record<string, string>
  requestContext: { http: { method: string } }
}

interface UrlReply {
  statusCode: number
  headers: Record<string, string>
  body: string
}

const SHOWN = 20
const version = process.env['VERSION'] ?? 'dev'
const bucket = new Bucket(process.env['ENTRIES_BUCKET'] ?? 'guestbook')

/** Behind a function URL: the page, the form's answer, and a health check. */
export async function handler(event: UrlEvent): Promise<UrlReply> {
  const { method } = event.requestContext.http
  if (event.rawPath === '/health') return json(200, { status: 'ok', version })
  if (event.rawPath === '/broken') throw new Error('someone asked for the broken page')
  if (event.rawPath !== '/') return json(404, { error: 'not found' })
  if (method === 'POST') return write(event)
  const html = page(await latest(), languageOf(event.headers['accept-language']), version)
  return { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: html }
}

async function write(event: UrlEvent): Promise<UrlReply> {
  const encoding = event.isBase64Encoded ? 'base64' : 'utf8'
  const form = new URLSearchParams(Buffer.from(event.body ?? '', encoding).toString('utf8'))
  const checked = checkEntry(form, Date.now())
  if (!checked.ok) return json(400, { error: checked.reason })
  const key = keyOf(checked.entry, randomBytes(4).toString('hex'))
  await bucket.put(key, JSON.stringify(checked.entry))
  console.log(JSON.stringify({ event: 'entry', length: checked.entry.text.length }))
  return { statusCode: 303, headers: { location: '/' }, body: '' }
}

async function latest(): Promise<Entry[]> {
  const keys = await bucket.list('entries/', SHOWN)
  const texts = await Promise.all(keys.map((key) => bucket.get(key)))
  return texts.map((text) => JSON.parse(text) as Entry)
}

function json(statusCode: number, value: object): UrlReply {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }
}
