import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf, type LayerSteps, type LocalImages, mediaTypes } from '../oci/index.ts'
import {
  type Bases,
  emptyStage,
  hostPlatform,
  type Platform,
  platformOf,
  stageFrom,
} from './base.ts'
import type { Context } from './context.ts'
import { type Dockerfile, type Instruction, parseDockerfile } from './dockerfile.ts'
import { BuildError } from './errors.ts'
import { expand } from './expand.ts'
import { writeLayer } from './layer-write.ts'
import { unpack } from './layer-read.ts'
import { metadata, shellOf } from './metadata.ts'
import { planRun, run, type RunPlace } from './run.ts'
import { isRoot } from './root-folder.ts'
import { chainOf, digestOfChanges, noteHistory, type Stage, type StageLayer } from './stage.ts'
import { argsOf, indexOf, neededStages, type Plan, type StagePlan, stagesOf } from './stages.ts'
import { copy, lookupOf, type Sources, workdir } from './steps.ts'
import { type Change, Tree } from './tree.ts'

export interface BuildParts {
  images: LocalImages
  layers: LayerSteps
  bases: Bases
  place: RunPlace
  /** The repository that the layers go to: `gb/guestbook`. */
  name: string
  createdAt: string
  signal: AbortSignal
}

export interface Wish {
  dockerfile: string
  context: Context
  target: string | undefined
  buildArgs: ReadonlyMap<string, string>
  labels: Record<string, string>
  platform: string | undefined
  usesCache: boolean
}

// What Docker takes without an ARG, and keeps out of the image and of its cache.
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY']

/** One build of one Dockerfile, stage by stage. */
export class Build {
  readonly #parts: BuildParts
  readonly #wish: Wish
  readonly #file: Dockerfile
  readonly #plan: Plan
  readonly #platform: Platform
  readonly #stages = new Map<number, Stage>()

  constructor(parts: BuildParts, wish: Wish) {
    this.#parts = parts
    this.#wish = wish
    this.#file = parseDockerfile(wish.dockerfile)
    this.#platform = wish.platform === undefined ? hostPlatform() : platformOf(wish.platform)
    const automatic = automaticArgs(this.#platform)
    this.#plan = stagesOf(this.#file, { buildArgs: wish.buildArgs, automatic })
    for (const name of PROXIES.flatMap((it) => [it, it.toLowerCase()])) {
      const value = wish.buildArgs.get(name)
      if (value !== undefined) parts.place.proxies[name] = value
    }
  }

  /** The last stage that is wanted, whole. */
  async run(): Promise<Stage> {
    const { say } = this.#parts.place
    if (this.#file.syntax !== undefined) {
      say(
        `# syntax=${this.#file.syntax}: the frontend is not fetched, Madang's own grammar is used`,
      )
    }
    const { stages } = this.#plan
    const needed = neededStages(stages, this.#wish.target)
    const count = needed.reduce((sum, at) => sum + 1 + stages[at]!.steps.length, 0)
    let number = 0
    for (const at of needed) {
      const plan = stages[at]!
      say(`Step ${++number}/${count} : FROM ${plan.from.text}`)
      const stage = await this.#from(plan, at)
      this.#stages.set(at, stage)
      for (const it of plan.steps) {
        say(`Step ${++number}/${count} : ${it.name} ${it.text}`)
        await this.#step(it, stage)
      }
    }
    const done = this.#stages.get(needed.at(-1)!)!
    this.#label(done)
    return done
  }

  async #from(plan: StagePlan, at: number): Promise<Stage> {
    try {
      const stage = await this.#base(plan, at)
      stage.name = plan.name
      const triggers = stage.image.config.OnBuild ?? []
      delete stage.image.config.OnBuild
      for (const text of triggers) {
        this.#parts.place.say(`# ONBUILD of ${plan.image}: ${text}`)
        const [it] = parseDockerfile(text).instructions
        await this.#step({ ...it!, line: plan.from.line }, stage)
      }
      return stage
    } catch (error) {
      throw BuildError.at(error, plan.from.line)
    }
  }

  async #base({ image, platform }: StagePlan, at: number): Promise<Stage> {
    const earlier = indexOf(this.#plan.stages, image, at)
    if (earlier !== undefined) return copyOf(this.#stages.get(earlier)!)
    const wanted = platform === undefined ? this.#platform : platformOf(platform)
    if (image === 'scratch') return emptyStage(wanted)
    return stageFrom(this.#parts.bases, image, wanted)
  }

  async #step(it: Instruction, stage: Stage): Promise<void> {
    try {
      this.#parts.signal.throwIfAborted()
      await this.#do(it, stage)
    } catch (error) {
      throw BuildError.at(error, it.line)
    }
  }

  async #do(it: Instruction, stage: Stage): Promise<void> {
    if (it.name === 'ARG') return this.#arg(it, stage)
    if (it.name === 'RUN') return this.#run(it, stage)
    if (it.name === 'COPY' || it.name === 'ADD') {
      const changes = await copy(it, stage, this.#sources())
      return this.#layer(stage, changes, `${it.name} ${it.text}`)
    }
    if (it.name === 'WORKDIR') {
      const { changes, createdBy } = await workdir(it, stage, this.#file.escape)
      return this.#layer(stage, changes, createdBy)
    }
    const put = (text: string) => expand(text, lookupOf(stage), this.#file.escape)
    this.#note(stage, metadata[it.name]!(it, { stage, expand: put }))
  }

  #sources(): Sources {
    const { spool } = this.#parts.place
    return {
      context: this.#wish.context,
      spool,
      escape: this.#file.escape,
      from: (text) => this.#tree(text),
    }
  }

  /** Of `--from`: a stage that is done, or an image. */
  async #tree(text: string): Promise<Tree> {
    if (text.includes('$')) {
      throw new BuildError(
        'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
      )
    }
    const at = indexOf(this.#plan.stages, text, this.#plan.stages.length)
    const done = at === undefined ? undefined : this.#stages.get(at)
    if (done) return done.tree
    return (await stageFrom(this.#parts.bases, text, this.#platform)).tree
  }

  #arg(it: Instruction, stage: Stage): void {
    const { buildArgs } = this.#wish
    for (const [name, text] of argsOf(it)) {
      const own = text === undefined ? undefined : expand(text, lookupOf(stage), this.#file.escape)
      const automatic = automaticArgs(this.#platform).get(name)
      const value = buildArgs.get(name) ?? own ?? this.#plan.globals.get(name) ?? automatic
      if (value !== undefined) stage.args.set(name, value)
    }
    this.#note(stage, `ARG ${it.text}`)
  }

  #note(stage: Stage, createdBy: string): void {
    noteHistory(stage, { createdBy, createdAt: this.#parts.createdAt, layer: undefined })
  }

  async #run(it: Instruction, stage: Stage): Promise<void> {
    const { architecture } = stage.image
    if (architecture !== hostPlatform().architecture) {
      throw new BuildError(`RUN for ${architecture} needs Docker with an emulator of it`)
    }
    const plan = planRun(it, stage)
    const { User: user, WorkingDir: cwd } = stage.image.config
    const key = keyOf(['RUN', chainOf(stage), plan, user, cwd])
    const shown = `RUN ${it.json ? JSON.stringify(it.json) : [...shellOf(stage), it.text].join(' ')}`
    const { place } = this.#parts
    const known = await this.#known(key)
    if (known) {
      await this.#unpackKnown(stage, known)
      return this.#done(stage, known, shown)
    }
    await this.#keep(stage, key, await run(stage, plan, place), shown)
  }

  async #unpackKnown(stage: Stage, known: StageLayer): Promise<void> {
    const { images, name, bases } = this.#parts
    // The folder of programs is made anew from the tree: a layer's removals are not among its changes.
    await stage.root?.remove()
    stage.root = undefined
    const file = (await images.file(name, known.digest))!
    const content = { file: file.path, offset: 0, size: file.size }
    const { spool } = bases
    await unpack(content, 'gzip', { tree: stage.tree, spool, at: '', isArchive: false })
  }

  /** A layer of what changed, unless nothing did: of the same as before, the one of before. */
  async #layer(stage: Stage, changes: Change[], createdBy: string): Promise<void> {
    if (changes.length === 0) return this.#note(stage, createdBy)
    await stage.root?.apply(changes)
    const key = keyOf(['FILES', await digestOfChanges(changes)])
    const known = await this.#known(key)
    if (known) return this.#done(stage, known, createdBy)
    await this.#keep(stage, key, changes, createdBy)
  }

  async #known(key: string): Promise<StageLayer | undefined> {
    if (!this.#wish.usesCache) return undefined
    const { layers, images, name, bases } = this.#parts
    const kept = await layers.take(bases.project.toUpperCase(), key)
    if (!kept || !(await images.adopt(name, kept.digest))) return undefined
    this.#parts.place.say(' ---> Using cache')
    return { ...kept, mediaType: LAYER_TYPE }
  }

  async #keep(stage: Stage, key: string, changes: Change[], createdBy: string): Promise<void> {
    const { place, images, name, layers, bases } = this.#parts
    const file = join(place.folder, `layer-${crypto.randomUUID()}`)
    const layer = await writeLayer(changes, file)
    await images.put(name, { ...layer, file })
    await rm(file, { force: true })
    await layers.keep(bases.project.toUpperCase(), key, layer)
    this.#done(stage, { ...layer, mediaType: LAYER_TYPE }, createdBy)
  }

  #done(stage: Stage, layer: StageLayer, createdBy: string): void {
    this.#parts.place.say(` ---> ${layer.digest.slice(7, 19)}`)
    noteHistory(stage, { createdBy, createdAt: this.#parts.createdAt, layer })
  }

  #label(stage: Stage): void {
    const { labels } = this.#wish
    if (Object.keys(labels).length === 0) return
    const { config } = stage.image
    config.Labels = { ...config.Labels, ...labels }
    this.#note(
      stage,
      `LABEL ${Object.entries(labels)
        .map((pair) => pair.join('='))
        .join(' ')}`,
    )
  }

  /** Folders of programs that are not needed any more. */
  async close(): Promise<void> {
    for (const { root } of this.#stages.values()) await root?.remove()
  }
}

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip'

const keyOf = (facts: unknown) =>
  createHash('sha256')
    .update(JSON.stringify([isRoot, facts]))
    .digest('hex')

function copyOf(stage: Stage): Stage {
  const { tree, layers, image, args: _own } = stage
  return {
    ...emptyStage({ os: image.os, architecture: image.architecture }),
    tree: new Tree({ from: tree }),
    layers: [...layers],
    image: structuredClone(image),
  }
}

function automaticArgs({ os, architecture, variant = '' }: Platform): Map<string, string> {
  const host = hostPlatform()
  const name = (it: Platform) => [it.os, it.architecture, it.variant].filter(Boolean).join('/')
  return new Map([
    ['TARGETPLATFORM', name({ os, architecture, variant })],
    ['TARGETOS', os],
    ['TARGETARCH', architecture],
    ['TARGETVARIANT', variant],
    ['BUILDPLATFORM', name(host)],
    ['BUILDOS', host.os],
    ['BUILDARCH', host.architecture],
    ['BUILDVARIANT', ''],
  ])
}

/** The stage as an image: its config and its manifest. */
export function imageOf(stage: Stage, createdAt: string, annotations: Record<string, string>) {
  const config = JSON.stringify({ ...stage.image, created: createdAt })
  const descriptor = {
    mediaType: mediaTypes.ociConfig,
    digest: digestOf(Buffer.from(config)),
    size: Buffer.byteLength(config),
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: stage.layers.map(({ digest, size, mediaType }) => ({
      mediaType: mediaType.replace(
        /^application\/vnd\.docker\.image\.rootfs\.diff\.tar\.gzip$/,
        LAYER_TYPE,
      ),
      digest,
      size,
    })),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  })
  return { config, descriptor, manifest }
}
