import { createHash } from 'node:crypto'
import type { Exchange } from '../../kernel/index.ts'
import { sendText } from './http.ts'
import { documentOf, type PackageFile } from './store.ts'

/** package.json of a version, as it was published. */
export interface Manifest {
  name: string
  version: string
  description?: string
  keywords?: string[]
  deprecated?: string
  dist?: { integrity?: string; shasum?: string; tarball?: string }
}

export interface Packument {
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, Manifest>
  time?: Record<string, string>
}

export interface Publication {
  versions: Record<string, Manifest>
}

type Read =
  | { problem: string }
  | (Publication & { tarball: undefined })
  | (Publication & { manifest: Manifest; tarball: Buffer; tags: Record<string, string> })

// semver.org's own expression.
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/

/** Reads what `npm publish` sends: one version and its tarball. */
export function readPublication(body: Buffer, name: string): Read {
  const json = parsed(body)
  if (!json) return { problem: 'the body is no JSON object' }
  if (json.name !== name) return { problem: `the body is of ${String(json.name)}, not ${name}` }
  const { versions = {}, _attachments: attachments = {}, 'dist-tags': tags = {} } = json
  const tarballs = Object.entries(attachments).filter(([file]) => file.endsWith('.tgz'))
  if (tarballs.length === 0) return { versions, tarball: undefined }
  const [manifest, ...others] = Object.values(versions)
  if (!manifest || others.length > 0 || tarballs.length > 1) {
    return { problem: 'one version is published at a time' }
  }
  if (manifest.name !== name || !semver.test(manifest.version)) {
    return { problem: `"${manifest.version}" is no version of ${name}` }
  }
  const tarball = Buffer.from(tarballs[0]![1].data ?? '', 'base64')
  const problem = difference(manifest, tarball, tarballs[0]![1].length)
  return problem ? { problem } : { versions, manifest, tarball, tags }
}

interface Sent extends Partial<Packument> {
  _attachments?: Record<string, { data?: string; length?: number }>
}

function parsed(body: Buffer): Sent | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Sent) : undefined
  } catch {
    return undefined
  }
}

function difference({ dist }: Manifest, tarball: Buffer, length: number | undefined) {
  if (length !== undefined && length !== tarball.length) return 'the tarball is not whole'
  const wanted = dist?.integrity?.split(/\s+/).find((one) => one.startsWith('sha512-'))
  const actual = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  return wanted !== undefined && wanted !== actual
    ? `the tarball's integrity is ${actual}, not ${wanted}`
    : undefined
}

/** `name-1.0.0.tgz`, without the scope. */
export function tarballName(name: string, version: string): string {
  return `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
}

export function packument(
  name: string,
  given: { files: PackageFile[]; tags: Record<string, string>; base: string },
): Packument {
  const { files, tags, base } = given
  const at = (row: PackageFile) => new Date(row.published_at).toISOString()
  const time: Record<string, string> = {
    created: at(files[0]!),
    modified: at(files.at(-1)!),
  }
  const versions: Packument['versions'] = {}
  for (const row of files) {
    const manifest = documentOf<Manifest>(row)
    const tarball = `${base}/${name}/-/${row.file}`
    versions[row.version] = { ...manifest, dist: { ...manifest.dist, tarball } }
    time[row.version] = at(row)
  }
  const latest = { latest: files.at(-1)!.version }
  return { name, 'dist-tags': { ...latest, ...tags }, versions, time }
}

/** A remote's, with its tarballs fetched through this registry. */
export function remotePackument(name: string, text: string, base: string): Packument {
  const found = JSON.parse(text) as Packument
  for (const manifest of Object.values(found.versions)) {
    const file = manifest.dist?.tarball?.split('/').at(-1)
    manifest.dist = { ...manifest.dist, tarball: `${base}/${name}/-/${file}` }
  }
  return found
}

/** The form of errors that npm prints. */
export function npmError(exchange: Exchange, status: number, error: string): void {
  sendText(exchange, JSON.stringify({ error }), 'application/json; charset=utf-8', status)
  exchange.request.resume()
}
