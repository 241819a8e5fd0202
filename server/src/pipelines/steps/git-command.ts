import { spawn } from 'node:child_process'
import { inheritedEnvironment } from '../engine/index.ts'

export interface GitAnswer {
  code: number
  output: string
  errors: string
}

const LONGEST_OUTPUT = 4 * 1024 ** 2

/** Runs git, ended by the signal. Only for reading and for steps that may be done again. */
export function git(
  args: string[],
  options: { cwd: string; signal?: AbortSignal; env?: Record<string, string> },
): Promise<GitAnswer> {
  const base = inheritedEnvironment(process.env, '')
  const env = { ...base, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...options.env }
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: options.cwd, env, signal: options.signal })
    const output: Buffer[] = []
    const errors: Buffer[] = []
    let size = 0
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= LONGEST_OUTPUT) output.push(piece)
    })
    child.stderr.on('data', (piece: Buffer) => void errors.push(piece))
    child.once('error', (error) =>
      reject(options.signal?.aborted ? (options.signal.reason as Error) : error),
    )
    child.once('close', (code) =>
      resolve({
        code: code ?? -1,
        output: Buffer.concat(output).toString('utf8'),
        errors: Buffer.concat(errors).toString('utf8'),
      }),
    )
  })
}

/** Paths of all files of a commit. */
export async function listFiles(cwd: string, sha: string): Promise<string[]> {
  const answer = await git(['ls-tree', '-r', '-z', '--name-only', sha], { cwd })
  return answer.output.split('\0').filter((name) => name !== '')
}
