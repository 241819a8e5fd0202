import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../server/src/testing/free-port.ts'
import { until } from './until.ts'

const sources = join(import.meta.dirname, '../../server/src/main.ts')
const START_MS = 120_000

/** The program itself, as `npm start` runs it, on a data folder and ports of its own. */
export interface ServerProcess {
  readonly home: string
  readonly origin: string
  readonly cloudUrl: string
  /** What it has printed, both streams in the order they came. */
  output(): string
  /** The one-time link it printed; undefined once somebody has signed up. */
  link(): string | undefined
  /** `kill -9`, without a word to it; resolves when the process is gone. */
  kill(): Promise<void>
  /** As Ctrl-C does. */
  stop(): Promise<void>
  /** Starts it again on the same folder and ports. */
  again(): Promise<ServerProcess>
  removeHome(): void
}

interface Given {
  /** Makes the sample project. */
  sample?: boolean
  home?: string
  args?: string[]
  ports?: { pages: number; cloud: number; ssh: number }
  /** What Node is to run; the sources unless told. */
  program?: string
}

export async function startServer(given: Given = {}): Promise<ServerProcess> {
  const home = given.home ?? mkdtempSync(join(tmpdir(), 'madang-e2e-'))
  // A server that is killed has to come back at the same address.
  const ports = given.ports ?? {
    pages: await freePort(),
    cloud: await freePort(),
    ssh: await freePort(),
  }
  const flags = { port: ports.pages, 'cloud-port': ports.cloud, 'ssh-port': ports.ssh }
  const where = Object.entries(flags).map(([name, port]) => `--${name}=${port}`)
  const sample = given.sample ? '--sample' : '--no-sample'
  const args = ['--home', home, ...where, sample, ...(given.args ?? [])]
  const run = runProgram(args, given.program)
  const came = await until('the server runs', START_MS, async () => {
    if (run.hasEnded()) return 'its end'
    return run.output().includes('is running at') && 'its start'
  }).catch(String)
  if (came !== 'its start') {
    await run.end('SIGKILL')
    const isTaken = /Port \d+ is taken/.test(run.output())
    // By another program, after the look.
    if (isTaken && !given.ports) return startServer({ ...given, home })
    throw new Error(`instead of the server's start came ${came}: ${run.output()}`)
  }
  return {
    home,
    origin: `http://127.0.0.1:${ports.pages}`,
    cloudUrl: `http://127.0.0.1:${ports.cloud}`,
    output: run.output,
    link: () => /https?:\S+\/welcome\S+/.exec(run.output())?.[0],
    kill: () => run.end('SIGKILL'),
    stop: () => run.end('SIGTERM'),
    again: () => startServer({ ...given, home, ports }),
    removeHome: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** The program with its arguments, whatever becomes of it. */
export function runProgram(args: string[], program = sources) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, ...args],
    {
      env: { ...process.env, LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const pieces: string[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece.toString('utf8')))
  child.stderr.on('data', (piece: Buffer) => pieces.push(piece.toString('utf8')))
  let hasEnded = false
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  void ended.then(() => (hasEnded = true))
  return {
    child: child as ChildProcess,
    output: () => pieces.join(''),
    hasEnded: () => hasEnded,
    /** Its exit code, when it ends by itself. */
    ended,
    async end(signal: 'SIGKILL' | 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
    },
  }
}
