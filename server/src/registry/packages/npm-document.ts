import { createHash } from 'node:crypto'
import { documentOf, type PackageFile } from './store.ts'

/** package.json of a version, as it was published. */
export interface Manifest {
  name: string
  version: string
  description?: string
  keywords?: string[]
  maintainers?: { name: string }[]
  /** Who published it, as the registry saw it. */
  _npmUser?: { name: string }
  deprecated?: string
  dist?: { integrity?: string; shasum?: string; tarball?: string }
}

export interface Packument {
  _id?: string
  /** Changes with what the package is: who unpublishes has to send the one of what they saw. */
  _rev?: string
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, Manifest>
  time?: Record<string, string>
}

export interface Publication {
  versions: Record<string, Manifest>
}

/** A packument that a client sends back changed: `npm unpublish` of a version leaves it out. */
export interface Revision extends Publication {
  tags: Record<string, string>
}

/** Undefined: no packument of this name with its versions. */
export function readRevision(body: Buffer, name: string): Revision | undefined {
  const json = parsed(body)
  const { versions, 'dist-tags': tags = {} } = json ?? {}
  return json?.name === name && versions ? { versions, tags } : undefined
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
  const { files, base } = given
  const at = (row: PackageFile) => new Date(row.published_at).toISOString()
  const newest = files.at(-1)!
  const time: Record<string, string> = { created: at(files[0]!), modified: at(newest) }
  const versions: Packument['versions'] = {}
  for (const row of files) {
    const manifest = documentOf<Manifest>(row)
    const tarball = `${base}/${name}/-/${row.file}`
    versions[row.version] = { ...manifest, dist: { ...manifest.dist, tarball } }
    time[row.version] = at(row)
  }
  const standing = Object.entries(given.tags).filter(([, version]) => versions[version])
  const tags = { latest: newest.version, ...Object.fromEntries(standing) }
  const document = { name, 'dist-tags': tags, versions, time }
  const shown = Object.entries(versions[tags.latest]!).filter(([key]) => ofPackage.has(key))
  return { _id: name, _rev: revisionOf(document), ...Object.fromEntries(shown), ...document }
}

/** What a packument repeats of its latest version, for those who ask about the package. */
const ofPackage = new Set([
  'author',
  'bugs',
  'contributors',
  'description',
  'homepage',
  'keywords',
  'license',
  'maintainers',
  'readme',
  'readmeFilename',
  'repository',
])

const revisionOf = (document: Packument) =>
  `${Object.keys(document.versions).length}-${createHash('md5').update(JSON.stringify(document)).digest('hex')}`

/** A remote's, with its tarballs fetched through this registry. */
export function remotePackument(name: string, text: string, base: string): Packument {
  const found = JSON.parse(text) as Packument
  for (const manifest of Object.values(found.versions)) {
    const file = manifest.dist?.tarball?.split('/').at(-1)
    manifest.dist = { ...manifest.dist, tarball: `${base}/${name}/-/${file}` }
  }
  return found
}
