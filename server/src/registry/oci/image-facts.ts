import type { Descriptor, ManifestDocument } from './manifest-document.ts'

/** What a page says of an image without reading its layers: from the manifest and its config. */
export interface ImageFacts {
  /** `linux/arm64`; of an index, each of its images'. */
  platforms: string[]
  createdAt: string | undefined
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Compressed, of all layers; of an index, of all its manifests' documents. */
  sizeBytes: number
  layers: { digest: string; mediaType: string; sizeBytes: number }[]
  /** Newest last, as `docker history` has them, oldest first. */
  history: { createdBy: string; createdAt?: string; isEmpty: boolean }[]
  /** The commit it says it was built from (`org.opencontainers.image.revision`). */
  revision: string | undefined
  /** Where that commit is (`org.opencontainers.image.source`). */
  source: string | undefined
}

interface ConfigFile {
  os?: string
  architecture?: string
  variant?: string
  created?: string
  config?: { Labels?: Record<string, string> | null }
  history?: { created_by?: string; created?: string; empty_layer?: boolean }[]
}

export function imageFacts(manifest: ManifestDocument, configText: string | undefined): ImageFacts {
  const config = configOf(configText)
  const labels = config?.config?.Labels ?? {}
  const { annotations } = manifest
  const said = (name: string) => {
    const key = `org.opencontainers.image.${name}`
    return annotations[key] ?? labels[key]
  }
  const { layers, manifests } = manifest
  return {
    platforms: manifest.isIndex
      ? [...new Set(manifests.flatMap(({ platform }) => platformText(platform)))]
      : platformText(config),
    createdAt: config?.created ?? said('created'),
    labels,
    annotations,
    sizeBytes: total(manifest.isIndex ? manifests : layers),
    layers: layers.map(({ digest, mediaType, size }) => ({ digest, mediaType, sizeBytes: size })),
    history: (config?.history ?? []).map((step) => ({
      createdBy: step.created_by ?? '',
      createdAt: step.created,
      isEmpty: step.empty_layer === true,
    })),
    revision: said('revision'),
    source: said('source'),
  }
}

/** A config that is no JSON object belongs to an artifact of another kind. */
function configOf(text: string | undefined): ConfigFile | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as ConfigFile) : undefined
  } catch {
    return undefined
  }
}

function platformText(it: { os?: string; architecture?: string; variant?: string } | undefined) {
  if (!it?.os || !it.architecture || it.os === 'unknown') return []
  return [[it.os, it.architecture, ...(it.variant ? [it.variant] : [])].join('/')]
}

const total = (all: Descriptor[]) => all.reduce((sum, { size }) => sum + size, 0)
