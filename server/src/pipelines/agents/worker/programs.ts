import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
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
  prepareControl,
  shellCommand,
  signalGroup,
  type Started,
  startDetached,
  untilPid,
} from '../../shell/index.ts'
import { PIECE_BYTES } from '../frames.ts'
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
        if (isDropped) await dropLong(file)
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

  async signal({ program, signal }: Asks['signal']['ask']): Promise<Answer<object>> {
    signalGroup(this.#control(program), signal)
    return { answer: {} }
  }

  async stdout({ program, from }: Asks['stdout']['ask']): Promise<Answer<{ size: number }>> {
    const path = join(this.#control(program), 'stdout')
    const { size } = await stat(path)
    const body = await pieceOf(path, from)
    return { answer: { size }, body }
  }

  async forget({ run }: { run: string }): Promise<Answer<object>> {
    await endLeftovers(run)
    await rm(join(this.#folder, nameOf(run)), { recursive: true, force: true })
    return { answer: {} }
  }
}

const NOTHING = { bytesRead: 0 }

async function startOnce(
  folder: string,
  { script, command, cwd, env, isOutputApart }: Asks['start']['ask'],
): Promise<Started | undefined> {
  const file = prepareControl(folder, script ?? '')
  if (groupIn(folder) !== undefined) return undefined
  await mkdir(cwd, { recursive: true })
  const run = script === undefined ? (command ?? []) : shellCommand(script, file)
  const started = await startDetached({ folder, command: run, cwd, env, isOutputApart })
  await untilPid(folder, started)
  noteStart(folder)
  return started
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
