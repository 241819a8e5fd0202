import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startOf } from '../../kernel/index.ts'

/**
 * A program that outlives the server. It runs in a session of its own, writes its output to files in
 * a control folder, and a small wrapper writes the exit code there, so that whoever comes later finds
 * out how it ended.
 *
 *   pid     the wrapper's process, which leads the process group (also the lock: made once)
 *   out     what the program prints (the error stream only, when the output is kept apart)
 *   stdout  the output, when it is kept apart
 *   exit    exit code and a line end, written in one piece when the program has ended
 */
export interface DetachedProgram {
  folder: string
  command: string[]
  cwd: string
  env: Record<string, string>
  /** Keep standard output apart from the error stream (`returnStdout`). */
  isOutputApart: boolean
}

// `set -C` makes the first redirection an exclusive create: a wrapper that is started a second time
// after a crash finds the file and leaves. The traps keep the wrapper alive through a SIGTERM to its
// group; a trap with a command is reset in its children, who get the signal as usual.
export const WRAPPER = `d=$1; shift
set -C; echo $$ > "$d/pid" || exit 0; set +C
trap : TERM INT HUP
"$@"
echo $? > "$d/exit"`

export interface Started {
  /** Called when the wrapper has ended, and those it was started with; at once when they have already. */
  onExit(run: () => void): void
  isOver(): boolean
}

/** Makes the control folder with the script in it; gives the script's path. */
export async function prepareControl(folder: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'script.sh')
  if (existsSync(file)) return file
  // Under its name it is whole, whenever the server is killed.
  await writeFile(`${file}.new`, script, { mode: 0o700 })
  await rename(`${file}.new`, file)
  return file
}

/** Exit code, when the program has ended properly. */
export function exitCodeIn(folder: string): number | undefined {
  const file = join(folder, 'exit')
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  return text.endsWith('\n') ? Number(text) : undefined
}

/** Process that leads the group, when the wrapper was started; dead ones too. */
export function groupIn(folder: string): number | undefined {
  const file = join(folder, 'pid')
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  return pid > 1 ? pid : undefined
}

/** Notes when the wrapper began, so that another process with the same number is told from it later. */
export function noteStart(folder: string): void {
  const pid = groupIn(folder)
  const file = join(folder, 'start')
  if (pid === undefined || existsSync(file)) return
  const start = startOf(pid)
  if (start !== undefined) writeFileSync(file, start)
}

export function isAlive(folder: string): boolean {
  const pid = groupIn(folder)
  if (pid === undefined || !exists(pid) || isZombie(pid)) return false
  const file = join(folder, 'start')
  const start = startOf(pid)
  return start === undefined || !existsSync(file) || readFileSync(file, 'utf8') === start
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Ended, but nobody asked how: in a container whose first process doesn't. Linux only. */
function isZombie(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  return existsSync(file) && /\) Z /.test(readFileSync(file, 'utf8'))
}

/** Signals the whole group; fine when it is gone. */
export function signalGroup(folder: string, signal: NodeJS.Signals): void {
  const pid = groupIn(folder)
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
