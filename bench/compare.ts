import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Figure, ratios, ratioText, short, spreadOf } from './figure.ts'
import type { LoadKind, Outcomes, Plan } from './load.ts'
import type { Target } from './peers.ts'
import type { Outcome } from './replay.ts'
import { hasWrk } from './wrk.ts'
import { ended, firstMatch, spawnNode } from './server.ts'

const exec = promisify(execFile)

/** MADANG_BENCH_ROUNDS and MADANG_BENCH_COUNT make a short trial of it. */
export const ROUNDS = Number(process.env['MADANG_BENCH_ROUNDS'] ?? 7)
/** How long wrk sends in a round; without one COUNT requests are sent by a client in Node. */
const SECONDS = Number(process.env['MADANG_BENCH_SECONDS'] ?? 2)
const COUNT = Number(process.env['MADANG_BENCH_COUNT'] ?? 6000)
const CONNECTIONS = 32
const SLOW_SECONDS = 2.5 * SECONDS
/** What wrk sends in turn lies in its memory. */
const PREPARED_BYTES = 32 * 1024 * 1024
/** The longest one run may take: moto takes a minute for the slowest. */
const LOAD_MS = 300_000
const KEYS = 1000

export interface Contest {
  kind: LoadKind
  /** What each outcome of the load is: one, or SQS's three. */
  what: string[]
  /** Of the bucket, the table, the stream or the queue. */
  name: string
  sizeBytes: number
  connections?: number
  keys?: number
  firstKey?: number
  count?: number
  /** At most so many, where a peer needs long for each. */
  rounds?: number
  /** What has to be there before this can be asked for. */
  first?: LoadKind
  /** By a target's name, where it is slower at this than its share says. */
  shares?: Record<string, number>
}

/** A peer and what we are bound to reach beside it; undefined where the machine has none. */
export interface Rival {
  name: string
  target: Target | undefined
  /** Least ratio, for each of the contest's outcomes. */
  bounds: (number | undefined)[]
  /** Why it is not there. */
  lack: string
}

/** Ours and each rival in turn, round by round; a line for each outcome beside each rival. */
export async function contest(given: Contest, ours: Target, rivals: Rival[]): Promise<Figure[]> {
  const targets = [ours, ...rivals.flatMap(({ target }) => target ?? [])]
  const runs = new Map<Target, Outcomes[]>(targets.map((target) => [target, []]))
  for (const target of targets) {
    // Each once unmeasured: code is compiled, and whatever is asked for exists.
    if (given.first) await fill(target, given, given.first)
    await load(target, given, 0)
  }
  const startedAt = performance.now()
  for (let round = 1; round <= Math.min(ROUNDS, given.rounds ?? ROUNDS); round++) {
    for (const target of targets) runs.get(target)!.push(await measured(target, given, round))
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.error(`  ${given.what.join(', ')}: ${short(seconds)} s`)
  return given.what.flatMap((what, at) => {
    const of = (target: Target) => runs.get(target)!.map((outcomes) => outcomes[at] ?? outcomes[0]!)
    return rivals.map((rival) =>
      lineOf(what, of(ours), rival, at, rival.target && of(rival.target)),
    )
  })
}

/** Each key once. */
function fill(target: Target, given: Contest, kind: LoadKind): Promise<Outcomes> {
  const { shares: _shares, keys = KEYS, ...rest } = given
  return load(target, { ...rest, kind, keys, count: keys / target.share }, 0)
}

/** Of a number that isn't COUNT, as much as a short trial is shorter. */
export const scaled = (count: number): number => Math.ceil((count * Math.min(COUNT, 6000)) / 6000)

function lineOf(
  what: string,
  mine: Outcome[],
  { name, bounds, lack }: Rival,
  at: number,
  theirs: Outcome[] | undefined,
): Figure {
  const least = bounds[at]
  const bound = least === undefined ? '' : `≥ ${least} ×`
  const figure = { what, ours: described(mine), bound }
  if (!theirs) return { ...figure, peer: `skipped: ${lack}`, ratio: '–', isMet: undefined }
  const per = (runs: Outcome[]) => runs.map(({ perSecond }) => perSecond)
  const each = ratios(per(mine), per(theirs))
  const isMet = least === undefined ? undefined : spreadOf(each).median >= least
  return { ...figure, peer: `${name} ${described(theirs)}`, ratio: ratioText(each), isMet }
}

export function described(runs: Outcome[]): string {
  const of = (name: 'perSecond' | 'mainUs' | 'allUs' | 'p99Ms') =>
    spreadOf(runs.map((run) => run[name]))
  const { min, median, max } = of('perSecond')
  const cpu = `CPU ${short(of('mainUs').median)} µs main ${short(of('allUs').median)} µs all`
  const rate = `${short(median)}/s (${short(min)}–${short(max)})`
  return `${rate}, p99 ${short(of('p99Ms').median)} ms, ${cpu}`
}

const script = join(import.meta.dirname, 'load.ts')

function planOf(target: Target, given: Contest, seed: number): Plan {
  const { kind, name, sizeBytes, connections = CONNECTIONS, keys = KEYS } = given
  const share = given.shares?.[target.name] ?? target.share
  return {
    kind: target.name.startsWith('bare') && kind === 'sqs' ? 'dynamoPut' : kind,
    name,
    sizeBytes,
    keys,
    firstKey: given.firstKey ?? 0,
    seed,
    port: target.port,
    pid: target.pid,
    connections,
    count: Math.max(connections, Math.round((given.count ?? COUNT) * share)),
    signer: target.signer,
  }
}

/** One run that counts, by wrk where the machine has it. */
export function measured(target: Target, given: Contest, seed: number): Promise<Outcomes> {
  const share = given.shares?.[target.name] ?? target.share
  // Of the slowest, one answer may take longer than a round of the others.
  return run(target, lasting(planOf(target, given, seed), share < 1 / 50 ? SLOW_SECONDS : SECONDS))
}

/** One run that sends each request once. */
export function load(target: Target, given: Contest, seed: number): Promise<Outcomes> {
  return run(target, planOf(target, given, seed))
}

function lasting(plan: Plan, seconds: number): Plan {
  const most = Math.max(plan.connections, Math.ceil(PREPARED_BYTES / (plan.sizeBytes + 1000)))
  return hasWrk ? { ...plan, seconds, count: Math.min(plan.count, most) } : plan
}

/** In the load's own process. Throws when anything was refused. */
async function run(target: Target, plan: Plan): Promise<Outcomes> {
  const { kind } = plan
  const { stdout } = await exec(process.execPath, [script, JSON.stringify(plan)], {
    timeout: LOAD_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  })
  const outcomes = JSON.parse(stdout) as Outcomes
  const refused = outcomes.reduce((sum, outcome) => sum + outcome.refused, 0)
  if (refused > 0) throw new Error(`${target.name} refused ${refused} requests of ${kind}`)
  return outcomes
}

/** Runs while another load, without end, keeps the server busy. */
export async function withLoad<T>(
  target: Target,
  given: Contest,
  run: () => Promise<T>,
): Promise<T> {
  const plan = { ...lasting(planOf(target, given, 0), LOAD_MS / 1000), endless: true }
  const child = spawnNode([script, JSON.stringify(plan)])
  try {
    await firstMatch(child, /begun/)
    return await run()
  } finally {
    await ended(child)
  }
}

/** Starts what a bench needs, runs it, and stops it in any case. */
export async function withTargets<T>(
  starts: (() => Promise<Target | undefined>)[],
  run: (targets: (Target | undefined)[]) => Promise<T>,
): Promise<T> {
  const targets: (Target | undefined)[] = []
  try {
    for (const start of starts) targets.push(await start())
    return await run(targets)
  } finally {
    for (const target of targets) await target?.stop()
  }
}
