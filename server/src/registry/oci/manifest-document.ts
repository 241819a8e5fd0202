import { OciError } from './error.ts'
import { isDigest } from './names.ts'
import type { Reference } from './store.ts'

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
} as const

const images: string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest]
const indexes: string[] = [mediaTypes.ociIndex, mediaTypes.dockerList]
// Layers of Windows base images stay where their maker keeps them.
const foreign = /\.(foreign|nondistributable)\./

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
  annotations?: Record<string, string>
  platform?: { os?: string; architecture?: string; variant?: string }
  urls?: string[]
}

export interface ManifestDocument {
  mediaType: string
  isIndex: boolean
  artifactType: string | undefined
  subject: string | undefined
  annotations: Record<string, string>
  config: Descriptor | undefined
  layers: Descriptor[]
  manifests: Descriptor[]
  needs: Reference[]
}

/** Reads a manifest or an index; throws MANIFEST_INVALID naming what is wrong with it. */
export function readManifest(text: string, contentType: string | undefined): ManifestDocument {
  const json = parsed(text)
  const mediaType = mediaTypeOf(json, contentType)
  const isIndex = indexes.includes(mediaType)
  if (!isIndex && !images.includes(mediaType)) {
    throw invalid(
      `manifests of type ${mediaType} are not taken; use an OCI or Docker (v2) manifest`,
    )
  }
  if (json['schemaVersion'] !== 2) throw invalid('schemaVersion has to be 2')
  const config = isIndex ? undefined : descriptor(json['config'], 'config')
  const layers = isIndex ? [] : descriptors(json['layers'], 'layers')
  const manifests = isIndex ? descriptors(json['manifests'], 'manifests') : []
  const subject = json['subject'] === undefined ? undefined : descriptor(json['subject'], 'subject')
  const blobs = [...(config ? [config] : []), ...layers].filter((it) => !isForeign(it))
  const artifactType = text256(json['artifactType'])
  return {
    mediaType,
    isIndex,
    // An image manifest without one goes by its config's type.
    artifactType: artifactType ?? config?.mediaType,
    subject: subject?.digest,
    annotations: annotationsOf(json['annotations']),
    config,
    layers,
    manifests,
    needs: [
      ...blobs.map(({ digest }) => ({ digest, kind: 'blob' as const })),
      ...manifests.map(({ digest }) => ({ digest, kind: 'manifest' as const })),
    ].filter((need, at, all) => all.findIndex((it) => it.digest === need.digest) === at),
  }
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid((error as Error).message)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('a manifest is a JSON object')
  }
  return value as Record<string, unknown>
}

function mediaTypeOf(json: Record<string, unknown>, contentType: string | undefined): string {
  const named = text256(json['mediaType'])
  const sent = contentType?.split(';')[0]?.trim()
  if (named !== undefined && sent && sent !== named) {
    throw invalid(`Content-Type says ${sent}, the manifest says ${named}`)
  }
  const guess = Array.isArray(json['manifests']) ? mediaTypes.ociIndex : mediaTypes.ociManifest
  return named ?? (sent || guess)
}

function descriptors(value: unknown, where: string): Descriptor[] {
  if (!Array.isArray(value)) throw invalid(`${where} has to be a list`)
  return value.map((entry, at) => descriptor(entry, `${where}[${at}]`))
}

function descriptor(value: unknown, where: string): Descriptor {
  const it = value as Partial<Descriptor> | null
  if (typeof it !== 'object' || it === null) throw invalid(`${where} is missing`)
  if (typeof it.digest !== 'string' || !isDigest(it.digest)) {
    throw invalid(`${where}.digest is no digest`)
  }
  if (!Number.isSafeInteger(it.size) || it.size! < 0) throw invalid(`${where}.size is no size`)
  if (typeof it.mediaType !== 'string') throw invalid(`${where}.mediaType is missing`)
  return it as Descriptor
}

const isForeign = (it: Descriptor) =>
  foreign.test(it.mediaType) && Array.isArray(it.urls) && it.urls.length > 0

const text256 = (value: unknown) =>
  typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined

function annotationsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

export function invalid(message: string, detail?: unknown): OciError {
  return new OciError('MANIFEST_INVALID', message, { detail })
}
