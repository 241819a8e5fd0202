import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startOf } from '../../../kernel/index.ts'
import { memoryOf } from './memory.ts'
import { readFrames } from './log-frames.ts'
import { readLines } from './lines.ts'
import { startSentinel } from './sentinel.ts'
import type { Exit, Processes, ProcessSpec, RunningProcess } from './port.ts'

const DRAIN_LIMIT_MS = 250

/** Plain processes of this machine, each leading a process group of its own. */
export function createHostProcesses(folder: string): Processes {
  mkdirSync(folder, { recursive: true })
  const running = new Set<RunningProcess>()
  let sentinel: ReturnType<typeof startSentinel> | undefined
  return {
    start(spec) {
      sentinel ??= startSentinel(folder)
      const started = start(spec, folder)
      running.add(started)
      void started.exited.then(() => running.delete(started))
      return started
    },
    reap: async () => reapLeftovers(folder),
    async stopAll() {
      await Promise.all([...running].map((entry) => entry.kill()))
      sentinel?.stop()
      sentinel = undefined
    },
  }
}

function start(spec: ProcessSpec, folder: string): RunningProcess {
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    // Descriptor 3 carries framed log entries, so that one entry may hold line breaks.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const mark = child.pid === undefined ? undefined : markDown(folder, child.pid)
  const reading = observe(child, spec)
  const exited = exitOf(child).then((exit) => {
    signal(child.pid, 'SIGKILL') // descendants that outlived the leader
    if (mark) rmSync(mark, { force: true })
    return exit
  })
  return {
    pid: child.pid,
    exited,
    kill() {
      signal(child.pid, 'SIGKILL')
      return exited
    },
    freeze: () => signal(child.pid, 'SIGSTOP'),
    thaw: () => signal(child.pid, 'SIGCONT'),
    drained: () => drained(reading),
    memory: () => (child.pid === undefined ? undefined : memoryOf(child.pid)),
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
    child.once('close', (code, signal) => resolve({ code, signal }))
    // A descendant may hold the pipes open; the leader's end is the end.
    child.once('exit', () => signal(child.pid, 'SIGKILL'))
  })
}

/** Counts reads, so that `drained` can tell when nothing more comes. */
function observe(child: ChildProcess, spec: ProcessSpec): { reads: number } {
  const reading = { reads: 0 }
  const count = () => {
    reading.reads++
  }
  const frames = child.stdio[3] as NodeJS.ReadableStream
  for (const stream of [child.stdout!, child.stderr!, frames]) {
    stream.on('data', count)
    stream.on('error', () => undefined) // a broken pipe is told by the exit
  }
  readLines(child.stdout!, spec.output)
  readLines(child.stderr!, spec.output)
  readFrames(frames, spec.output)
  return reading
}

// What a process wrote to a pipe is readable at the next turn of the event loop. Two turns without a
// read mean the pipes are empty. A process that never stops writing is not waited for.
async function drained(reading: { reads: number }): Promise<void> {
  const untilMs = performance.now() + DRAIN_LIMIT_MS
  for (let quiet = 0, before = reading.reads; quiet < 2 && performance.now() < untilMs;) {
    await new Promise((resolve) => setImmediate(resolve))
    quiet = reading.reads === before ? quiet + 1 : 0
    before = reading.reads
  }
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    // ESRCH: the group is gone, which is what a kill wants. macOS says EPERM of a zombie's group.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** A file per group: its id and when its leader started, so a reused id is never hit. */
function markDown(folder: string, pid: number): string {
  const file = join(folder, String(pid))
  writeFileSync(file, startOf(pid) ?? '')
  return file
}

function reapLeftovers(folder: string): number {
  let reaped = 0
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const pid = Number(name)
    const start = readFileSync(file, 'utf8')
    if (start !== '' && startOf(pid) === start) {
      signal(pid, 'SIGKILL')
      reaped++
    }
    rmSync(file, { force: true })
  }
  return reaped
}
