import { randomUUID } from 'node:crypto'
import { LARGEST_STDOUT_BYTES } from '../shell/index.ts'
import { PIECE_BYTES } from './frames.ts'
import type { Content, Files } from './files.ts'
import type { Reply } from './link.ts'
import type { Machine, MachineProgram } from './machine.ts'
import type { AskName, Asks } from './protocol.ts'

const GRACE_MS = 5000
/** An agent that can't be reached holds up the end of a step this long. */
const LONGEST_END_MS = 15_000

export interface AskOptions {
  signal?: AbortSignal
  offline?: (reason: string) => void
}

/** Asks an agent, and asks again when the connection was lost meanwhile. */
export type AskAgent = <N extends AskName>(
  name: N,
  ask: Asks[N]['ask'],
  body?: Uint8Array,
  options?: AskOptions,
) => Promise<Reply<N>>

export function remoteMachine(ask: AskAgent): Machine {
  return {
    files: remoteFiles(ask),
    run: (program) => runRemote(ask, program),
    mountOf: async ({ run }) => (await ask('mount', { run })).answer,
    async stdoutOf({ run, id }) {
      const pieces: Buffer[] = []
      for (let from = 0; ;) {
        const { answer, body } = await ask('stdout', { program: { run, id }, from })
        if (answer.size > LARGEST_STDOUT_BYTES) return undefined
        pieces.push(body)
        from += body.length
        if (body.length === 0 || from >= answer.size) return Buffer.concat(pieces).toString('utf8')
      }
    },
  }
}

async function runRemote(ask: AskAgent, shell: MachineProgram): Promise<number> {
  const { script, command, cwd, env, isOutputApart, container, offline, signal, letGo } = shell
  const program = { run: shell.run, id: shell.id }
  const following = new AbortController()
  const stop = () => following.abort(letGo.reason)
  letGo.addEventListener('abort', stop)
  if (letGo.aborted) stop()
  const cancelKill = killOnAbort(ask, shell, following)
  const options = { signal: following.signal, offline }
  try {
    const what = script === undefined ? { command: command ?? [] } : { script }
    const place = { cwd, env, isOutputApart, ...(container && { container }) }
    await ask('start', { program, ...what, ...place }, undefined, options)
    for (let from = shell.taken; ;) {
      const wish = { program, from, isDropped: !shell.isWanted(), isOutputApart }
      const { answer, body } = await ask('output', wish, undefined, options)
      if (body.length > 0) shell.push(body)
      from += body.length
      if (answer.exit === undefined) continue
      if (signal.aborted && answer.exit >= 0) shell.ended?.(answer.exit)
      signal.throwIfAborted()
      return answer.exit
    }
  } finally {
    letGo.removeEventListener('abort', stop)
    cancelKill()
  }
}

function killOnAbort(
  ask: AskAgent,
  { run, id, container, signal, letGo }: MachineProgram,
  following: AbortController,
): () => void {
  const timers: NodeJS.Timeout[] = []
  // Where the agent is away, it gets the signal when it is back: nobody waits for that.
  const send = (name: 'SIGTERM' | 'SIGKILL') =>
    void ask('signal', {
      program: { run, id },
      signal: name,
      ...(container && { container }),
    }).catch(() => undefined)
  const kill = () => {
    // Everything is interrupted when the server stops; the program lives on.
    if (letGo.aborted) return
    send('SIGTERM')
    timers.push(setTimeout(() => send('SIGKILL'), GRACE_MS))
    timers.push(setTimeout(() => following.abort(signal.reason), LONGEST_END_MS))
  }
  if (signal.aborted) kill()
  else signal.addEventListener('abort', kill, { once: true })
  return () => {
    signal.removeEventListener('abort', kill)
    for (const timer of timers) clearTimeout(timer)
    // Children that ignored the SIGTERM outlive the wrapper's exit file otherwise.
    if (signal.aborted && !letGo.aborted) send('SIGKILL')
  }
}

function remoteFiles(ask: AskAgent): Files {
  return {
    isWithin: async (path, roots) => (await ask('isWithin', { path, roots })).answer.isWithin,
    stat: async (path) => (await ask('stat', { path })).answer.facts,
    realPath: async (path) => (await ask('realPath', { path })).answer.path,
    find: async (folder, root, patterns) =>
      (await ask('find', { folder, root, patterns })).answer.files,
    async *read(path) {
      for (let from = 0; ;) {
        const { answer, body } = await ask('read', { path, from })
        if (body.length > 0) yield body
        from += body.length
        if (answer.isEnd) return
      }
    },
    write: (path, content, { mode } = {}) => send(ask, { path, mode }, content),
    async makeFolder(path, mode) {
      await ask('makeFolder', { path, ...(mode !== undefined && { mode }) })
    },
    async remove(path) {
      await ask('remove', { path })
    },
    async touch(path, atMs) {
      await ask('touch', { path, atMs })
    },
  }
}

async function send(
  ask: AskAgent,
  { path, mode }: { path: string; mode: number | undefined },
  content: Content,
): Promise<void> {
  const transfer = randomUUID()
  const place = { path, transfer, ...(mode !== undefined && { mode }) }
  let from = 0
  let held: Buffer | undefined
  for await (const piece of piecesOf(content)) {
    if (held) {
      await ask('write', { ...place, from, isLast: false }, held)
      from += held.length
    }
    held = piece
  }
  await ask('write', { ...place, from, isLast: true }, held ?? Buffer.alloc(0))
}

/** Pieces of one size, however they come. */
async function* piecesOf(content: Content): AsyncGenerator<Buffer> {
  const source = content instanceof Uint8Array ? [content] : content
  let rest = Buffer.alloc(0)
  for await (const bytes of source) {
    rest = Buffer.concat([rest, bytes])
    for (; rest.length >= PIECE_BYTES; rest = rest.subarray(PIECE_BYTES)) {
      yield rest.subarray(0, PIECE_BYTES)
    }
  }
  if (rest.length > 0) yield rest
}
