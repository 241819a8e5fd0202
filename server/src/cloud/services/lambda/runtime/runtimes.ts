import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidValue } from '../model.ts'

/** How a runtime of AWS is run on this machine. */
export interface Launch {
  command: string
  args: string[]
  /** For the INIT_START line: `nodejs:24.2.0`. */
  version: string
  /** In a sandbox: what belongs to the runtime, and where the function sees it. */
  mounts: { from: string; at: string }[]
  /** The file behind `command` on this machine. */
  program: string
}

/** Where the runtime is, as the function sees it; the names inside a sandbox are AWS's. */
export const inside = { node: '/var/lang/bin/node', runtime: '/var/runtime' } as const

const client = (name: string) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url))

const nodeRuntimes = ['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x']
const pythonRuntimes = ['9', '10', '11', '12', '13', '14'].map((minor) => `python3.${minor}`)
const osRuntimes = ['provided.al2', 'provided.al2023']
export const runnable = [...nodeRuntimes, ...pythonRuntimes, ...osRuntimes]

/** In the order in which the real service tells them. */
export const knownRuntimes = [
  'nodejs20.x',
  'python3.14',
  'provided.al2023',
  'python3.12',
  'python3.13',
  'nodejs24.x',
  'nodejs22.x',
  'java17',
  'nodejs16.x',
  'java25',
  'dotnet8',
  'python3.10',
  'java11',
  'python3.11',
  'dotnet6',
  'java21',
  'nodejs18.x',
  'provided.al2',
  'ruby3.3',
  'ruby3.4',
  'java8.al2',
  'ruby3.2',
  'python3.8',
  'python3.9',
  'dotnet10',
]

/** What layers may still be looked for by. */
export const retiredRuntimes = [
  'nodejs4.3',
  'nodejs4.3-edge',
  'nodejs6.10',
  'nodejs8.10',
  'nodejs10.x',
  'nodejs12.x',
  'nodejs14.x',
  'python2.7',
  'python3.6',
  'python3.7',
  'ruby2.5',
  'ruby2.7',
  'java8',
  'go1.x',
  'dotnetcore1.0',
  'dotnetcore2.0',
  'dotnetcore2.1',
  'dotnetcore3.1',
  'provided',
]

/** Refuses what AWS doesn't have, and what this machine can't run, saying what is missing. */
export function checkRuntime(runtime: string): void {
  if (!knownRuntimes.includes(runtime)) {
    throw invalidValue(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${knownRuntimes.join(', ')}] or be a valid ARN`,
    )
  }
  if (!runnable.includes(runtime)) {
    throw invalidValue(
      `Madang does not run ${runtime} functions yet. It runs ${runnable.join(', ')}; a ${runtime} program can be packaged for provided.al2023 with a bootstrap of its own.`,
    )
  }
  if (runtime.startsWith('python') && !findPython(runtime)) {
    throw invalidValue(
      `This machine has no python3, which ${runtime} needs. Install Python 3 so that "python3" is on the server's PATH.`,
    )
  }
}

export interface LaunchPlace {
  memoryMb: number
  isConfined: boolean
  /** Where the `bootstrap` of an OS-only runtime is: on this machine, and as the function sees it. */
  bootstrap: { program: string; command: string }
}

export function launchOf(runtime: string, place: LaunchPlace): Launch {
  if (runtime.startsWith('nodejs')) return nodeLaunch(place)
  if (runtime.startsWith('python')) return pythonLaunch(runtime, place)
  return { ...place.bootstrap, args: [], version: runtime, mounts: [] }
}

export function nodeLaunch({ memoryMb, isConfined }: Omit<LaunchPlace, 'bootstrap'>): Launch {
  // As AWS does: the heap leaves room for the rest of the process.
  const heapMb = Math.max(64, Math.floor(memoryMb * 0.9))
  const flags = ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMb}`]
  const own = client('nodejs.mjs')
  const program = process.execPath
  const version = `nodejs:${process.versions.node}`
  if (!isConfined) return { program, command: program, args: [...flags, own], version, mounts: [] }
  const at = `${inside.runtime}/index.mjs`
  const mounts = [
    { from: program, at: inside.node },
    { from: own, at },
  ]
  return { program, command: inside.node, args: [...flags, at], version, mounts }
}

function pythonLaunch(runtime: string, { isConfined }: LaunchPlace): Launch {
  const python = findPython(runtime)
  if (!python) throw invalidValue(`This machine has no python3, which ${runtime} needs.`)
  const own = client('python.py')
  const program = python.path
  const version = `python:${python.version}`
  if (!isConfined) return { program, command: program, args: ['-u', own], version, mounts: [] }
  const at = `${inside.runtime}/bootstrap.py`
  // An interpreter finds its library by its own place, so that it keeps its names.
  const prefixes = python.prefixes.filter((prefix) => prefix !== '/usr')
  const mounts = [...prefixes.map((prefix) => ({ from: prefix, at: prefix })), { from: own, at }]
  return { program, command: program, args: ['-u', at], version, mounts }
}

interface Python {
  path: string
  version: string
  /** Folders with its library. */
  prefixes: string[]
}

const pythons = new Map<string, Python | undefined>()

/** The version asked for where the machine has it, else its python3. */
function findPython(runtime: string): Python | undefined {
  if (!pythons.has(runtime)) {
    const found = probe(runtime) ?? probe('python3')
    if (!found) return undefined // not remembered: it may be installed while the server runs
    pythons.set(runtime, found)
  }
  return pythons.get(runtime)
}

const asks =
  'import sys; print(sys.executable, sys.version.split()[0], sys.prefix, sys.base_prefix, sep=chr(10))'

function probe(name: string): Python | undefined {
  const folders = ['/usr/bin', '/usr/local/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const folder of folders) {
    const file = join(folder, name)
    if (!folder || !existsSync(file)) continue
    // Asked for its real path: a version manager's shim costs a shell at every start.
    const { status, stdout } = spawnSync(file, ['-c', asks], { encoding: 'utf8' })
    const [path, version, ...prefixes] = stdout?.trim().split('\n') ?? []
    if (status === 0 && path && version) return { path, version, prefixes: [...new Set(prefixes)] }
  }
  return undefined
}
