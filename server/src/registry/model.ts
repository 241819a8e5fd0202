import { createHash } from 'node:crypto'
import { registryErrors } from '@madang/api'
import { refusals } from '../kernel/index.ts'

export const refuse = refusals(registryErrors)

/** Where a file stands: a version of a named artifact of a project, and its path in it. */
export interface Coordinates {
  project: string
  name: string
  version: string
  path: string
}

export interface Checksums {
  sha256: string
  sha1: string
  md5: string
}

const LONGEST_PART = 200
const LONGEST_PATH = 800

/** Refuses what could not be said in a URL or would name another place. */
export function checkCoordinates(at: Coordinates): void {
  // npm's names have a scope before a slash.
  for (const part of at.name.split('/')) checkPart('name', part)
  checkPart('version', at.version)
  const parts = at.path.split('/')
  if (at.path.length > LONGEST_PATH || parts.some((part) => !isPart(part))) {
    throw refuse('artifactName', { part: 'path', text: at.path })
  }
}

function checkPart(part: string, text: string): void {
  if (!isPart(text) || text.includes('/')) throw refuse('artifactName', { part, text })
}

function isPart(text: string): boolean {
  const isPlain = !/[\p{Cc}\\]/u.test(text) && text.trim() === text
  return text !== '' && text !== '.' && text !== '..' && text.length <= LONGEST_PART && isPlain
}

export function downloadUrl(at: Coordinates): string {
  const parts = [at.project, at.name, at.version, ...at.path.split('/')]
  return `/artifacts/${parts.map(encodeURIComponent).join('/')}`
}

/** Hashes the bytes that pass by; SHA-256 is made by the blob store. */
export function hashing() {
  const sha1 = createHash('sha1')
  const md5 = createHash('md5')
  return {
    tap(piece: Uint8Array) {
      sha1.update(piece)
      md5.update(piece)
    },
    digests: () => ({ sha1: sha1.digest('hex'), md5: md5.digest('hex') }),
  }
}

/** Compares what the uploader promised with what arrived. */
export function checkPromise(promised: Partial<Checksums>, actual: Checksums): void {
  for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
    const expected = promised[algorithm]?.toLowerCase()
    if (expected === undefined || expected === actual[algorithm]) continue
    throw refuse('artifactChecksum', { algorithm, expected, actual: actual[algorithm] })
  }
}

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  gz: 'application/gzip',
  html: 'text/html; charset=utf-8',
  jar: 'application/java-archive',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  log: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tgz: 'application/gzip',
  txt: 'text/plain; charset=utf-8',
  war: 'application/java-archive',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
}

export function contentTypeOf(path: string): string {
  return types[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream'
}

/** One range of `Range: bytes=…`; undefined when there is none or several (the whole file is fine then). */
export function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const last = sizeBytes - 1
  const start = match[1] === '' ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? last : Math.min(Number(match[2]), last)
  if (start > end) throw refuse('artifactRange', { sizeBytes })
  return { start, end }
}
