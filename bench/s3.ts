import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sign } from '../server/src/cloud/gateway/index.ts'
import { type Figure, ratios, ratioText, short, spreadOf } from './figure.ts'
import type { Outcome, Plan } from './s3-load.ts'
import { cpuSeconds, ended, firstMatch, freePort, spawnNode, startServer } from './server.ts'

const exec = promisify(execFile)
const ROUNDS = 7
const CONNECTIONS = 32
const SIZE_BYTES = 4096
const KEYS = 1000
const COUNT = 6000
/** moto answers some 200 a second: fewer requests make the same time. */
const MOTO_COUNT = 400
const BOUND = 40
const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' }
const BUCKET = 'bench'

interface Target {
  port: number
  count: number
  keys: { accessKeyId: string; secretAccessKey: string }
  /** Whose processor time is counted. */
  pid?: number
}

interface Run extends Outcome {
  /** µs of processor time per request: main thread, and all threads. */
  mainUs: number
  allUs: number
}

/** GET and PUT of 4 KB, verified and durable, beside moto_server and a bare node:http server. */
export async function s3(): Promise<Figure[]> {
  const server = await startServer()
  const bare = spawnNode([join(import.meta.dirname, 'bare-http.mjs')])
  const barePort = Number((await firstMatch(bare, /port \d+/)).slice(5))
  const moto = await startMoto()
  const keys = await userKeys(server.cloudPort)
  const ours: Target = { port: server.cloudPort, count: COUNT, keys, pid: server.pid }
  const plain: Target = { port: barePort, count: COUNT, keys, pid: bare.pid! }
  try {
    for (const target of [ours, moto]) if (target) await makeBucket(target)
    const figures: Figure[] = []
    for (const method of ['PUT', 'GET'] as const) {
      figures.push(...(await compare(method, ours, plain, moto)))
    }
    return figures
  } finally {
    await server.stop()
    await ended(bare)
    if (moto) await ended(moto.process)
  }
}

async function compare(
  method: 'GET' | 'PUT',
  ours: Target,
  plain: Target,
  moto: Target | undefined,
): Promise<Figure[]> {
  const mine: Run[] = []
  const bare: Run[] = []
  const motos: Run[] = []
  // Each once unmeasured: code is compiled, and every key that GET asks for exists.
  for (const target of [ours, plain]) await load(target, method, 0)
  if (moto) await load({ ...moto, count: KEYS }, 'PUT', 0)
  for (let round = 1; round <= ROUNDS; round++) {
    mine.push(await load(ours, method, round))
    bare.push(await load(plain, method, round))
    if (moto) motos.push(await load(moto, method, round))
  }
  const per = (runs: Run[]) => runs.map(({ perSecond }) => perSecond)
  const figure = {
    what: `S3 ${method} of 4 KB, durable, verified`,
    ours: described(mine),
  }
  const toBare = ratioText(ratios(per(mine), per(bare)))
  return [
    motoFigure(figure, per(mine), per(motos)),
    {
      ...figure,
      peer: `bare node:http ${described(bare)}`,
      ratio: toBare,
      bound: '',
      isMet: undefined,
    },
  ]
}

function motoFigure(
  figure: Pick<Figure, 'what' | 'ours'>,
  mine: number[],
  motos: number[],
): Figure {
  const bound = `≥ ${BOUND} ×`
  if (motos.length === 0) {
    const peer = 'skipped: no moto_server on this machine'
    return { ...figure, peer, ratio: '–', bound, isMet: undefined }
  }
  const each = ratios(mine, motos)
  const peer = `moto_server ${short(spreadOf(motos).median)}/s`
  const isMet = spreadOf(each).median >= BOUND
  return { ...figure, peer, ratio: ratioText(each), bound, isMet }
}

function described(runs: Run[]): string {
  const { min, median, max } = spreadOf(runs.map(({ perSecond }) => perSecond))
  const main = spreadOf(runs.map(({ mainUs }) => mainUs)).median
  const all = spreadOf(runs.map(({ allUs }) => allUs)).median
  const p99 = spreadOf(runs.map(({ p99Ms }) => p99Ms)).median
  const rate = `${short(median)}/s (${short(min)}–${short(max)})`
  return `${rate}, p99 ${short(p99)} ms, CPU ${short(main)} µs main ${short(all)} µs all`
}

async function load(target: Target, method: 'GET' | 'PUT', seed: number): Promise<Run> {
  const { port, count, keys, pid } = target
  const plan: Plan = {
    port,
    method,
    count,
    seed,
    bucket: BUCKET,
    connections: CONNECTIONS,
    sizeBytes: SIZE_BYTES,
    keys: KEYS,
    ...keys,
  }
  const before = pid === undefined ? undefined : cpuSeconds(pid)
  const script = join(import.meta.dirname, 's3-load.ts')
  const { stdout } = await exec(process.execPath, [script, JSON.stringify(plan)])
  const after = pid === undefined ? undefined : cpuSeconds(pid)
  const outcome = JSON.parse(stdout) as Outcome
  if (outcome.refused > 0) throw new Error(`${outcome.refused} of ${count} ${method}s were refused`)
  const us = (name: 'all' | 'main') =>
    before && after ? ((after[name] - before[name]) / count) * 1e6 : Number.NaN
  return { ...outcome, mainUs: us('main'), allUs: us('all') }
}

/** A user with a policy, so that each request is verified and asked of IAM like a colleague's. */
async function userKeys(port: number): Promise<Target['keys']> {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  }
  const UserName = 'bench'
  await iam(port, { Action: 'CreateUser', UserName })
  const document = { PolicyName: 'bench', PolicyDocument: JSON.stringify(policy) }
  await iam(port, { Action: 'PutUserPolicy', UserName, ...document })
  const made = await iam(port, { Action: 'CreateAccessKey', UserName })
  const member = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(made)![1]!
  return { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') }
}

function iam(port: number, form: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ Version: '2010-05-08', ...form }).toString()
  const type = 'application/x-www-form-urlencoded'
  return asRoot(port, { method: 'POST', url: '/', service: 'iam', body, type })
}

async function makeBucket({ port }: Target): Promise<void> {
  await asRoot(port, { method: 'PUT', url: `/${BUCKET}`, service: 's3', body: '' })
}

async function asRoot(
  port: number,
  call: { method: string; url: string; service: string; body: string; type?: string },
): Promise<string> {
  const { method, url, service, body, type } = call
  const host = `127.0.0.1:${port}`
  const headers = { host, ...(type && { 'content-type': type }) }
  const place = { region: 'us-east-1', service, now: Date.now() }
  const signed = sign({ method, url, headers, body, credentials: ROOT, ...place })
  const response = await fetch(`http://${host}${url}`, {
    method,
    headers: signed,
    ...(body && { body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return text
}

async function startMoto(): Promise<(Target & { process: ChildProcess }) | undefined> {
  if (spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).error) return undefined
  const port = await freePort()
  const child = spawn('moto_server', ['-p', String(port)], { stdio: 'ignore' })
  for (;;) {
    const reply = await fetch(`http://127.0.0.1:${port}/moto-api/`).catch(() => undefined)
    if (reply?.ok) break
    if (child.exitCode !== null) throw new Error('moto_server did not start')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { port, count: MOTO_COUNT, keys: ROOT, process: child }
}
