import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { constants as system } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { bubblewrapArguments, type Given, systemArguments } from './bubblewrap-arguments.ts'
import { type Cgroup, type CgroupPlace, findCgroups, makeCgroup, reapCgroups } from './cgroups.ts'
import type { Confinement, Exit, Processes, ProcessSpec, RunningProcess } from './port.ts'

/** Bubblewrap on this machine, tried once with everything a process gets. */
export interface Bubblewrap extends Given {
  program: string
  /** `bubblewrap 0.8.0` */
  version: string
  /** Absent: memory is limited by nobody but the starter's own watch. */
  cgroups?: CgroupPlace
}

const PROBE_LIMIT_MS = 10_000
const run = promisify(execFile)

/** Where `bwrap` is, by the server's PATH alone: whether it works, only `probeBubblewrap` knows. */
export function findBubblewrap(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, 'bwrap')).find(existsSync)
}

/** Runs a program in it. What stands in the way is told in words for the person who runs the server. */
export async function probeBubblewrap(
  folder: string,
  trial: { confined: Confinement; command: string; args: string[] },
): Promise<Bubblewrap | { missing: string }> {
  const program = findBubblewrap()
  if (!program) return { missing: 'bubblewrap is not installed (no bwrap on the PATH)' }
  const given = { system: systemArguments(), names: nameFiles(folder, trial.confined.user) }
  const attempt = async (limitsTmp: boolean) => {
    const found = { ...given, limitsTmp }
    const args = bubblewrapArguments(found, trial.confined, '/')
    await run(program, [...args, '--', trial.command, ...trial.args], { timeout: PROBE_LIMIT_MS })
    return found
  }
  try {
    const found = await attempt(true).catch(() => attempt(false))
    const { stdout } = await run(program, ['--version'])
    const cgroups = findCgroups()
    return { ...found, program, version: stdout.trim(), ...(cgroups && { cgroups }) }
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    const reason = (stderr?.trim() || message).split('\n')[0]
    return { missing: `bubblewrap does not work on this machine: ${reason}` }
  }
}

/** Processes that `host` starts, each in a sandbox of its own if its spec says what it may see. */
export function createBubblewrapProcesses(host: Processes, bubblewrap: Bubblewrap): Processes {
  return {
    start: (spec) =>
      spec.confined ? startConfined(host, bubblewrap, spec, spec.confined) : host.start(spec),
    async reap() {
      const reaped = await host.reap()
      if (bubblewrap.cgroups) reapCgroups(bubblewrap.cgroups)
      return reaped
    },
    stopAll: () => host.stopAll(),
  }
}

function startConfined(
  host: Processes,
  bubblewrap: Bubblewrap,
  spec: ProcessSpec,
  confined: Confinement,
): RunningProcess {
  // Bubblewrap would tell a missing program in the process's own output.
  if (!isProgram(confined.program))
    return host.start({ ...spec, command: confined.program, cwd: '/' })
  const group =
    bubblewrap.cgroups && makeCgroup(bubblewrap.cgroups, groupBytes(bubblewrap, confined))
  const started = host.start(wrapped(bubblewrap, spec, confined, group))
  const exited = started.exited.then((exit) => {
    void group?.remove()
    return told(exit)
  })
  return { ...started, exited, kill: () => started.kill().then(told) }
}

/** Memory and a full `/tmp`, which is memory, too. */
const groupBytes = ({ limitsTmp }: Bubblewrap, { memoryBytes, temporaryBytes }: Confinement) =>
  memoryBytes + (limitsTmp ? temporaryBytes : 0)

// The shell enters the group before anything is started, so that nothing is left outside.
const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"'

function wrapped(
  bubblewrap: Bubblewrap,
  spec: ProcessSpec,
  confined: Confinement,
  group: Cgroup | undefined,
): ProcessSpec {
  const { env, linker } = splitEnvironment(spec.env)
  const inside = [...bubblewrapArguments(bubblewrap, confined, spec.cwd), ...linker]
  const args = [...inside, '--', spec.command, ...spec.args]
  const outside = { ...spec, env, cwd: '/' }
  if (!group) return { ...outside, command: bubblewrap.program, args }
  const shell = ['-c', enter, group.folder, bubblewrap.program, ...args]
  return { ...outside, command: '/bin/sh', args: shell }
}

/** What steers the dynamic linker names paths inside, and must not reach bubblewrap itself. */
function splitEnvironment(given: Record<string, string>) {
  const isLinker = ([name]: [string, string]) => name.startsWith('LD_')
  const entries = Object.entries(given)
  const linker = entries.filter(isLinker).flatMap(([name, value]) => ['--setenv', name, value])
  return { env: Object.fromEntries(entries.filter((entry) => !isLinker(entry))), linker }
}

// Reversed, for SIGABRT and not SIGIOT: of names for one number the first is the usual one.
const byName = Object.entries(system.signals).toReversed()
const signals = new Map(byName.map(([name, number]) => [number, name]))

/** Bubblewrap ends with 128 and the signal's number when a signal has ended the program. */
function told(exit: Exit): Exit {
  const signal = exit.code !== null && exit.code > 128 ? signals.get(exit.code - 128) : undefined
  return signal ? { ...exit, code: null, signal } : exit
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function nameFiles(folder: string, { name, uid, gid }: Confinement['user']) {
  mkdirSync(folder, { recursive: true })
  const names = { passwd: join(folder, 'passwd'), group: join(folder, 'group') }
  const users = `root:x:0:0:root:/root:/sbin/nologin\n${name}:x:${uid}:${gid}::/home/${name}:/sbin/nologin\n`
  writeFileSync(names.passwd, users)
  writeFileSync(names.group, `root:x:0:\n${name}:x:${gid}:\n`)
  return names
}
