import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { localFiles } from '../files.ts'
import { PIECE_BYTES } from '../frames.ts'
import type { AskName, Asks } from '../protocol.ts'
import { pieceOf, type Programs } from './programs.ts'

export interface Answered {
  answer: object
  body?: Buffer
}

type Answers = {
  [N in AskName]: (ask: Asks[N]['ask'], body: Buffer, signal: AbortSignal) => Promise<Answered>
}

/** What this machine does for the server, by the name of the ask. */
export function answersOf(programs: Programs, transfers: string): Answers {
  const files = localFiles
  return {
    start: (ask) => programs.start(ask),
    output: (ask, _body, signal) => programs.output(ask, signal),
    signal: (ask) => programs.signal(ask),
    mount: (ask) => programs.mount(ask),
    stdout: (ask) => programs.stdout(ask),
    forget: (ask) => programs.forget(ask),
    isWithin: async ({ path, roots }) => ({
      answer: { isWithin: await files.isWithin(path, roots) },
    }),
    stat: async ({ path }) => ({ answer: { facts: await files.stat(path) } }),
    realPath: async ({ path }) => ({ answer: { path: await files.realPath(path) } }),
    find: async ({ folder, root, patterns }) => ({
      answer: { files: await files.find(folder, root, patterns) },
    }),
    async read({ path, from }) {
      const body = await pieceOf(path, from)
      return { answer: { isEnd: body.length < PIECE_BYTES }, body }
    },
    write: (ask, body) => takePiece(transfers, ask, body),
    makeFolder: async ({ path, mode }) => done(files.makeFolder(path, mode)),
    remove: async ({ path }) => done(files.remove(path)),
    touch: async ({ path, atMs }) => done(files.touch(path, atMs)),
  }
}

async function done(work: Promise<void>): Promise<Answered> {
  await work
  return { answer: {} }
}

/** Pieces wait beside the workspaces until the file is whole. */
async function takePiece(
  transfers: string,
  { path, transfer, from, isLast, mode }: Asks['write']['ask'],
  body: Buffer,
): Promise<Answered> {
  const options = { mode }
  if (from === 0 && isLast) return done(localFiles.write(path, body, options))
  const waiting = join(transfers, transfer.replace(/[^\w-]/g, ''))
  // The last piece came before, and its answer was lost.
  if (isLast && !existsSync(waiting)) return { answer: {} }
  await mkdir(transfers, { recursive: true, mode: 0o700 })
  const file = await open(waiting, from === 0 ? 'w' : 'r+')
  try {
    await file.write(body, 0, body.length, from)
  } finally {
    await file.close()
  }
  if (!isLast) return { answer: {} }
  await localFiles.write(path, createReadStream(waiting), options)
  await rm(waiting, { force: true })
  return { answer: {} }
}
