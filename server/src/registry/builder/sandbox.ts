import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Account } from './accounts.ts'
import { BuildError } from './errors.ts'
import { isRoot } from './root-folder.ts'

export interface Program {
  /** The image's files. */
  root: string
  argv: readonly string[]
  env: Record<string, string>
  cwd: string
  account: Account
  /** Folders and files of this machine, and where they stand inside. */
  mounts: { from: string; at: string; isReadOnly: boolean }[]
  /** Places that are memory and vanish. */
  memory: string[]
  hasNetwork: boolean
  say(line: string): void
  signal: AbortSignal
}

/** What Docker gives a container, without the right to make device nodes. */
const CAPABILITIES = (
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT ' +
  'AUDIT_WRITE SETFCAP'
).split(' ')

let working: Promise<string | undefined> | undefined

/** Why programs of an image cannot be run here; undefined: they can. Tried once. */
export function sandboxFault(): Promise<string | undefined> {
  working ??= tried()
  return working
}

async function tried(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `${process.platform} has no namespaces of Linux`
  const trial = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', '/bin/true']
  try {
    const { code, last } = await ended(spawn('bwrap', [...namespaces(), ...trial]))
    return code === 0 ? undefined : `bubblewrap does not work here: ${last}`
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return isMissing
      ? 'bubblewrap is not installed (Debian: apt-get install bubblewrap)'
      : String(error)
  }
}

const namespaces = () => [
  ...(isRoot ? ['--cap-drop', 'ALL', ...CAPABILITIES.flatMap((it) => ['--cap-add', `CAP_${it}`])]
    : ['--unshare-user', '--uid', '0', '--gid', '0']), // prettier-ignore
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--hostname',
  'build',
  '--die-with-parent',
  '--new-session',
]

/** Runs a program in the image's files and waits; all that it started ends with it. */
export async function runInside(program: Program): Promise<number> {
  const { mounts, memory, hasNetwork, env, say, signal } = program
  const { base, at, command } = program.account.uid === 0 ? asRoot(program) : asAccount(program)
  const bound = mounts.flatMap((mount) => [
    mount.isReadOnly ? '--ro-bind' : '--bind',
    mount.from,
    at + mount.at,
  ])
  const args = [
    ...namespaces(),
    ...(hasNetwork ? [] : ['--unshare-net']),
    ...base,
    '--proc',
    `${at}/proc`,
    '--dev',
    `${at}/dev`,
    ...bound,
    ...memory.flatMap((path) => ['--perms', '1777', '--tmpfs', at + path]),
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...command,
  ]
  const child = spawn('bwrap', args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  const { code } = await ended(child, say)
  signal.throwIfAborted()
  return code
}

interface Way {
  base: string[]
  /** Where the image's root stands in the namespace. */
  at: string
  command: readonly string[]
}

function asRoot({ root, cwd, argv }: Program): Way {
  return { base: ['--bind', root, '/'], at: '', command: ['--chdir', cwd, '--', ...argv] }
}

/**
 * Changing the user takes a program, and the image may have none: this machine's `unshare` (of
 * util-linux 2.34) enters the image's root from outside and gives up all rights there.
 */
function asAccount({ root, cwd, argv, account }: Program): Way {
  const { uid, gid } = account
  if (!isRoot) {
    throw new BuildError(
      `RUN as user ${uid} needs Docker, or this server to run as root: here a build has one user, root`,
    )
  }
  const enter = ['--root', root, '--wd', cwd, '--setgid', String(gid), '--setuid', String(uid)]
  return {
    base: ['--ro-bind', '/', '/', '--bind', root, root],
    at: root,
    command: ['--', '/usr/bin/unshare', ...enter, '--', ...argv],
  }
}

async function ended(child: ChildProcess, say?: (line: string) => void) {
  let last = ''
  const tell = (line: string) => {
    last = line
    say?.(line)
  }
  const streams = [child.stdout, child.stderr].map((stream) => stream && linesOf(stream, tell))
  const code = await new Promise<number>((resolve, reject) => {
    // Aborted: it was killed, and closes.
    child.once('error', (error) => error.name !== 'AbortError' && reject(error))
    child.once('close', (code) => resolve(code ?? 137))
  })
  await Promise.all(streams)
  return { code, last }
}

const LONGEST_LINE = 64 * 1024

/** A program that never ends its line gets one made: nothing here grows with what it prints. */
async function linesOf(stream: Readable, tell: (line: string) => void): Promise<void> {
  let rest = ''
  for await (const piece of stream.setEncoding('utf8')) {
    const lines = (rest + String(piece)).split(/\r?\n/)
    rest = lines.pop()!
    for (const line of lines) tell(line)
    if (rest.length < LONGEST_LINE) continue
    tell(rest)
    rest = ''
  }
  if (rest !== '') tell(rest)
}
