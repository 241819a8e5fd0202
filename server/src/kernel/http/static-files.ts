import type { IncomingMessage, ServerResponse } from 'node:http'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { constants, brotliCompressSync, gzipSync } from 'node:zlib'
import { refuse } from '../errors.ts'
import { aheadOf } from './ahead.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

/** The built pages, each read when first asked for; a path that is no file gets `index.html`, whose router takes over. */
export interface StaticFiles {
  send(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>
}

interface Entry {
  body: Buffer
  type: string
  isForever: boolean
  encoded: Map<string, Buffer>
}

/** What was read of one build of the pages. */
interface Build {
  /** When its `index.html` was written; undefined while there is none. */
  madeMs: number | undefined
  names: Set<string>
  entries: Map<string, Entry>
  linkOf?: ReturnType<typeof aheadOf>
}

export function staticFiles(folder: string): StaticFiles | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined
  // Listed when the first page is asked for: 400 names that a start doesn't wait for.
  let build: Build | undefined
  return {
    async send(request, response, path) {
      // Built anew below a server that runs: what was read of the old pages leads to pieces that are gone.
      if (!build || build.madeMs !== madeMs(folder)) build = buildIn(folder)
      const isFile = build.names.has(path)
      // A tab from before an update asks for pieces that are gone; a page is not what it could use.
      if (path.startsWith('/assets/') && !isFile) throw refuse('notFound', { path })
      const entry = entryOf(folder, build, isFile ? path : '/index.html')
      if (!entry) throw refuse('notFound', { path })
      const encoding = pickEncoding(request.headers['accept-encoding'], entry)
      const body = encoding ? encode(entry, encoding) : entry.body
      response.statusCode = 200
      response.setHeader('content-type', entry.type)
      response.setHeader('vary', 'accept-encoding')
      if (encoding) response.setHeader('content-encoding', encoding)
      if (!isFile) {
        build.linkOf ??= aheadOf(folder)
        const link = build.linkOf(request, path)
        if (link) response.setHeader('link', link)
      }
      response.setHeader('content-length', body.length)
      // Vite puts a hash of the content into every name below /assets/.
      const forever = 'public, max-age=31536000, immutable'
      response.setHeader('cache-control', entry.isForever ? forever : 'no-cache')
      response.end(request.method === 'HEAD' ? undefined : body)
    },
  }
}

const madeMs = (folder: string) =>
  statSync(join(folder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs

function buildIn(folder: string): Build {
  const made = madeMs(folder)
  const names = made === undefined ? new Set<string>() : namesIn(folder)
  return { madeMs: made, names, entries: new Map() }
}

/** Undefined where the file went since it was listed. */
function entryOf(folder: string, { entries }: Build, name: string): Entry | undefined {
  const known = entries.get(name)
  if (known) return known
  const file = join(folder, name)
  if (!existsSync(file)) return undefined
  const entry = load(file)
  entries.set(name, entry)
  return entry
}

/** Every file below the folder as the path that asks for it. */
function namesIn(folder: string): Set<string> {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Set(
    found.filter((name) => extname(name)).map((name) => `/${name.replaceAll(sep, '/')}`),
  )
}

function load(file: string): Entry {
  const type = types[extname(file)] ?? 'application/octet-stream'
  const isForever = file.includes(`${sep}assets${sep}`)
  return { body: readFileSync(file), type, isForever, encoded: new Map() }
}

function pickEncoding(accepted: string | undefined, entry: Entry): 'br' | 'gzip' | undefined {
  const isWorth = entry.body.length > 1000 && /text|json|svg/.test(entry.type)
  if (!isWorth || !accepted) return undefined
  if (/\bbr\b/.test(accepted)) return 'br'
  return /\bgzip\b/.test(accepted) ? 'gzip' : undefined
}

function encode(entry: Entry, encoding: 'br' | 'gzip'): Buffer {
  let body = entry.encoded.get(encoding)
  if (!body) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 }
    body = encoding === 'br' ? brotliCompressSync(entry.body, { params }) : gzipSync(entry.body)
    entry.encoded.set(encoding, body)
  }
  return body
}
