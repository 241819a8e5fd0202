import { spawn } from 'node:child_process'
import { abortException, type Call, inheritedEnvironment, NO_DOCKER } from '../engine/index.ts'
import { nodeProgram, type ProgramAnswer, type ProgramWish } from './node-program.ts'

/** Runs the node's `docker` and waits for it. */
export async function docker(
  call: Call,
  args: readonly string[],
  wish: ProgramWish = {},
): Promise<ProgramAnswer> {
  const answer = await nodeProgram(call, ['docker', ...args], wish)
  if (answer) return answer
  throw abortException(NO_DOCKER)
}

/** Removes a container of this machine that nobody waits for any more. */
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
  wish: ProgramWish = {},
): Promise<string> {
  const { code, output, errors } = await docker(call, args, wish)
  if (code === 0) return output.trim()
  const said = (errors || output).trim()
  throw abortException(`Failed to run docker ${args[0]} (exit code ${code}). Error: ${said}`)
}
