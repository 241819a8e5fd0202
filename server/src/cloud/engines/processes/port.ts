/** One line of output, without its line break, and when it was read (ms). */
export interface OutputLine {
  text: string
  atMs: number
  /** An entry as its writer framed it; absent: a line of a stream, without its end. */
  isFramed?: true
}

/** What a process in a sandbox sees and may use; all paths are absolute. */
export interface Confinement {
  /** The command's file on this machine: `command` is its name inside. */
  program: string
  /** Files and folders it sees, read-only, beside the system's programs and libraries. */
  readOnly: { from: string; at: string }[]
  user: { name: string; uid: number; gid: number }
  /** Size of its own, empty `/tmp`. */
  temporaryBytes: number
  /** An empty folder, which is its `/tmp` where the sandbox can't limit the size. */
  temporary: string
  /** Where a cgroup can be made: the most it and its descendants may hold, `/tmp` besides. */
  memoryBytes: number
}

export interface ProcessSpec {
  command: string
  args: string[]
  cwd: string
  /** The whole environment: nothing is inherited, so the server's own secrets don't leak. */
  env: Record<string, string>
  /** What it writes: stdout, stderr and framed log entries, in the order they were read. */
  output(line: OutputLine): void
  /** Heeded by a sandbox; plain processes don't know it. `command` and `cwd` are then paths inside. */
  confined?: Confinement
}

export interface Exit {
  code: number | null
  signal: string | null
  /** It could not be started at all. */
  error?: Error
}

export interface RunningProcess {
  readonly pid: number | undefined
  readonly exited: Promise<Exit>
  /** Ends it and whatever it started, at once. Resolves when it is gone. */
  kill(): Promise<Exit>
  /** Stops it from running without ending it; `thaw` lets it go on. Both may be repeated. */
  freeze(): void
  thaw(): void
  /** Resolves when everything written so far has been given to `output`, at the latest after 250 ms. */
  drained(): Promise<void>
  /** Memory of it and its descendants (not shared files), now and at most so far; undefined where unknown. */
  memory(): { nowBytes: number; peakBytes: number } | undefined
}

/**
 * Processes of the cloud's customers. Contract: a process and all its descendants form one unit that
 * ends together; none outlives the server, nor a kill of it (at the latest `reap` at the next start); output
 * arrives line by line, a line longer than 256 KiB in pieces.
 */
export interface Processes {
  start(spec: ProcessSpec): RunningProcess
  /** Ends what an earlier server that was killed has left; returns how many groups. */
  reap(): Promise<number>
  stopAll(): Promise<void>
}
