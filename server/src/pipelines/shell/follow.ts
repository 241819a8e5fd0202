import {
  closeSync,
  type FSWatcher,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  watch,
} from 'node:fs'
import { stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodeIn, isAlive, type Started } from './detached.ts'

/** Of each program before others have their turn. */
const PIECE_BYTES = 128 * 1024
/** Output that nobody keeps is cut off the file beyond this, so that a chatty program fills no disk. */
const DROP_BEYOND_BYTES = 1024 * 1024
/** The watcher tells at once; this is for file systems where it doesn't, and for lost processes. */
const LOOK_AGAIN_MS = 500

export interface Following {
  folder: string
  /** Bytes of `out` that have been handed on before. */
  taken: number
  started: Started | undefined
  /** Output kept apart that is longer than this is of no use to anybody, and is cut. */
  largest?: number | undefined
  signal: AbortSignal
  /** The bytes are overwritten by what comes next. */
  push(bytes: Buffer): void
  /** Whether output is still wanted. */
  isWanted(): boolean
}

/**
 * Hands on the output as it appears and resolves with the exit code when the program has ended;
 * `undefined` when the wrapper vanished without leaving one (killed, or the machine was restarted).
 */
export async function followProgram(following: Following): Promise<number | undefined> {
  const { folder, started, signal } = following
  const reader = openOutput(following)
  const bell = createBell(folder, following)
  // One that was started a moment ago lives.
  let lookedAtMs = started ? performance.now() : -Infinity
  try {
    for (;;) {
      // Look at the exit first: what is printed before it is then surely in the file.
      const code = exitCodeIn(folder)
      const isToLook = started?.isOver() || performance.now() > lookedAtMs + LOOK_AGAIN_MS / 2
      if (isToLook) lookedAtMs = performance.now()
      const isGone = isToLook && code === undefined && !isAlive(folder)
      await reader.drain()
      if (following.largest !== undefined) await cutApart(folder, following.largest)
      if (code !== undefined) return code
      if (isGone) return exitCodeIn(folder)
      signal.throwIfAborted()
      await bell.wait()
    }
  } finally {
    bell.close()
    reader.close()
  }
}

/** Leaves one byte more than is allowed, which tells that there was more. */
export async function cutApart(folder: string, largest: number): Promise<void> {
  const path = join(folder, 'stdout')
  const { size } = await stat(path)
  if (size > largest + DROP_BEYOND_BYTES) await truncate(path, largest + 1)
}

/** All programs' pieces come by here: each is handed on before the next is read. */
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)

// Read at once: it was written a moment ago and is in memory, where a thread is asked in more time than it reads.
function openOutput({ folder, taken, push, isWanted }: Following) {
  const file = openSync(join(folder, 'out'), 'r+')
  let position = taken
  return {
    async drain() {
      for (;;) {
        if (!isWanted()) return dropLong(file)
        const bytesRead = readSync(file, piece, 0, PIECE_BYTES, position)
        position += bytesRead
        if (bytesRead > 0) push(piece.subarray(0, bytesRead))
        if (bytesRead < PIECE_BYTES) return
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    close: () => closeSync(file),
  }
}

/** Empties the output that nobody wants once it is long. */
export function dropLong(file: number): void {
  // The program appends, so it goes on at the new end.
  if (fstatSync(file).size > DROP_BEYOND_BYTES) ftruncateSync(file, 0)
}

/** Rings when something changes in a control folder, when the program ends, or on the signal. */
export function createBell(
  folder: string,
  { started, signal }: Pick<Following, 'started' | 'signal'>,
) {
  let hasRung = false
  let wake: (() => void) | undefined
  const ring = () => {
    hasRung = true
    wake?.()
  }
  const watcher: FSWatcher = watch(folder, ring)
  watcher.on('error', ring)
  started?.onExit(ring)
  signal.addEventListener('abort', ring)
  return {
    async wait(): Promise<void> {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_AGAIN_MS)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      hasRung = false
    },
    close() {
      watcher.close()
      signal.removeEventListener('abort', ring)
    },
  }
}
