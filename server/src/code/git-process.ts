import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** git answered with a failure; `stderr` is what it said, cut to 8 KB. */
export class GitFailure extends Error {
  override name = 'GitFailure'
  readonly exitCode: number | null
  readonly stderr: string
  readonly stdout: Buffer

  constructor(args: readonly string[], exitCode: number | null, stderr: string, stdout: Buffer) {
    super(`git ${args[0] ?? ''} ended with ${exitCode ?? 'a signal'}: ${stderr.trim()}`)
    this.exitCode = exitCode
    this.stderr = stderr
    this.stdout = stdout
  }
}

export interface GitOptions {
  /** The bare repository's folder. */
  folder: string
  input?: string | Buffer
  env?: Record<string, string>
  /** Stops reading (and git) beyond this; the answer is then cut. 64 MB unless told. */
  limitBytes?: number
  /** Exit codes that are answers, not failures; 0 unless told. */
  accept?: readonly number[]
}

const STDERR_LIMIT = 8192
const DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024

/**
 * What every git process sees: no configuration but the repository's own and ours, no prompts, no
 * hooks, English messages, and no way to start a pager, an editor or a credential helper.
 */
export function gitEnvironment(more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'core.hooksPath',
    GIT_CONFIG_VALUE_1: '/dev/null',
    ...more,
  }
}

/**
 * Starts git on a repository; the caller owns its streams. `withChannel`: descriptor 3 is a socket
 * between the server and git's hooks.
 */
export function startGit(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
  withChannel = false,
): ChildProcessWithoutNullStreams {
  const child = spawn('git', [...args], {
    cwd: folder,
    env: gitEnvironment({ GIT_DIR: folder, ...env }),
    stdio: withChannel ? ['pipe', 'pipe', 'pipe', 'pipe'] : 'pipe',
  }) as ChildProcessWithoutNullStreams
  // git may end before it read all; its exit code says why.
  child.stdin.on('error', () => undefined)
  return child
}

/** Runs git to its end. Rejects with GitFailure unless the exit code is accepted. */
export async function git(args: readonly string[], options: GitOptions): Promise<Buffer> {
  return (await gitWithCode(args, options)).stdout
}

export interface GitAnswer {
  stdout: Buffer
  exitCode: number
  /** Stopped at `limitBytes`. */
  isCut: boolean
}

export function gitWithCode(args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  const child = startGit(options.folder, args, options.env)
  const limit = options.limitBytes ?? DEFAULT_LIMIT_BYTES
  const pieces: Buffer[] = []
  let size = 0
  let isCut = false
  child.stdout.on('data', (piece: Buffer) => {
    if (isCut) return
    pieces.push(piece)
    size += piece.length
    if (size < limit) return
    isCut = true
    child.kill('SIGKILL')
  })
  const stderr = stderrOf(child)
  child.stdin.end(options.input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const stdout = Buffer.concat(pieces)
      const accepted = isCut || (code !== null && (options.accept ?? [0]).includes(code))
      if (accepted) resolve({ stdout, exitCode: code ?? 0, isCut })
      else reject(new GitFailure(args, code, stderr(), stdout))
    })
  })
}

/** Text of a short answer without its last line break. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).toString('utf8').replace(/\n$/, '')
}

/** Collects what git says on stderr, cut; the function gives what there is so far. */
export function stderrOf(child: ChildProcessWithoutNullStreams): () => string {
  let text = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (piece: string) => {
    if (text.length < STDERR_LIMIT) text = (text + piece).slice(0, STDERR_LIMIT)
  })
  return () => text
}

/** NUL-separated records of an answer, without the empty last one. */
export function records(answer: Buffer): string[] {
  const parts = answer.toString('utf8').split('\0')
  if (parts.at(-1) === '') parts.pop()
  return parts
}
