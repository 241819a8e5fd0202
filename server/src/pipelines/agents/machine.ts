import { existsSync, mkdirSync } from 'node:fs'
import { type ContainerEntry, runScript, stdoutOf } from '../shell/index.ts'
import { type Files, localFiles } from './files.ts'
import type { MountPlace } from './protocol.ts'

export interface MachineProgram {
  run: string
  /** The same for the same step of a run, before and after a restart. */
  id: string
  /** Control folder, where the program runs on this machine. */
  folder: string
  /** A shell script, or on an agent also a command with its arguments. */
  script?: string
  command?: string[]
  cwd: string
  env: Record<string, string>
  isOutputApart: boolean
  /** Bytes of output handed on before. */
  taken: number
  signal: AbortSignal
  letGo: AbortSignal
  container?: ContainerEntry | undefined
  push(bytes: Buffer): void
  isWanted(): boolean
  ended?(code: number): void
  /** Told once when the machine can't be reached, and why. */
  offline(reason: string): void
}

/** Where a node's programs and files are: this machine, or an agent's. */
export interface Machine {
  files: Files
  /** Runs a program, or takes up one that was started: the same id never runs twice. Gives its exit code. */
  run(program: MachineProgram): Promise<number>
  /** The output that was kept apart; undefined when it is longer than any text should be. */
  stdoutOf(program: { run: string; id: string; folder: string }): Promise<string | undefined>
  /** Makes what a container of the run needs; on this machine the folder is the given one. */
  mountOf(run: { run: string; folder: string }): Promise<MountPlace>
}

export const localMachine: Machine = {
  files: localFiles,
  async run({ script = '', ...program }) {
    if (!existsSync(program.cwd)) mkdirSync(program.cwd, { recursive: true })
    return runScript({ ...program, script })
  },
  stdoutOf: async ({ folder }) => stdoutOf(folder),
  async mountOf({ folder }) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return { folder, user: ownUser() }
  },
}

/** `uid:gid` of this process. */
export function ownUser(): string {
  return `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
}
