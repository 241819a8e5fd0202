import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityEndpoints } from '@madang/api'
import { browserHeaders, Client } from '../server/src/testing/client.ts'

const root = join(import.meta.dirname, '..')
const STOP_MS = 15_000
const builtHere = join(root, 'server/dist/main.js')

/** The built server as a process of its own, on a data folder of its own. */
export interface BenchServer {
  origin: string
  cloudPort: number
  home: string
  pid: number
  /** Of the one-time link, in a new data folder. */
  welcomeCode: Promise<string>
  stop(): Promise<void>
}

/** `built`: another checkout's `server/dist/main.js`. */
export async function startServer(
  given: { home?: string; built?: string } = {},
): Promise<BenchServer> {
  const home = given.home ?? mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const cloudPort = await freePort()
  const flags = ['--home', home, '--port', '0', '--cloud-port', String(cloudPort), '--no-sample']
  const child = spawnNode([given.built ?? builtHere, ...flags])
  const code = firstMatch(child, /(?<=[?]code=)[\w-]+/)
  code.catch(() => undefined) // only who asks for it minds that there was none
  const origin = await firstMatch(child, /https?:\/\/[^\s/]+/)
  return {
    origin,
    cloudPort,
    home,
    pid: child.pid!,
    welcomeCode: code,
    async stop() {
      await ended(child)
      if (!given.home) rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Signs up the first administrator; gives her browser. */
export async function signUp(origin: string, code: string): Promise<Client> {
  const nobody = new Client(origin)
  const body = {
    code,
    name: 'ada',
    displayName: 'Ada',
    password: 'correct horse battery',
    language: 'en' as const,
  }
  const response = await nobody.send(identityEndpoints.setup, { body })
  const me = (await response.json()) as { csrf: string }
  return new Client(origin, browserHeaders(response, me.csrf))
}

export function spawnNode(args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  errorsOf(child)
  return child
}

const errors = new WeakMap<ChildProcess, { text: string }>()
const KEPT_CHARACTERS = 4000

/** What it says is printed, and kept for whoever has to tell why it ended. */
function errorsOf(child: ChildProcess): { text: string } {
  const known = errors.get(child)
  if (known) return known
  const kept = { text: '' }
  errors.set(child, kept)
  child.stderr?.on('data', (piece: Buffer) => {
    process.stderr.write(piece)
    kept.text = (kept.text + String(piece)).slice(-KEPT_CHARACTERS)
  })
  return kept
}

/** The first match in what a process prints. */
export function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout!.on('data', (piece: Buffer) => {
      text += String(piece)
      const found = pattern.exec(text)
      if (found) resolve(found[0])
    })
    // After `close` all it has said is here; after `exit` it need not be.
    child.once('close', (code, signal) => {
      const said = `${text}${errorsOf(child).text}`.trim() || 'it said nothing'
      reject(new Error(`ended with ${code ?? signal} before ${pattern}: ${said}`))
    })
    child.once('error', reject)
  })
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const cut = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exit
  clearTimeout(cut)
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
