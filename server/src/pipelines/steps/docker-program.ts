import { spawn } from 'node:child_process'
import {
  abortException,
  type Call,
  inheritedEnvironment,
  NO_DOCKER,
  type Scope,
} from '../engine/index.ts'
import { programEnvironment } from './program-environment.ts'

export interface DockerAnswer {
  code: number
  output: string
  errors: string
}

/** Runs the node's `docker` and waits for it; `input` is what it reads. */
export async function docker(
  scope: Scope,
  args: readonly string[],
  { signal, input = '', env = {} }: { signal?: AbortSignal; input?: string; env?: Env } = {},
): Promise<DockerAnswer> {
  const variables = { ...(await programEnvironment(scope)), ...env }
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, { env: variables, signal })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.stdin.once('error', () => undefined) // it ended without reading: its code says why
    child.once('error', (error) => reject(signal?.aborted ? signal.reason : noDocker(error)))
    child.once('close', (code) => resolve({ code: code ?? -1, output, errors }))
    child.stdin.end(input)
  })
}

type Env = Record<string, string>

/** Removes a container that nobody waits for any more. */
export function removeContainer(id: string): Promise<void> {
  const env = inheritedEnvironment(process.env, '')
  return new Promise((resolve) => {
    const child = spawn('docker', ['rm', '-f', '--volumes', id], { env, stdio: 'ignore' })
    child.once('error', () => resolve()) // no engine any more: then there is no container
    child.once('close', () => resolve())
  })
}

/** The same, refused with what docker said when it fails. */
export async function dockerSaid(
  call: Call,
  args: readonly string[],
  options: { signal?: AbortSignal; input?: string; env?: Env } = {},
): Promise<string> {
  const { code, output, errors } = await docker(call.scope, args, options)
  if (code === 0) return output.trim()
  const said = (errors || output).trim()
  throw abortException(`Failed to run docker ${args[0]} (exit code ${code}). Error: ${said}`)
}

const noDocker = (error: Error) =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? abortException(NO_DOCKER) : error
