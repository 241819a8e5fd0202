import { type Actor, type Exchange, type Kernel, streamTo } from '../../kernel/index.ts'
import type { ArtifactStore } from '../store.ts'

/** What the package protocols are made of. */
export interface PackageParts {
  kernel: Kernel
  registry: PackageRegistry
  store: ArtifactStore
}

/** As much of the registry as they need (its whole door would be a cycle of imports). */
export interface PackageRegistry {
  artifactPut(
    actor: Actor,
    artifact: {
      project: string
      name: string
      version: string
      path: string
      contentType?: string
      bytes: AsyncIterable<Uint8Array> | Uint8Array
      promised?: { sha256?: string; sha1?: string; md5?: string }
      replace?: boolean
    },
  ): Promise<{ id: string; sha256: string; sha1: string; md5: string }>
  artifactDelete(actor: Actor, project: string, id: string): Promise<void>
}

export type PackageRole = 'viewer' | 'developer' | 'maintainer'

/** Who asks, if they may; a challenge for clients that send credentials only when asked. */
export async function admit(
  exchange: Exchange,
  project: string,
  role: PackageRole,
  intent?: 'read' | 'write',
): Promise<Actor> {
  const actor = await exchange.identify()
  if (!actor) exchange.response.setHeader('www-authenticate', 'Basic realm="Madang"')
  // These paths are for package managers; a browser's cookie is no credential to publish with.
  const isBrowser = actor?.csrf !== undefined && role !== 'viewer'
  await exchange.authorise(isBrowser ? undefined : actor, { project: role }, project, intent)
  return actor!
}

export interface Sendable {
  blob: string
  size: number
  contentType: string
  sha256: string
  sha1?: string
}

/** Bytes with their validators; GET and HEAD. */
export async function sendBytes(kernel: Kernel, { request, response }: Exchange, of: Sendable) {
  const etag = `"${of.sha256}"`
  response.setHeader('content-type', of.contentType)
  response.setHeader('etag', etag)
  response.setHeader('content-disposition', 'attachment')
  if (of.sha1 !== undefined) response.setHeader('x-checksum-sha1', of.sha1)
  if (request.headers['if-none-match']?.includes(etag)) {
    response.writeHead(304).end()
    return
  }
  response.setHeader('content-length', of.size)
  if (request.method === 'HEAD' || of.size === 0) return void response.end()
  await streamTo(response, kernel.blobs.read(of.blob))
}

export function sendText(
  { request, response }: Exchange,
  text: string,
  contentType: string,
  status = 200,
): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The path below an edge's prefix, decoded part by part; undefined when it has a bad escape. */
export function pathParts(url: URL, prefix: string): string[] | undefined {
  try {
    return url.pathname
      .slice(prefix.length + 1)
      .split('/')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}
