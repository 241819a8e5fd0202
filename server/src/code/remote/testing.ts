import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { git } from '../testing.ts'

export type Answer = { status?: number; headers?: Record<string, string>; json?: unknown }
export type Route = (url: URL, request: IncomingMessage) => Answer | undefined

/** Another host: real git behind git's own http-backend, and an API of recorded shapes. */
export interface OtherHost {
  origin: string
  /** Bare repositories, by the path they are served at. */
  root: string
  /** Everything that was asked: method, path and the authorization. */
  asked: { method: string; url: string; authorization: string | undefined }[]
  answer: Route
  close(): Promise<void>
}

export async function openOtherHost(): Promise<OtherHost> {
  const root = mkdtempSync(join(tmpdir(), 'madang-other-'))
  const host: OtherHost = { origin: '', root, asked: [], answer: () => undefined, close }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', host.origin)
    const { authorization } = request.headers
    const token = authorization ?? (request.headers['private-token'] as string | undefined)
    host.asked.push({ method: request.method ?? '', url: request.url ?? '', authorization: token })
    const answer = host.answer(url, request)
    if (!answer) return backend(root, { url, request, response })
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json',
      ...answer.headers,
    })
    response.end(answer.json === undefined ? '' : JSON.stringify(answer.json))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  host.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  async function close() {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    rmSync(root, { recursive: true, force: true })
  }
  return host
}

interface Call {
  url: URL
  request: IncomingMessage
  response: ServerResponse
}

/** CGI, as Apache would run it. */
function backend(root: string, { url, request, response }: Call): void {
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: dirname(root),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_CONFIG_KEY_1: 'http.receivepack',
      GIT_CONFIG_VALUE_1: 'true',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => undefined)
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.on('close', () => {
    const all = Buffer.concat(pieces)
    const end = all.indexOf('\r\n\r\n')
    const lines = all.subarray(0, end).toString('latin1').split('\r\n')
    const headers = lines.map((line) => line.split(': ') as [string, string])
    const status = Number(headers.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200)
    for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name, value)
    response.writeHead(status).end(all.subarray(end + 4))
  })
}

/** A repository with a merged branch, an open one, a tag; gives the commits by what they are. */
export async function fillRepo(bare: string, work: string): Promise<Record<string, string>> {
  const at = (name: string) => git(work, 'rev-parse', name)
  const commit = async (file: string, text: string, message: string) => {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(join(work, file), text)
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', message)
  }
  await git(work, 'init', '-q', '-b', 'trunk')
  await commit('a.txt', 'one\ntwo\nthree\n', 'first')
  const first = await at('HEAD')
  await git(work, 'checkout', '-qb', 'feature')
  await commit('a.txt', 'one\n2\nthree\n', 'two is 2')
  const merged = await at('HEAD')
  await git(work, 'checkout', '-q', 'trunk')
  await git(work, 'merge', '-q', '--no-ff', '-m', 'Merge', 'feature')
  const merge = await at('HEAD')
  await git(work, 'tag', 'v1')
  await git(work, 'checkout', '-qb', 'open-work')
  await commit('b.txt', 'b\n', 'adds b')
  const open = await at('HEAD')
  await git(work, 'checkout', '-qb', 'gone', 'trunk')
  await commit('c.txt', 'c\n', 'adds c')
  const gone = await at('HEAD')
  await git(work, 'init', '-q', '--bare', bare)
  await git(work, 'push', '-q', bare, 'trunk', 'feature', 'open-work', 'v1')
  await git(bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk')
  return { first, merged, merge, open, gone }
}
