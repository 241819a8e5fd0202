import type { LocalImages } from '../oci/index.ts'
import { BuildError } from './errors.ts'
import { DEFAULT_PATH, emptyConfig, envOf, type ImageConfig } from './image-config.ts'
import { unpack } from './layer-read.ts'
import type { Spool } from './spool.ts'
import type { Stage, StageLayer } from './stage.ts'
import { Tree } from './tree.ts'

export interface Platform {
  os: string
  architecture: string
  variant?: string
}

export interface Bases {
  images: LocalImages
  /** In small letters, as images' names begin. */
  project: string
  /** `127.0.0.1:4500`: names that begin with it are ours. */
  host: string
  spool: Spool
}

/** Docker's names for what a machine is. */
export function hostPlatform(): Platform {
  const names: Record<string, string> = {
    x64: 'amd64',
    arm64: 'arm64',
    ia32: '386',
    ppc64: 'ppc64le',
  }
  return { os: 'linux', architecture: names[process.arch] ?? process.arch }
}

/** `linux/arm64`, `linux/arm/v7`. */
export function platformOf(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/')
  if (os === '' || architecture === '') throw new BuildError(`"${text}" is no platform`)
  return { os, architecture, ...(variant !== undefined && { variant }) }
}

export function emptyStage(platform: Platform): Stage {
  return {
    name: undefined,
    tree: new Tree(),
    layers: [],
    image: emptyConfig(platform),
    args: new Map(),
    hasOwnCommand: false,
    root: undefined,
  }
}

/** A stage on an image of this registry, or of the one that the project's proxy asks. */
export async function stageFrom(bases: Bases, image: string, platform: Platform): Promise<Stage> {
  const found = await foundImage(bases, image)
  const { name, manifest } = await forPlatform(bases, found, platform)
  const text = manifest.config && (await bases.images.config(name, manifest.config.digest))
  if (text === undefined) throw new BuildError(`${image} has no config: it is no image to build on`)
  const config = JSON.parse(text) as ImageConfig
  const tree = new Tree()
  const layers: StageLayer[] = []
  for (const [at, layer] of manifest.layers.entries()) {
    const file = await bases.images.file(name, layer.digest)
    if (!file) throw new BuildError(`${image}: its layer ${layer.digest} could not be fetched`)
    const content = { file: file.path, offset: 0, size: file.size }
    await unpack(content, packingOfLayer(layer.mediaType), {
      tree,
      spool: bases.spool,
      at: '',
      isArchive: false,
    })
    const { digest, size, mediaType } = layer
    layers.push({ digest, size, mediaType, diffId: config.rootfs.diff_ids[at]! })
  }
  const stage = { ...emptyStage(platform), tree, layers }
  const { config: container = {} } = config
  const path = envOf(container).has('PATH') ? [] : [`PATH=${DEFAULT_PATH}`]
  const Env = [...path, ...(container.Env ?? [])]
  return { ...stage, image: { ...config, config: { ...container, Env }, created: undefined } }
}

/** Where an image of a Dockerfile may be here, the likeliest first. */
export function namesOf({ project, host }: Pick<Bases, 'project' | 'host'>, image: string) {
  const at = image.indexOf('@')
  const whole = at < 0 ? image : image.slice(0, at)
  const colon = whole.lastIndexOf(':')
  const hasTag = colon > 0 && !whole.includes('/', colon)
  const path = hasTag ? whole.slice(0, colon) : whole
  const reference = at >= 0 ? image.slice(at + 1) : hasTag ? whole.slice(colon + 1) : 'latest'
  if (path.startsWith(`${host}/`)) return { reference, names: [path.slice(host.length + 1)] }
  const first = path.split('/')[0]!
  const isElsewhere = path.includes('/') && /[.:]|^localhost$/.test(first)
  const docker = /^(docker\.io|index\.docker\.io)\//
  const remote = path.replace(docker, '')
  const proxied = `${project}/proxy/${remote.includes('/') ? remote : `library/${remote}`}`
  if (isElsewhere && !docker.test(path))
    return { reference, names: [`${project}/proxy/${path.slice(first.length + 1)}`] }
  const own = path.startsWith(`${project}/`) ? path : `${project}/${path}`
  return { reference, names: [own, proxied] }
}

async function foundImage(bases: Bases, image: string) {
  const { reference, names } = namesOf(bases, image)
  for (const name of names) {
    if (name.split('/')[0] !== bases.project) {
      throw new BuildError(`${image} belongs to another project; a build may use its own only`)
    }
    const found = await bases.images.manifest(name, reference)
    if (found) return { name, image, ...found }
  }
  throw new BuildError(
    `${image}: not found. Without Docker an image comes from this registry: push it as ` +
      `${bases.host}/${names[0]}:${reference}, or name a registry to fetch from in the project's image rules`,
  )
}

async function forPlatform(
  { images }: Bases,
  found: Awaited<ReturnType<typeof foundImage>>,
  { os, architecture, variant }: Platform,
) {
  const { name, image, document } = found
  if (!document.isIndex) return { name, manifest: document }
  const fitting = document.manifests.find(
    ({ platform: it }) =>
      it?.os === os &&
      it.architecture === architecture &&
      (variant === undefined || it.variant === variant),
  )
  const manifest = fitting && (await images.manifest(name, fitting.digest))
  if (manifest) return { name, manifest: manifest.document }
  throw new BuildError(`no match for platform ${os}/${architecture} in the manifest of ${image}`)
}

function packingOfLayer(mediaType: string) {
  if (mediaType.endsWith('gzip')) return 'gzip'
  if (mediaType.endsWith('zstd')) return 'zstd'
  if (mediaType.endsWith('tar')) return 'tar'
  throw new BuildError(`layers of type ${mediaType} are not read here`)
}
