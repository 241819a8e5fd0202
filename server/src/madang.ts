import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Cloud, createCloud } from './cloud/index.ts'
import { type Code, createCode } from './code/index.ts'
import { createIdentity, type Identity } from './identity/index.ts'
import { type Config, createKernel, type Kernel, type Log, staticFiles } from './kernel/index.ts'
import { createPipelines, type Pipelines } from './pipelines/index.ts'
import { createPlan, type Plan } from './plan/index.ts'
import { createMonitor, type Monitor } from './monitor/index.ts'
import { createRegistry, type Registry } from './registry/index.ts'
import { createReleases, type Releases } from './releases/index.ts'
import { createSample, type Sample } from './sample/index.ts'
import { terminalLanguage } from './terminal-language.ts'
import { createThread, type Thread } from './thread/index.ts'

/** A running Madang. */
export interface Madang {
  readonly kernel: Kernel
  readonly identity: Identity
  readonly thread: Thread
  readonly registry: Registry
  readonly cloud: Cloud
  readonly plan: Plan
  readonly code: Code
  readonly pipelines: Pipelines
  readonly releases: Releases
  readonly monitor: Monitor
  readonly sample: Sample
  /** Where the pages are. */
  readonly origin: string
  /** The cloud's endpoint URL. */
  readonly cloudUrl: string
  /** The first administrator's one-time link, while nobody has signed up. */
  welcomeLink(): Promise<string | undefined>
  stop(): Promise<void>
}

const pagesFolder = join(import.meta.dirname, '../../web/dist')

/** Composes the house in the order of the flow, binds its ports and starts its work. */
export async function startMadang(config: Config, given: { log?: Log } = {}): Promise<Madang> {
  const isNew = !existsSync(config.home) || readdirSync(config.home).length === 0
  const kernel = await createKernel(config, given)
  try {
    return await compose(kernel, isNew)
  } catch (error) {
    await kernel.stop()
    throw error
  }
}

async function compose(kernel: Kernel, isNew: boolean): Promise<Madang> {
  const identity = await createIdentity({ kernel })
  const thread = await createThread({ kernel, identity })
  const registry = await createRegistry({ kernel })
  const cloud = await createCloud({ kernel, identity, registry })

  const plan = await createPlan({ kernel, identity })
  const code = await createCode({ kernel, identity, plan })
  const { bitbucket, moves } = code
  const place = { origin: '' }
  const originUrl = () => place.origin
  const remote = { identity, code }
  const pipelines = await createPipelines({
    kernel,
    identity,
    registry,
    cloud,
    code,
    originUrl,
    remote,
    bitbucket,
    moves,
  })
  const releases = await createReleases({
    kernel,
    identity,
    registry,
    cloud,
    plan,
    code,
    bitbucket,
    moves,
  })
  const monitor = await createMonitor({ kernel, cloud, plan, releases })
  const language = terminalLanguage(process.env)
  const parts = { kernel, identity, plan, code, cloud, language }
  const sample = await createSample({ ...parts, origin: originUrl })

  const pages = staticFiles(pagesFolder)
  if (pages) kernel.http.pages(pages)
  const origin = await kernel.http.listen()
  place.origin = origin
  const cloudUrl = await cloud.listen()
  await code.sshListen(origin)
  await kernel.start()
  await pipelines.start()
  if (kernel.config.sample ?? isNew) await sample.make()
  return {
    kernel,
    identity,
    thread,
    registry,
    cloud,
    plan,
    code,
    pipelines,
    releases,
    monitor,
    sample,
    origin,
    cloudUrl,
    welcomeLink: () => identity.welcomeLink(origin),
    stop: () => kernel.stop(),
  }
}
