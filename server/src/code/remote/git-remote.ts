import type { Kernel } from '../../kernel/index.ts'
import { startGit } from '../git-process.ts'
import { connect, type Connection, type GitService } from './connection.ts'
import type { Remote } from './login.ts'
import { refuseRemote } from './refuse.ts'

export interface RemoteWork {
  /** The bare repository's folder here. */
  folder: string
  remote: Remote
  signal: AbortSignal
  /** git's own words on how far it is, such as `Receiving objects:  45%`. */
  onProgress?: (text: string) => void
}

export interface RemoteAnswer {
  stdout: string
  /** Of ssh: the host's keys, to be believed from now on. */
  hostKeys: string | undefined
}

type Door = Pick<Kernel, 'outgoing' | 'folder'>

const OUTPUT_LIMIT = 32 * 1024 * 1024
const LAST_LINES = 4096

/**
 * Brings references from a remote, also what was rewritten there; those below the same
 * destinations that are gone there go here, too.
 */
export function fetchRemote(
  door: Door,
  work: RemoteWork & { refspecs: string[] },
): Promise<RemoteAnswer> {
  const options = ['--no-tags', '--prune', '--no-recurse-submodules', '--no-write-fetch-head']
  return run(door, work, {
    service: 'git-upload-pack',
    args: (url) => ['fetch', '--progress', '--no-auto-gc', ...options, '--', url, ...work.refspecs],
  })
}

/** Sends references; the answer has a line `<flag>\t<from>:<to>\t<what>` for each. */
export function pushRemote(
  door: Door,
  work: RemoteWork & { refspecs: string[] },
): Promise<RemoteAnswer> {
  const options = ['--porcelain', '--progress', '--no-verify', '--recurse-submodules=no']
  return run(door, work, {
    service: 'git-receive-pack',
    args: (url) => ['push', ...options, '--', url, ...work.refspecs],
  })
}

/** Names of the remote's references with what they point at; `HEAD` with the branch it names. */
export async function listRemote(
  door: Door,
  work: RemoteWork,
): Promise<{ refs: Map<string, string>; head: string | undefined; hostKeys: string | undefined }> {
  const { stdout, hostKeys } = await run(door, work, {
    service: 'git-upload-pack',
    args: (url) => ['ls-remote', '--symref', '--', url],
  })
  const lines = stdout.split('\n').filter(Boolean)
  const head = lines.map((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1]).find(Boolean)
  const pairs = lines.flatMap((line) => {
    const [sha = '', name = ''] = line.split('\t')
    return sha.startsWith('ref: ') || name.endsWith('^{}') ? [] : [[name, sha] as const]
  })
  return { refs: new Map(pairs), head, hostKeys }
}

interface Command {
  service: GitService
  args: (url: string) => string[]
}

async function run(door: Door, work: RemoteWork, command: Command): Promise<RemoteAnswer> {
  work.signal.throwIfAborted()
  const connection = await connect(door, work.remote, command.service)
  try {
    const stdout = await runGit(connection, work, command.args(connection.url))
    return { stdout, hostKeys: await connection.hostKeys() }
  } finally {
    await connection.close()
  }
}

function runGit(connection: Connection, work: RemoteWork, args: string[]): Promise<string> {
  const child = startGit(work.folder, args, connection.env)
  const stop = () => void child.kill('SIGTERM')
  work.signal.addEventListener('abort', stop, { once: true })
  let [said, stdout] = ['', '']
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (piece: string) => {
    said = (said + piece).slice(-LAST_LINES)
    const line = piece.split(/[\r\n]/).findLast((each) => /^(remote: )?[A-Z][\w ]+:/.test(each))
    if (line) work.onProgress?.(line.replace(/^remote: /, '').slice(0, 200))
  })
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (piece: string) => {
    if (stdout.length < OUTPUT_LIMIT) stdout += piece
  })
  child.stdin.end()
  return new Promise<string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      work.signal.removeEventListener('abort', stop)
      if (work.signal.aborted) reject(work.signal.reason as Error)
      else if (code === 0) resolve(stdout)
      else reject(refusalFor(connection, `${said}\n${refusedRefs(stdout)}`))
    })
  })
}

/** Lines of a push's report that say no. */
const refusedRefs = (report: string): string =>
  report
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.split('\t').slice(1).join(' '))
    .join('; ')

/** git's English words are all there is to tell a wrong key from a missing repository over ssh. */
function refusalFor({ host, secrets }: Connection, said: string): Error {
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION/i.test(said)) {
    return refuseRemote('remoteHostKey', { host })
  }
  if (/Permission denied|Authentication failed|could not read Username|403/i.test(said)) {
    return refuseRemote('remoteDenied', { host })
  }
  if (/not found|does not exist|not appear to be a git repository/i.test(said)) {
    return refuseRemote('remoteMissing', { host })
  }
  const lines = said.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !/\d%/.test(line))
  const plain = secrets.reduce((text, secret) => text.replaceAll(secret, '•••'), lines.join(' '))
  return refuseRemote('remoteFailed', { host, reason: plain.trim().slice(-500) })
}
