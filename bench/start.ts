import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, ratios, ratioText, spreadOf, withUnit } from './figure.ts'
import { memoryMb } from './proc.ts'
import { ended, freePort, spawnNode } from './server.ts'

const ROUNDS = 11
const IDLE_MS = 1500
const START_BOUND_MS = 400
const MEMORY_BOUND_MB = 120
const built = join(import.meta.dirname, '../server/dist/main.js')
const bare = join(import.meta.dirname, 'bare-http.mjs')

/** Spawn to first answered request, and memory at rest, beside a bare node:http server. */
export async function start(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const ours: Sample[] = []
  const peers: Sample[] = []
  // The first start makes the data folder's tables; what is measured is every one after it.
  await sample((port) => madang(home, port), '/api/setup')
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await sample((port) => madang(home, port), '/api/setup'))
    peers.push(await sample((port) => spawnNode([bare, String(port)]), '/'))
  }
  rmSync(home, { recursive: true, force: true })
  return [
    figureOf('start to first answer', 'ms', START_BOUND_MS, ours, peers, (it) => it.ms),
    figureOf('idle memory', 'MB', MEMORY_BOUND_MB, ours, peers, (it) => it.memoryMb),
  ]
}

interface Sample {
  ms: number
  memoryMb: number
}

async function sample(spawnOn: (port: number) => ChildProcess, path: string): Promise<Sample> {
  const port = await freePort()
  const started = performance.now()
  const child = spawnOn(port)
  while (!(await answers(port, path))) await pause(2)
  const ms = performance.now() - started
  await pause(IDLE_MS)
  const memory = memoryMb(child.pid!) ?? Number.NaN
  await ended(child)
  return { ms, memoryMb: memory }
}

function madang(home: string, port: number): ChildProcess {
  const flags = ['--home', home, '--port', String(port), '--cloud-port', '0', '--no-sample']
  return spawnNode([built, ...flags])
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      response.resume()
      response.once('end', () => resolve(true))
    }).once('error', () => resolve(false))
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function figureOf(
  what: string,
  unit: string,
  bound: number,
  ours: Sample[],
  peers: Sample[],
  read: (sample: Sample) => number,
): Figure {
  const mine = ours.map(read)
  const theirs = peers.map(read)
  return {
    what,
    ours: withUnit(mine, unit),
    peer: `bare node:http ${withUnit(theirs, unit)}`,
    ratio: ratioText(ratios(mine, theirs)),
    bound: `≤ ${bound} ${unit}`,
    isMet: spreadOf(mine).median <= bound,
  }
}
