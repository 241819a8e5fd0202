// Prepared requests sent by wrk, where the machine has it: a client that costs the server's machine a tenth of
// what one in Node does, so that on two cores it is the server that is measured.
import { execFile, spawn, spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cpuSeconds } from './proc.ts'
import type { Outcome, ReplayPlan } from './replay.ts'

const exec = promisify(execFile)
const script = join(import.meta.dirname, 'wrk.lua')

export const hasWrk = spawnSync('wrk', ['--version']).error === undefined

export interface WrkPlan extends ReplayPlan {
  seconds: number
}

interface Said {
  requests: number
  us: number
  p50Us: number
  p99Us: number
  refused: number
  broken: number
}

/** Sends the requests in turn for some seconds. Throws when connections break. */
export async function replayByWrk(plan: WrkPlan, requests: Buffer[]): Promise<Outcome> {
  return withFile(requests, async (file) => {
    const before = plan.pid === undefined ? undefined : cpuSeconds(plan.pid)
    const { stdout } = await exec('wrk', argumentsOf(plan, file))
    const after = plan.pid === undefined ? undefined : cpuSeconds(plan.pid)
    const said = JSON.parse(/^\{"requests.*$/m.exec(stdout)![0]) as Said
    if (said.broken > 0) throw new Error(`${said.broken} connections broke`)
    const us = (name: 'all' | 'main') =>
      before && after ? ((after[name] - before[name]) / said.requests) * 1e6 : Number.NaN
    return {
      perSecond: (said.requests / said.us) * 1e6,
      p50Ms: said.p50Us / 1000,
      p99Ms: said.p99Us / 1000,
      refused: said.refused,
      mainUs: us('main'),
      allUs: us('all'),
    }
  })
}

/** Sends them until this process is ended; calls `begun` when wrk runs. */
export async function endlessByWrk(
  plan: WrkPlan,
  requests: Buffer[],
  begun: () => void,
): Promise<void> {
  await withFile(requests, async (file) => {
    const child = spawn('wrk', argumentsOf(plan, file), { stdio: 'ignore' })
    process.once('SIGTERM', () => child.kill('SIGKILL'))
    child.once('spawn', begun)
    await new Promise((resolve) => child.once('exit', resolve))
  })
}

function argumentsOf({ connections, seconds, port }: WrkPlan, file: string): string[] {
  const size = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '60s']
  return [...size, '-s', script, `http://127.0.0.1:${port}`, '--', file]
}

async function withFile<T>(requests: Buffer[], run: (file: string) => Promise<T>): Promise<T> {
  const file = join(tmpdir(), `madang-bench-${process.pid}`)
  const pieces = requests.flatMap((request) => [Buffer.from(`${request.length}\n`), request])
  writeFileSync(file, Buffer.concat([Buffer.from(`${requests.length}\n`), ...pieces]))
  try {
    return await run(file)
  } finally {
    rmSync(file, { force: true })
  }
}
