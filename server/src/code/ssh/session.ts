import { fillText } from '@madang/api'
import type { ServerChannel, Session } from 'ssh2'
import { errorText, Refusal } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { GitHttpError } from '../git-call.ts'
import { git, startGit } from '../git-process.ts'
import { servePush } from '../git-push.ts'
import { lfsTicket } from '../lfs/index.ts'
import { NotPktLines } from '../pkt-line.ts'
import { admit, type Admitted, personOf } from './admit.ts'
import { readCommand, type SshCommand } from './command.ts'
import type { KeyRow } from '../keys/index.ts'

/** What a session is served with. */
export interface SessionGiven {
  parts: CodeParts
  keys: KeyRow[]
  /** Origin of the pages, as this client reaches the machine. */
  origin: string
}

const LONGEST_SILENCE_S = 600

/** One channel of a signed-in client: a command of git, or a word why not. */
export function serveSession(session: Session, given: SessionGiven): Promise<void> {
  let protocol = ''
  session.on('env', (accept, _reject, { key, val }) => {
    const isProtocol = key === 'GIT_PROTOCOL' && /^[a-z0-9=:.-]{1,100}$/.test(val)
    if (isProtocol) protocol = val
    accept?.() // `git` sends LANG and others by some configurations; they are taken and forgotten
  })
  return new Promise((resolve) => {
    session.on('exec', (accept, _reject, { command }) => {
      const channel = accept()
      resolve(run(channel, readCommand(command), { ...given, protocol }))
    })
    session.on('shell', (accept) => {
      resolve(greet(accept(), given))
    })
    session.on('close', () => resolve())
  })
}

interface Run extends SessionGiven {
  protocol: string
}

async function run(
  channel: ServerChannel,
  command: SshCommand | undefined,
  given: Run,
): Promise<void> {
  try {
    if (!command) {
      throw new GitHttpError(
        400,
        'Only git is served here: git-upload-pack, git-receive-pack and git-lfs-authenticate.',
      )
    }
    end(channel, await serve(channel, command, given))
  } catch (error) {
    channel.stderr.write(`${await wordsFor(error, given)}\n`)
    end(channel, 128) // what git itself ends with when it dies
  }
}

async function serve(channel: ServerChannel, command: SshCommand, given: Run): Promise<number> {
  const { context, sync } = given.parts
  const isWrite =
    command.kind === 'push' || (command.kind === 'lfs' && command.operation === 'upload')
  const admitted = await admit(context, given.keys, { ...command, isWrite })
  if (command.kind === 'fetch') return fetch(channel, admitted, given.protocol)
  if (command.kind === 'lfs') {
    const { actor, repo } = admitted
    const ticket = lfsTicket(context.kernel, { actor, repo, isWrite, origin: given.origin })
    channel.write(`${JSON.stringify(ticket)}\n`)
    return 0
  }
  channel.write(await advertisement(admitted, given.protocol))
  const say = (bytes: Buffer) => void channel.write(bytes)
  const { protocol } = given
  channel.write(await servePush(context, sync, { ...admitted, protocol, body: channel, say }))
  return 0
}

/** The same as over HTTP, without its first line. */
async function advertisement({ repo }: Admitted, protocol: string): Promise<Buffer> {
  const args = ['receive-pack', '--http-backend-info-refs', repo.folder]
  return git(args, { folder: repo.folder, env: { GIT_PROTOCOL: protocol } })
}

/** Both ways at once through git, whose exit code becomes the session's. */
function fetch(channel: ServerChannel, { repo }: Admitted, protocol: string): Promise<number> {
  const args = ['upload-pack', '--strict', `--timeout=${LONGEST_SILENCE_S}`, repo.folder]
  const child = startGit(repo.folder, args, { GIT_PROTOCOL: protocol })
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  channel.on('close', () => child.kill())
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 128))
  })
}

function end(channel: ServerChannel, code: number): void {
  channel.exit(code)
  channel.end()
}

/** `ssh -T git@host`: who one is here, as the well-known hosts say it. */
async function greet(channel: ServerChannel, { parts, keys }: SessionGiven): Promise<void> {
  const person = await personOf(parts.context, keys)
  const text =
    person?.language === 'ko'
      ? `${person.displayName}님, 인증되었습니다. 이 서버는 셸을 제공하지 않으니 git으로 접속하세요.`
      : `Hello ${person?.displayName ?? keys[0]?.label ?? ''}! You are signed in, but there is no shell here; use git.`
  channel.stderr.write(`${text}\r\n`)
  end(channel, 1)
}

async function wordsFor(error: unknown, { parts, keys }: Run): Promise<string> {
  if (error instanceof GitHttpError) return error.message
  if (error instanceof NotPktLines) return `This is not what git sends: ${error.message}.`
  if (error instanceof Refusal) {
    const person = await personOf(parts.context, keys)
    return fillText(error.text[person?.language ?? 'en'], error.parameters)
  }
  parts.context.kernel.log.error('ssh.bug', { error: errorText(error) })
  return 'This is our fault, not yours. The server log has it.'
}
