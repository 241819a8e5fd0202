import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Role, Run, RunDetail } from '@madang/api'
import type { Cloud } from '../../cloud/index.ts'
import { createCode } from '../../code/index.ts'
import { createIdentity } from '../../identity/index.ts'
import {
  type Actor,
  type Config,
  configFor,
  createKernel,
  type Kernel,
} from '../../kernel/index.ts'
import { createRegistry, type Registry } from '../../registry/index.ts'
import { createPipelines, type CloudPort, type IdentityPort } from '../index.ts'
import { until } from '../../testing/until.ts'

export { until } from '../../testing/until.ts'

const exec = promisify(execFile)

export interface Bed {
  kernel: Kernel
  origin: string
  stop(): Promise<void>
}

interface BedOptions {
  hasCloud?: boolean
  config?: Partial<Config>
}

const personNamed = (name: string): Actor => ({
  kind: 'person',
  id: `person:${name}`,
  name,
  isAdministrator: name === 'administrator',
  scopes: ['read', 'write', 'administer'],
})

/**
 * A server with pipelines, code and registry. People are roles (`developer:x` signs in as one), and
 * runs have tokens: as small as identity can be.
 */
export async function startBed(home: string, given: BedOptions = {}): Promise<Bed> {
  const kernel = await createKernel(configFor({ ...given.config, home }))
  const registry = await createRegistry({ kernel })
  const cloud = given.hasCloud ? await cloudOn(kernel, registry) : undefined
  const tokens = new Map<string, Actor>()
  const roleIn = async (actor: Actor, project: string): Promise<Role | undefined> => {
    if (project !== 'GB') return undefined
    return actor.kind === 'run' ? 'developer' : (actor.name as Role)
  }
  kernel.http.guardWith({
    roleIn,
    async identify({ headers }) {
      const [scheme, text = ''] = (headers.authorization ?? '').split(' ')
      if (scheme === 'Bearer') return tokens.get(text)
      if (scheme !== 'Basic') return undefined
      return personNamed(Buffer.from(text, 'base64').toString().split(':')[0]!)
    },
  })
  const identity: IdentityPort = {
    async tokenIssue(_tx, { owner, name, project }) {
      const token = kernel.ids.secret()
      const id = `run:${owner.id}`
      const base = { kind: 'run' as const, id, name, isAdministrator: false, project }
      tokens.set(token, { ...base, scopes: ['read', 'write'] })
      return { token, id: token }
    },
    tokenRevoke: async (_tx, id) => tokens.delete(id),
    audit: async () => undefined,
  }
  const notHere = async () => {
    throw new Error('the bed has its project and its people already')
  }
  const people = {
    roleIn,
    repoRoles: () => undefined,
    personGet: async () => undefined,
    personByName: async () => undefined,
    peopleOf: async () => new Map(),
    projectList: async () => [],
    projectGet: async () => undefined,
    projectCreate: notHere,
    projectUpdate: notHere,
    projectDelete: notHere,
    memberList: async () => [],
    memberSet: notHere,
    memberRemove: notHere,
    personList: async () => ({ items: [] }),
    audit: async () => undefined,
  }
  const code = await createCode({ kernel, identity: people })
  let origin = ''
  const pipelines = await createPipelines({
    kernel,
    registry,
    code,
    identity,
    cloud: cloud ?? cloudWithout(() => origin),
    originUrl: () => origin,
  })
  origin = await kernel.http.listen()
  await cloud?.listen()
  await kernel.start()
  await pipelines.start()
  if ((await code.repoList('GB')).length === 0) {
    await kernel.database.write((tx) =>
      code.repoCreate(tx, personNamed('maintainer'), { project: 'GB', name: 'app' }),
    )
  }
  return { kernel, origin, stop: () => kernel.stop() }
}

async function cloudOn(kernel: Kernel, registry: Registry): Promise<Cloud> {
  // Only for the suites that want one: it is the largest part of the server.
  const { createCloud } = await import('../../cloud/index.ts')
  const identity = await createIdentity({ kernel })
  return createCloud({ kernel, identity, registry })
}

/** Keys, but no cloud behind them: the AWS steps have a suite of their own. */
function cloudWithout(origin: () => string): CloudPort {
  return {
    credentialsFor: async ({ id }) => ({
      accessKeyId: 'ASIATEST',
      secretAccessKey: `secret-of-${id}-${Math.random()}`,
      sessionToken: `session-of-${id}`,
      expiresAtMs: Date.now() + 3_600_000,
      region: 'ap-northeast-2',
      endpointUrl: origin(),
    }),
    awsWith: async () => {
      throw new Error('there is no cloud in this test')
    },
  }
}

export interface BedOfFile {
  bed: Bed
  clone: Clone
  home: string
  /** Stops the server and starts it again on the same folder, at the same address. */
  again(): Promise<void>
}

/** A server with a clone of its repository for the tests of one file; both go after the last one. */
export async function bedOfFile(given: BedOptions = {}): Promise<BedOfFile> {
  // Only here: the servers that tests kill run without a test runner.
  const { afterAll } = await import('vitest')
  const home = temporary()
  const bed = await startBed(home, given)
  const clone = new Clone(bed.origin)
  let running = bed
  afterAll(async () => {
    await running.stop()
    discard(home)
    discard(clone.folder)
  })
  const again = async () => {
    await running.stop()
    const port = Number(new URL(bed.origin).port)
    running = await startBed(home, { ...given, config: { ...given.config, port } })
  }
  return { bed, clone, home, again }
}

export const temporary = () => mkdtempSync(join(tmpdir(), 'pipelines-'))
export const discard = (folder: string) => rmSync(folder, { recursive: true, force: true })

export const as = (role: string) => ({ authorization: `Basic ${btoa(`${role}:x`)}` })

export async function call<T>(
  origin: string,
  path: string,
  body?: object,
  role = 'maintainer',
): Promise<T & { error?: { code: string; message: string } }> {
  const reply = await fetch(`${origin}/api/projects/GB${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { ...as(role), 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await reply.json()) as T & { error?: { code: string; message: string } }
}

/** A clone whose commits are pushed with git over HTTP. */
export class Clone {
  readonly folder = temporary()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async git(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      GIT_AUTHOR_NAME: 'Kim',
      GIT_AUTHOR_EMAIL: 'kim@example.com',
      GIT_COMMITTER_NAME: 'Kim',
      GIT_COMMITTER_EMAIL: 'kim@example.com',
    }
    return (await exec('git', args, { cwd: this.folder, env })).stdout.trim()
  }

  /** Writes files, commits and pushes them to a branch; gives the commit. */
  async push(branch: string, files: Record<string, string>, title = 'change'): Promise<string> {
    await this.git('init', '-q', '-b', 'main')
    const { host } = new URL(this.#origin)
    await this.git('checkout', '-q', '-B', branch)
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true })
      writeFileSync(join(this.folder, name), content)
    }
    await this.git('add', '-A')
    await this.git('commit', '-q', '--allow-empty', '-m', title)
    const url = `http://maintainer:x@${host}/git/GB/app.git`
    await this.git('push', '-q', url, `HEAD:refs/heads/${branch}`)
    return this.git('rev-parse', 'HEAD')
  }
}

export interface Outcome {
  run: RunDetail
  log: string
}

export async function logOf(origin: string, id: string, stage?: string): Promise<string> {
  const of = stage === undefined ? '' : `&stage=${encodeURIComponent(stage)}`
  return (await call<{ text: string }>(origin, `/runs/${id}/log?limitBytes=4000000${of}`)).text
}

/** The run of a commit, as soon as there is one. */
export function runFor(origin: string, commit: string): Promise<Run> {
  return until('the run', async () => {
    const { items } = await call<{ items: Run[] }>(origin, `/runs?commit=${commit}`)
    return items[0]
  })
}

export async function finished(origin: string, id: string): Promise<Outcome> {
  const run = await until('the end of the run', async () => {
    const found = await call<RunDetail>(origin, `/runs/${id}`)
    return found.state === 'finished' && found
  })
  return { run, log: await logOf(origin, id) }
}

/** Pushes a Jenkinsfile and waits for its run. */
export async function runFile(
  clone: Clone,
  origin: string,
  jenkinsfile: string,
  files: Record<string, string> = {},
  branch = 'main',
): Promise<Outcome> {
  const commit = await clone.push(branch, { Jenkinsfile: jenkinsfile, ...files })
  return finished(origin, (await runFor(origin, commit)).id)
}
