import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type GitCall, GitHttpError } from './git-call.ts'
import { git, startGit, stderrOf } from './git-process.ts'
import { answerLsRefs, isLsRefs } from './ls-refs.ts'
import type { ObjectReader } from './object-reader.ts'
import { FLUSH, pktLine } from './pkt-line.ts'

const noCache = { 'cache-control': 'no-cache, max-age=0, must-revalidate' }

/**
 * What git of this machine offers in protocol 2: the same for each repository, as all are
 * configured alike.
 */
let secondProtocol: Promise<Buffer> | undefined

/**
 * `GET info/refs`: in protocol 2 the capabilities, without a process; before that the references.
 */
export async function advertise(call: GitCall): Promise<void> {
  const { exchange, service, protocol } = call
  const isSecond = service === 'git-upload-pack' && protocol.split(':').includes('version=2')
  if (isSecond) secondProtocol ??= askGit(call)
  const said = await (isSecond ? secondProtocol! : askGit(call))
  const head = isSecond ? [] : [pktLine(`# service=${service}\n`), FLUSH]
  const body = Buffer.concat([...head, said])
  exchange.response.writeHead(200, {
    ...noCache,
    'content-type': `application/x-${service}-advertisement`,
    'content-length': body.length,
  })
  exchange.response.end(exchange.request.method === 'HEAD' ? undefined : body)
}

function askGit({ repo, service, protocol }: GitCall): Promise<Buffer> {
  const command = service === 'git-upload-pack' ? 'upload-pack' : 'receive-pack'
  return git([command, '--http-backend-info-refs', repo.folder], {
    folder: repo.folder,
    env: { GIT_PROTOCOL: protocol },
  })
}

/** `POST git-upload-pack`: what references there are we know ourselves, the rest git answers. */
export async function serveFetch(objects: ObjectReader, call: GitCall): Promise<void> {
  const body = (call.body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const start = call.protocol.includes('version=2') ? await beginningOf(body) : Buffer.alloc(0)
  if (!isLsRefs(start)) return throughGit(call, { start, body })
  const answer = await answerLsRefs(objects, call.repo.folder, { start, body })
  startAnswer(call.exchange.response).end(answer)
}

/** Enough of the body to tell its command. */
async function beginningOf(body: AsyncIterator<Buffer>): Promise<Buffer> {
  let start = Buffer.alloc(0)
  while (isLsRefs(start) === undefined) {
    const { value, done } = await body.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  return start
}

interface Beginning {
  start: Buffer
  body: AsyncIterator<Buffer>
}

async function* bytesOf({ start, body }: Beginning): AsyncGenerator<Buffer> {
  yield start
  for (;;) {
    const { value, done } = await body.next()
    if (done) return
    yield value
  }
}

/**
 * Streams both ways through git. The status waits for git's first byte, so
 * that a body git does not understand is still refused in words.
 */
async function throughGit(call: GitCall, beginning: Beginning): Promise<void> {
  const { response } = call.exchange
  const { folder } = call.repo
  const child = startGit(folder, ['upload-pack', '--stateless-rpc', '--strict', folder], {
    GIT_PROTOCOL: call.protocol,
  })
  const stderr = stderrOf(child)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  response.on('close', () => child.kill())
  // Whoever hung up before git was there closes nothing any more, and git would wait for a reader.
  if (response.closed) child.kill()
  // A reader that goes away ends the process; git ending first leaves the rest of the body unread.
  const sent = pipeline(() => bytesOf(beginning), child.stdin).catch(() =>
    call.exchange.request.resume(),
  )
  child.stdout.once('data', () => startAnswer(response))
  child.stdout.on('data', (piece: Buffer) => {
    if (!response.write(piece)) child.stdout.pause()
  })
  response.on('drain', () => child.stdout.resume())
  const code = await ended
  await sent
  if (response.headersSent && code === 0) response.end()
  else if (response.headersSent) response.destroy()
  else if (code === 0) startAnswer(response).end()
  else throw new GitHttpError(400, `git could not read this request: ${lastWords(stderr())}`)
}

function startAnswer(response: ServerResponse): ServerResponse {
  return response.writeHead(200, {
    ...noCache,
    'content-type': 'application/x-git-upload-pack-result',
  })
}

/** The last line git said, without its `fatal:`. */
export function lastWords(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? ''
  return line.replace(/^(fatal|error): /, '') || 'it ended without a word'
}
