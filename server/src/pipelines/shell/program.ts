import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { groupIn, noteStart, prepareControl, signalGroup, type Started } from './detached.ts'
import { followProgram } from './follow.ts'
import { endProgram } from './leftovers.ts'
import { startDetached } from './start.ts'

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

/** How to get into the container: what stands before a command. */
export interface ContainerEntry {
  /** With the folder and the variables of the step. */
  enter: string[]
  /** Without them, for signals. */
  plain: string[]
  /** Of the engine's client. */
  env: Record<string, string>
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
  const file = await prepareControl(shell.folder, shell.script)
  let started: Started | undefined
  if (groupIn(shell.folder) === undefined) {
    shell.signal.throwIfAborted()
    const command = placed(shell, shellCommand(shell.script, file))
    started = await startDetached({ ...shell, command })
  }
  const following = new AbortController()
  const stop = () => following.abort(shell.letGo.reason)
  shell.letGo.addEventListener('abort', stop)
  if (shell.letGo.aborted) stop()
  // Only after a start of our own may the wrapper not have come to write its number yet; before that
  // there is nobody to signal.
  if (started) await untilPid(shell.folder, started)
  const cancelKill = killOnAbort(shell)
  try {
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
export function placed(
  { folder, container, isOutputApart }: Pick<ShellScript, 'folder' | 'container' | 'isOutputApart'>,
  command: string[],
): string[] {
  if (!container) return command
  const streams = isOutputApart ? '>> "$0/stdout" 2>> "$0/out"' : '>> "$0/out" 2>&1'
  const script = `echo $$ > "$0/inside"; exec "$@" ${streams}`
  return [...container.enter, 'sh', '-c', script, folder, ...command]
}

/** Signals a program where it runs. A client in whose container it runs is only killed. */
export function signalProgram(
  { folder, container }: Pick<ShellScript, 'folder' | 'container'>,
  signal: 'SIGTERM' | 'SIGKILL',
): void {
  if (container) signalInside(folder, container, signal)
  // The client ends with the program, and with it what it has to say of its end.
  if (!container || signal === 'SIGKILL') signalGroup(folder, signal)
  // What left the group (setsid, a double fork) is known by its variable.
  if (signal === 'SIGKILL') void endProgram(basename(folder))
}

function signalInside(folder: string, { plain, env }: ContainerEntry, signal: string): void {
  const file = join(folder, 'inside')
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (!(pid > 0)) return
  const name = signal.replace('SIG', '')
  const [program = '', ...args] = plain
  const kill = `kill -${name} -${pid} || kill -${name} ${pid}`
  const child = spawn(program, [...args, 'sh', '-c', kill], { env, stdio: 'ignore' })
  child.once('error', () => undefined) // without its client there is nobody to tell
}

/** The wrapper has come to write its number, or has ended without. */
export async function untilPid(folder: string, started: Started): Promise<void> {
  while (groupIn(folder) === undefined && !started.isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

function killOnAbort(shell: ShellScript): () => void {
  const { signal, letGo } = shell
  let timer: NodeJS.Timeout | undefined
  const kill = () => {
    // Everything is interrupted when the server stops; the program lives on.
    if (letGo.aborted) return
    signalProgram(shell, 'SIGTERM')
    timer = setTimeout(() => signalProgram(shell, 'SIGKILL'), GRACE_MS)
  }
  if (signal.aborted) kill()
  else signal.addEventListener('abort', kill, { once: true })
  return () => {
    signal.removeEventListener('abort', kill)
    clearTimeout(timer)
    // Children that ignored the SIGTERM outlive the wrapper's exit file otherwise.
    if (signal.aborted && !letGo.aborted) signalProgram(shell, 'SIGKILL')
  }
}

/** The output that was kept apart; undefined when it is longer than any text should be. */
export function stdoutOf(folder: string): string | undefined {
  const file = join(folder, 'stdout')
  return statSync(file).size > LARGEST_STDOUT_BYTES ? undefined : readFileSync(file, 'utf8')
}
