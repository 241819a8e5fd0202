import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, ratios, ratioText, withUnit } from './figure.ts'
import { KEY, openProject } from './project.ts'
import { ended, freePort } from './server.ts'

const ROUNDS = Number(process.env['MADANG_BENCH_ROUNDS'] ?? 5)
const BLOB_BYTES = 64 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024
const START_MS = 15_000

/** A registry by its distribution API. */
interface Registry {
  name: string
  /** Up to `/v2/<repository>`. */
  url: string
  headers: Record<string, string>
  stop(): Promise<void>
}

/** Push and pull of a layer of 64 MB beside the bare disk and Debian's docker-registry. */
export async function registry(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const ours = await startOurs()
  const peer = await startDebian(folder)
  const sides = [ours, ...(peer ? [peer] : [])]
  const seen = new Map<string, number[]>()
  const note = (name: string, rate: number) => seen.set(name, [...(seen.get(name) ?? []), rate])
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      // New bytes: a registry keeps what it knows only once.
      const bytes = randomBytes(BLOB_BYTES)
      const file = join(folder, 'plain')
      const samples: [string, number][] = [
        ['disk push', await rate(() => writeFile(file, bytes))],
        ['disk pull', await rate(() => readFile(file))],
      ]
      // Neither side is always the first.
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
        samples.push([`${side.name} push`, await rate(() => push(side, bytes, digest))])
        samples.push([`${side.name} pull`, await rate(() => pull(side, digest))])
      }
      // The first round warms up.
      if (round > 0) for (const [name, value] of samples) note(name, value)
    }
  } finally {
    for (const side of sides) await side.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return ['push', 'pull'].flatMap((way) => {
    const mine = seen.get(`madang ${way}`)!
    return ['disk', 'docker-registry'].flatMap((name) => {
      const other = seen.get(`${name} ${way}`)
      return other ? [figureOf(way, mine, name, other)] : []
    })
  })
}

function figureOf(way: string, mine: number[], name: string, other: number[]): Figure {
  return {
    what: `registry ${way} of 64 MB`,
    ours: withUnit(mine, 'MB/s'),
    peer: `${name} ${withUnit(other, 'MB/s')}`,
    ratio: ratioText(ratios(mine, other)),
    bound: '',
    isMet: undefined,
  }
}

/** MB a second. */
async function rate(run: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await run()
  return BLOB_BYTES / 1e6 / ((performance.now() - started) / 1000)
}

async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await file.write(bytes, at, PIECE_BYTES)
  }
  await file.datasync()
  await file.close()
}

async function readFile(path: string): Promise<void> {
  const file = await open(path)
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (let at = 0; at < BLOB_BYTES;) at += (await file.read(piece, 0, piece.length, at)).bytesRead
  await file.close()
}

async function push({ url, headers }: Registry, bytes: Uint8Array, digest: string): Promise<void> {
  const started = await checked(fetch(`${url}/blobs/uploads/`, { method: 'POST', headers }), 202)
  const location = new URL(started.headers.get('location')!, url)
  location.searchParams.set('digest', digest)
  const type = { 'content-type': 'application/octet-stream' }
  const body = new Uint8Array(bytes)
  await checked(fetch(location, { method: 'PUT', headers: { ...headers, ...type }, body }), 201)
}

async function pull({ url, headers }: Registry, digest: string): Promise<void> {
  const answer = await checked(fetch(`${url}/blobs/${digest}`, { headers }), 200)
  let size = 0
  for await (const piece of answer.body!) size += piece.length
  if (size !== BLOB_BYTES) throw new Error(`${url}: ${size} bytes came`)
}

async function checked(asked: Promise<Response>, status: number): Promise<Response> {
  const answer = await asked
  if (answer.status === status) return answer
  throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`)
}

async function startOurs(): Promise<Registry> {
  const { server, script } = await openProject()
  return {
    name: 'madang',
    url: `${server.origin}/v2/${KEY.toLowerCase()}/layers`,
    headers: script.headers,
    stop: () => server.stop(),
  }
}

/** Undefined where Debian's package is not installed. */
async function startDebian(folder: string): Promise<Registry | undefined> {
  if (spawnSync('docker-registry', ['--version'], { stdio: 'ignore' }).error) return undefined
  const port = await freePort()
  const root = join(folder, 'docker-registry')
  mkdirSync(root)
  const settings = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: root } },
    http: { addr: `127.0.0.1:${port}` },
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(settings))
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  const origin = `http://127.0.0.1:${port}`
  await answering(`${origin}/v2/`)
  const url = `${origin}/v2/bench/layers`
  return { name: 'docker-registry', url, headers: {}, stop: () => ended(child) }
}

async function answering(url: string): Promise<void> {
  for (const deadline = Date.now() + START_MS; ;) {
    const isUp = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (isUp) return
    if (Date.now() > deadline) throw new Error(`${url} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
