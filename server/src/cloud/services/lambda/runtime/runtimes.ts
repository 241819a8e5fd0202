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
}

const client = (name: string) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url))

const nodeRuntimes = ['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x']
const pythonRuntimes = ['9', '10', '11', '12', '13', '14'].map((minor) => `python3.${minor}`)
const osRuntimes = ['provided.al2', 'provided.al2023']
export const runnable = [...nodeRuntimes, ...pythonRuntimes, ...osRuntimes]

/** In the order in which the real service tells them. */
const known = [
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

/** Refuses what AWS doesn't have, and what this machine can't run, saying what is missing. */
export function checkRuntime(runtime: string): void {
  if (!known.includes(runtime)) {
    throw invalidValue(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known.join(', ')}] or be a valid ARN`,
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

/** `folder` is the one that holds the `bootstrap` of an OS-only runtime. */
export function launchOf(runtime: string, folder: string, memoryMb: number): Launch {
  if (runtime.startsWith('nodejs')) {
    // As AWS does: the heap leaves room for the rest of the process.
    const heapMb = Math.max(64, Math.floor(memoryMb * 0.9))
    const flags = ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMb}`]
    return {
      command: process.execPath,
      args: [...flags, client('nodejs.mjs')],
      version: `nodejs:${process.versions.node}`,
    }
  }
  if (runtime.startsWith('python')) {
    const python = findPython(runtime)
    if (!python) throw invalidValue(`This machine has no python3, which ${runtime} needs.`)
    return {
      command: python.path,
      args: ['-u', client('python.py')],
      version: `python:${python.version}`,
    }
  }
  return { command: join(folder, 'bootstrap'), args: [], version: runtime }
}

interface Python {
  path: string
  version: string
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

function probe(name: string): Python | undefined {
  const folders = ['/usr/bin', '/usr/local/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const folder of folders) {
    const file = join(folder, name)
    if (!folder || !existsSync(file)) continue
    // Asked for its real path: a version manager's shim costs a shell at every start.
    const script = 'import sys; print(sys.executable); print(sys.version.split()[0])'
    const { status, stdout } = spawnSync(file, ['-c', script], { encoding: 'utf8' })
    const [path, version] = stdout?.split('\n') ?? []
    if (status === 0 && path && version) return { path, version }
  }
  return undefined
}
