import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  groupIn,
  noteStart,
  prepareControl,
  signalGroup,
  type Started,
  startDetached,
} from './detached.ts'
import { followProgram } from './follow.ts'

export interface ShellScript {
  /** Control folder; the same for the same step of a run, before and after a restart. */
  folder: string
  script: string
  cwd: string
  env: Record<string, string>
  isOutputApart: boolean
  /** Bytes of output handed on before a restart. */
  taken: number
  /** Ends the program (SIGTERM to its group, SIGKILL after the grace) and rejects with the reason. */
  signal: AbortSignal
  /** Of a script that runs in a container. */
  container?: ContainerEntry | undefined
  /** Lets go without ending the program: the server stops, a later one takes it up again. */
  letGo: AbortSignal
  push(bytes: Buffer): void
  isWanted(): boolean
  /** Told of the exit code of a program that `signal` ended. */
  ended?(code: number): void
}

/** How to get into the container. */
export interface ContainerEntry {
  /** The command that runs a command there. */
  enter(command: string[]): string[]
  /** Runs a command there, and heeds no failure: what it signals may be gone. */
  run(command: string[]): void
}

const GRACE_MS = 5000
/** Output kept apart that is longer is of no use to anybody. */
export const LARGEST_STDOUT_BYTES = 64 * 1024 ** 2

/** Exit code of a script whose wrapper vanished, as Jenkins' durable-task says it. */
export const LOST = -1

/**
 * Runs a script, or takes up one that a former server started: the same folder never runs twice.
 */
export async function runScript(shell: ShellScript): Promise<number> {
  const file = prepareControl(shell.folder, shell.script)
  let started: Started | undefined
  if (groupIn(shell.folder) === undefined) {
    shell.signal.throwIfAborted()
    const command = shellCommand(shell.script, file)
    started = await startDetached({ ...shell, command: placed(shell, command) })
  }
  const following = new AbortController()
  const stop = () => following.abort(shell.letGo.reason)
  shell.letGo.addEventListener('abort', stop)
  if (shell.letGo.aborted) stop()
  const cancelKill = killOnAbort(shell)
  try {
    // Only after a start of our own may the wrapper not have come to write its number yet.
    if (started) await untilPid(shell.folder, started)
    noteStart(shell.folder)
    const largest = shell.isOutputApart ? LARGEST_STDOUT_BYTES : undefined
    const code = await followProgram({ ...shell, largest, started, signal: following.signal })
    if (shell.signal.aborted && code !== undefined) shell.ended?.(code)
    shell.signal.throwIfAborted()
    return code ?? LOST
  } finally {
    shell.letGo.removeEventListener('abort', stop)
    cancelKill()
  }
}

/** A script without `#!` runs as `sh -xe`, as Jenkins does. */
export function shellCommand(script: string, file: string): string[] {
  return script.startsWith('#!') ? [file] : ['sh', '-xe', file]
}

// The client of a container engine passes no signals on, so the program's number there is kept; and
// it may end before it has shown the last lines (seen with Docker 20.10 on a busy machine), so the
// program writes to the control folder itself.
function placed({ folder, container, isOutputApart }: ShellScript, command: string[]): string[] {
  if (!container) return command
  const streams = isOutputApart ? '>> "$0/stdout" 2>> "$0/out"' : '>> "$0/out" 2>&1'
  const script = `echo $$ > "$0/inside"; exec "$@" ${streams}`
  return container.enter(['sh', '-c', script, folder, ...command])
}

function signalInside({ folder, container }: ShellScript, signal: 'TERM' | 'KILL'): void {
  const file = join(folder, 'inside')
  if (!container || !existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8'))
  if (pid > 0) container.run(['sh', '-c', `kill -${signal} -${pid} || kill -${signal} ${pid}`])
}

/** The wrapper has come to write its number, or has ended without. */
export async function untilPid(folder: string, started: Started): Promise<void> {
  while (groupIn(folder) === undefined && !started.isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

function killOnAbort(shell: ShellScript): () => void {
  const { folder, signal, letGo } = shell
  let timer: NodeJS.Timeout | undefined
  const kill = () => {
    // Everything is interrupted when the server stops; the program lives on.
    if (letGo.aborted) return
    signalInside(shell, 'TERM')
    // In a container the client ends with the program, and with it what it has to say of its end.
    if (!shell.container) signalGroup(folder, 'SIGTERM')
    timer = setTimeout(() => {
      signalInside(shell, 'KILL')
      signalGroup(folder, 'SIGKILL')
    }, GRACE_MS)
  }
  if (signal.aborted) kill()
  else signal.addEventListener('abort', kill, { once: true })
  return () => {
    signal.removeEventListener('abort', kill)
    clearTimeout(timer)
    // Children that ignored the SIGTERM outlive the wrapper's exit file otherwise.
    if (signal.aborted && !letGo.aborted) signalGroup(folder, 'SIGKILL')
  }
}

/** The output that was kept apart; undefined when it is longer than any text should be. */
export function stdoutOf(folder: string): string | undefined {
  const file = join(folder, 'stdout')
  return statSync(file).size > LARGEST_STDOUT_BYTES ? undefined : readFileSync(file, 'utf8')
}
