import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createBell,
  cutApart,
  dropLong,
  endLeftovers,
  exitCodeIn,
  groupIn,
  isAlive,
  LARGEST_STDOUT_BYTES,
  LOST,
  noteStart,
  placed,
  prepareControl,
  shellCommand,
  signalProgram,
  type Started,
  startDetached,
  untilPid,
} from '../../shell/index.ts'
import { PIECE_BYTES } from '../frames.ts'
import { ownUser } from '../machine.ts'
import type { Asks, ProgramPlace } from '../protocol.ts'

/** How long an ask for output is kept when there is none. */
const LONGEST_WAIT_MS = 20_000

interface Answer<T> {
  answer: T
  body?: Buffer
}

/**
 * The programs of this machine: in sessions of their own with their output in files, so that they
 * live on and nothing is lost when this process ends.
 */
export class Programs {
  readonly #folder: string
  readonly #started = new Map<string, Promise<Started | undefined>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async runs(): Promise<string[]> {
    return existsSync(this.#folder) ? readdir(this.#folder) : []
  }

  #control({ run, id }: ProgramPlace): string {
    return join(this.#folder, nameOf(run), nameOf(id))
  }

  async start(ask: Asks['start']['ask']): Promise<Answer<object>> {
    const folder = this.#control(ask.program)
    // The same ask may come by the connection of before and by the new one.
    const starting = this.#started.get(folder) ?? startOnce(folder, ask)
    this.#started.set(folder, starting)
    const started = await starting.catch((error: unknown) => {
      this.#started.delete(folder)
      throw error
    })
    started?.onExit(() => this.#started.delete(folder))
    return { answer: {} }
  }

  async output(
    { program, from, isDropped, isOutputApart }: Asks['output']['ask'],
    signal: AbortSignal,
  ): Promise<Answer<Asks['output']['answer']>> {
    const folder = this.#control(program)
    if (!existsSync(join(folder, 'out'))) return { answer: { exit: LOST } }
    const started = await this.#started.get(folder)
    const file = await open(join(folder, 'out'), 'r+')
    const bell = createBell(folder, { started, signal })
    const untilMs = performance.now() + LONGEST_WAIT_MS
    try {
      for (;;) {
        // The exit first: what was printed before it is then surely in the file.
        const code = exitCodeIn(folder)
        const isGone = code === undefined && !isAlive(folder)
        if (isOutputApart) await cutApart(folder, LARGEST_STDOUT_BYTES)
        if (isDropped) dropLong(file.fd)
        const piece = Buffer.alloc(PIECE_BYTES)
        const { bytesRead } = isDropped ? NOTHING : await file.read(piece, 0, PIECE_BYTES, from)
        if (bytesRead > 0) return { answer: {}, body: piece.subarray(0, bytesRead) }
        if (code !== undefined) return { answer: { exit: code } }
        if (isGone) return { answer: { exit: exitCodeIn(folder) ?? LOST } }
        if (signal.aborted || performance.now() > untilMs) return { answer: {} }
        await bell.wait()
      }
    } finally {
      bell.close()
      await file.close()
    }
  }

  async signal({ program, signal, container }: Asks['signal']['ask']): Promise<Answer<object>> {
    signalProgram({ folder: this.#control(program), container }, signal)
    return { answer: {} }
  }

  async mount({ run }: { run: string }): Promise<Answer<Asks['mount']['answer']>> {
    const folder = join(this.#folder, nameOf(run))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, HAS_CONTAINERS), '')
    return { answer: { folder, user: ownUser() } }
  }

  async stdout({ program, from }: Asks['stdout']['ask']): Promise<Answer<{ size: number }>> {
    const path = join(this.#control(program), 'stdout')
    const { size } = await stat(path)
    const body = await pieceOf(path, from)
    return { answer: { size }, body }
  }

  async forget({ run }: { run: string }): Promise<Answer<object>> {
    const folder = join(this.#folder, nameOf(run))
    await endLeftovers(run)
    if (existsSync(join(folder, HAS_CONTAINERS))) await removeContainers(run)
    await rm(folder, { recursive: true, force: true })
    return { answer: {} }
  }
}

const NOTHING = { bytesRead: 0 }
const HAS_CONTAINERS = 'containers'

async function startOnce(
  folder: string,
  { script, command, cwd, env, isOutputApart, container }: Asks['start']['ask'],
): Promise<Started | undefined> {
  const file = await prepareControl(folder, script ?? '')
  if (groupIn(folder) !== undefined) return undefined
  await mkdir(cwd, { recursive: true })
  const plain = script === undefined ? (command ?? []) : shellCommand(script, file)
  const run = placed({ folder, container, isOutputApart }, plain)
  const started = await startDetached({ folder, command: run, cwd, env, isOutputApart })
  await untilPid(folder, started)
  noteStart(folder)
  return started
}

/** Containers of a run that nobody stopped: it was cut short while this machine was away. */
async function removeContainers(run: string): Promise<void> {
  const filter = ['ps', '--all', '--quiet', '--filter', `label=madang.run=${run}`]
  const ids = (await docker(filter)).split('\n').filter((id) => id !== '')
  if (ids.length > 0) await docker(['rm', '-f', '--volumes', ...ids])
}

/** What it prints; nothing when there is no engine (any more): then there is no container. */
function docker(args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('docker', args, (error, output) => resolve(error ? '' : output))
  })
}

/** Part of a path, from the server: never a way out of the folder. */
function nameOf(text: string): string {
  if (/^[\w-]{1,100}$/.test(text)) return text
  throw new Error(`${text} is no name of a run or a program`)
}

export async function pieceOf(path: string, from: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const piece = Buffer.alloc(PIECE_BYTES)
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, from)
    return piece.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
