import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Actor, Kernel } from '../../kernel/index.ts'
import { LayerSteps, type LocalImages, OciError, repoNameOf } from '../oci/index.ts'
import { Build, imageOf, type Wish } from './build.ts'
import { readContext, readInside } from './context.ts'
import { BuildError } from './errors.ts'
import { isRoot } from './root-folder.ts'
import { Spool } from './spool.ts'
import { BUILD_PREFIX, CACHES, sweepBuilds } from './sweep.ts'

export { BuildError } from './errors.ts'

export interface BuildRequest {
  /** The project's key. */
  project: string
  /** As clients name it: `gb/guestbook`. */
  name: string
  tags: string[]
  /** The folder that COPY takes from, and the Dockerfile's path in it. */
  context: string
  dockerfile: string
  target?: string | undefined
  buildArgs: Record<string, string>
  labels: Record<string, string>
  platform?: string | undefined
  usesCache: boolean
  /** Of the manifest: the commit it was built from. */
  annotations: Record<string, string>
  /** `127.0.0.1:4500`. */
  host: string
  say(line: string): void
  signal: AbortSignal
}

/** Images of Dockerfiles without a Docker Engine, straight into the registry. */
export interface ImageBuilds {
  /** Gives the manifest's digest. Throws BuildError for what is to be mended in the sources. */
  build(actor: Actor, request: BuildRequest): Promise<string>
  /** One more tag of an image that is here; false: there is none. */
  tag(actor: Actor, name: string, from: string, to: string): Promise<boolean>
}

export async function createImageBuilds(kernel: Kernel, images: LocalImages): Promise<ImageBuilds> {
  const layers = new LayerSteps(kernel)
  await sweepBuilds(kernel, layers)
  return {
    tag: (actor, name, from, to) => images.retag(actor, repoNameOf(name).name, from, to),
    async build(actor, request) {
      const folders = kernel.folder('builds')
      const folder = await mkdtemp(join(folders, BUILD_PREFIX))
      const caches = join(folders, CACHES, request.project)
      await mkdir(caches, { recursive: true })
      try {
        return await buildIn({ kernel, images, layers, folder, caches }, actor, request)
      } catch (error) {
        throw mendable(error, request.dockerfile)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

interface Given {
  kernel: Kernel
  images: LocalImages
  layers: LayerSteps
  folder: string
  caches: string
}

async function buildIn(given: Given, actor: Actor, request: BuildRequest): Promise<string> {
  const { kernel, images, layers, folder, caches } = given
  const { say, signal, name, host } = request
  const spool = new Spool(folder)
  const project = request.project.toLowerCase()
  const createdAt = createdAtOf(request, kernel.clock.now())
  const build = new Build(
    {
      images,
      layers,
      bases: { images, project, host, spool },
      place: { folder, caches, nowMs: kernel.clock.now, spool, proxies: {}, say, signal },
      name: repoNameOf(name).name,
      createdAt,
      signal,
    },
    await wishOf(request),
  )
  try {
    say(differences())
    const stage = await build.run()
    // Those of the base are in another repository so far.
    for (const { digest } of stage.layers) await images.adopt(name, digest)
    const { config, descriptor, manifest } = imageOf(stage, createdAt, request.annotations)
    const file = join(folder, 'config.json')
    await writeFile(file, config)
    await images.put(name, { ...descriptor, file })
    const digest = await images.tag(actor, name, manifest, request.tags)
    say(`Successfully built ${digest}`)
    for (const tag of request.tags) say(`Successfully tagged ${host}/${name}:${tag}`)
    return digest
  } finally {
    await build.close()
    await spool.close()
  }
}

async function wishOf(request: BuildRequest): Promise<Wish> {
  const { context, dockerfile, target, buildArgs, labels, platform, usesCache } = request
  return {
    dockerfile: await readInside(context, dockerfile),
    context: await readContext(context, join(context, dockerfile)),
    target,
    buildArgs: new Map(Object.entries(buildArgs)),
    labels,
    platform,
    usesCache,
  }
}

/** What a reader of the log should know: it is not Docker that builds here. */
function differences(): string {
  const users = isRoot ? '' : ' Programs of RUN have one user, root.'
  return (
    'No Docker Engine answers on this node: Madang builds the image itself, straight into its registry. ' +
    'It differs from Docker in this: files that COPY and ADD make have one fixed time (the same sources ' +
    'give the same layers), programs of RUN run in bubblewrap on the network of this machine and without ' +
    `its limits of memory, and the image is in no local Docker afterwards.${users}`
  )
}

/** `SOURCE_DATE_EPOCH` makes the whole image repeatable, as with Docker. */
function createdAtOf({ buildArgs }: BuildRequest, nowMs: number): string {
  const epoch = buildArgs['SOURCE_DATE_EPOCH'] ?? ''
  return new Date(/^\d{1,11}$/.test(epoch) ? Number(epoch) * 1000 : nowMs).toISOString()
}

function mendable(error: unknown, dockerfile: string): unknown {
  if (error instanceof BuildError) return new BuildError(error.text(dockerfile))
  if (error instanceof OciError) return new BuildError(error.message)
  return error
}
