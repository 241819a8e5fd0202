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
  /** Of whatever kind in a package.json that says it by itself; what npm warns of is a text. */
  deprecated?: unknown
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
  const json = parsed(body.toString('utf8'))
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
  const json = parsed(body.toString('utf8'))
  if (!json) return { problem: 'the body is no packument: a JSON object as npm publish sends it' }
  if (json.users !== undefined && json.name === undefined) {
    return { problem: 'stars are not kept here' }
  }
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
  /** Who starred it: all that `npm star` sends. */
  users?: unknown
}

function parsed(text: string): Sent | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && hasForm(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What is read of a packument here has the form that npm gives it; the rest is kept as it came. */
function hasForm(value: Json): value is Json & Sent {
  const { versions, 'dist-tags': tags, _attachments: attachments } = value
  return (
    everyOf(versions, (version) => isObject(version) && hasTexts(version['dist'], ['integrity'])) &&
    everyOf(tags, (version) => typeof version === 'string') &&
    everyOf(attachments, (file) => isObject(file) && hasTexts(file, ['data']))
  )
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const everyOf = (value: unknown, is: (each: unknown) => boolean) =>
  value === undefined || (isObject(value) && Object.values(value).every(is))

const hasTexts = (value: unknown, names: string[]) =>
  value === undefined ||
  (isObject(value) && names.every((name) => /^(?:string|undefined)$/.test(typeof value[name])))

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

/** A remote's, with its tarballs fetched through this registry; undefined: it is none. */
export function remotePackument(name: string, text: string, base: string): Packument | undefined {
  const found = parsed(text)
  if (!found) return undefined
  // Of a package that was unpublished only its name and times are left.
  const { versions = {}, 'dist-tags': tags = {} } = found
  for (const manifest of Object.values(versions)) {
    const file = manifest.dist?.tarball?.split('/').at(-1)
    manifest.dist = { ...manifest.dist, tarball: `${base}/${name}/-/${file}` }
  }
  return { ...found, name, versions, 'dist-tags': tags }
}
