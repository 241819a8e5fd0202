import { spawn } from 'node:child_process'
import { abortException, type Call } from '../engine/index.ts'
import { machineOf, stepProgram } from './machine.ts'
import { programEnvironment } from './program-environment.ts'
import { temporaryFolder } from './workspace.ts'

export interface ProgramAnswer {
  code: number
  output: string
  errors: string
}

export interface ProgramWish {
  /** Ends the program. */
  signal?: AbortSignal | undefined
  /** What it reads. */
  input?: string
  /** Variables beside those of the step. */
  env?: Record<string, string>
  cwd?: string
  /** It leaves a daemon behind that may keep its pipes: their end is not waited for long. */
  leavesDaemon?: boolean
}

/** A shell's exit code for a program that isn't there. */
const NOT_FOUND = 127
const LONGEST_OUTPUT = 64 * 1024 ** 2
/** What a program printed may arrive after the news of its end. */
const LAST_WORDS_MS = 1000

/**
 * Runs a short program of the step's node, on this machine or on the agent's, and waits for it;
 * undefined when there is no such program. On an agent the same command of one call runs once, and
 * its answer is found again.
 */
export async function nodeProgram(
  call: Call,
  command: readonly string[],
  wish: ProgramWish = {},
): Promise<ProgramAnswer | undefined> {
  const env = { ...(await programEnvironment(call.scope)), ...wish.env }
  const given = { ...wish, env }
  if (!call.scope.node?.agent) return spawned(command, given)
  const answer = await onAgent(call, command, given)
  return answer.code === NOT_FOUND ? undefined : answer
}

function spawned(
  [program = '', ...args]: readonly string[],
  { env, cwd, signal, input = '', leavesDaemon = false }: ProgramWish,
): Promise<ProgramAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, signal, detached: leavesDaemon })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < LONGEST_OUTPUT) output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (errors.length < LONGEST_OUTPUT) errors += text
    })
    child.stdin.once('error', () => undefined) // it ended without reading: its code says why
    child.once('error', (error) => {
      if (signal?.aborted) reject(signal.reason as Error)
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve(undefined)
      else reject(error)
    })
    const end = (code: number | null) => resolve({ code: code ?? -1, output, errors })
    child.once('close', end)
    if (leavesDaemon) child.once('exit', (code) => setTimeout(() => end(code), LAST_WORDS_MS))
    child.stdin.end(input)
  })
}

async function onAgent(
  call: Call,
  command: readonly string[],
  { env = {}, cwd, signal, input }: ProgramWish,
): Promise<ProgramAnswer> {
  const { scope, session } = call
  const program = stepProgram(call, command.join('\0'))
  const machine = machineOf(scope)
  const heard = input === undefined ? undefined : `${temporaryFolder(scope)}/${program.id}.in`
  if (heard) await machine.files.write(heard, Buffer.from(input!), { mode: 0o600 })
  let errors = ''
  try {
    const code = await machine.run({
      ...program,
      command: heard ? ['sh', '-c', 'exec "$@" < "$0"', heard, ...command] : [...command],
      cwd: cwd ?? scope.folder!,
      env,
      isOutputApart: true,
      taken: 0,
      signal: signal ?? new AbortController().signal,
      letGo: session.letGo.signal,
      push: (bytes) => (errors += bytes.toString('utf8')),
      isWanted: () => errors.length < LONGEST_OUTPUT,
    })
    const output = await machine.stdoutOf(program)
    if (output !== undefined) return { code, output, errors }
    throw abortException(`${command[0]} prints more than ${LONGEST_OUTPUT} bytes`)
  } finally {
    if (heard) await machine.files.remove(heard)
  }
}
