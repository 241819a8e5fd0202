import type { ContainerEntry } from '../shell/index.ts'
import type { AntPatterns } from './ant.ts'
import type { FileFacts, FoundFile } from './files.ts'

// What the server asks of an agent. Every ask may be asked again with the same outcome: after a
// connection was lost nobody knows whether it arrived, so it is simply repeated.

/** A program of a run; the same place never runs twice. */
export interface ProgramPlace {
  run: string
  id: string
}

export interface Asks {
  /** Starts the program unless it was started before. */
  start: {
    ask: {
      program: ProgramPlace
      /** A shell script, or a command with its arguments. */
      script?: string
      command?: string[]
      cwd: string
      env: Record<string, string>
      isOutputApart: boolean
      container?: ContainerEntry
    }
    answer: object
  }
  /**
   * Output from a byte on, as soon as there is some; nothing after a while. `exit` comes when all
   * output was given: -1 when the program vanished without leaving one.
   */
  output: {
    ask: { program: ProgramPlace; from: number; isDropped: boolean; isOutputApart: boolean }
    answer: { exit?: number }
  }
  signal: {
    ask: { program: ProgramPlace; signal: 'SIGTERM' | 'SIGKILL'; container?: ContainerEntry }
    answer: object
  }
  /** Where the control folders of a run are, for a container of the run; that ends with the run. */
  mount: { ask: { run: string }; answer: MountPlace }
  /** Output that was kept apart, by pieces; `size` is its whole length. */
  stdout: { ask: { program: ProgramPlace; from: number }; answer: { size: number } }
  /** Ends what is left of a run that is over and removes its control folders. */
  forget: { ask: { run: string }; answer: object }

  isWithin: { ask: { path: string; roots: string[] }; answer: { isWithin: boolean } }
  stat: { ask: { path: string }; answer: { facts?: FileFacts } }
  find: {
    ask: { folder: string; root: string; patterns: AntPatterns }
    answer: { files: FoundFile[] }
  }
  read: { ask: { path: string; from: number }; answer: { isEnd: boolean } }
  /** A piece of a file; the file is in its place when the last one has come. */
  write: {
    ask: { path: string; transfer: string; from: number; isLast: boolean; mode?: number }
    answer: object
  }
  makeFolder: { ask: { path: string; mode?: number }; answer: object }
  remove: { ask: { path: string }; answer: object }
  realPath: { ask: { path: string }; answer: { path?: string } }
  touch: { ask: { path: string; atMs: number }; answer: object }
}

/** What a container of a run needs from the machine: its programs write to the control folders. */
export interface MountPlace {
  folder: string
  /** `uid:gid` that the machine's programs run as. */
  user: string
}

export type AskName = keyof Asks

/** The first frame of an agent. */
export interface Hello {
  name: string
  /** Of the work folder, made with it: another folder knows nothing of the programs of before. */
  disk: string
  folder: string
  labels: string[]
  executors: number
  /** How the agent reaches the server. */
  url: string
  /** What programs inherit there. */
  environment: Record<string, string>
  /** Runs it has control folders of. */
  runs: string[]
}

/** Why the server hangs up; an agent that is told so doesn't try again. */
export const CLOSED = { revoked: 4401, nameTaken: 4409, badHello: 4400, replaced: 4410 } as const
