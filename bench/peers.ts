import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { callOnce, type Keys, ROOT } from './requests.ts'
import { ended, firstMatch, freePort, spawnNode, startServer } from './server.ts'

const START_MS = 30_000
const INSTALL_MS = 180_000

/** A server under load: ours, or one that stands beside it. */
export interface Target {
  name: string
  port: number
  signer: Keys
  pid: number
  /** How many of our requests one of its is worth: slow peers are sent fewer. */
  share: number
  stop(): Promise<void>
}

/** The built server with a user whose policy IAM is asked for each request, like a colleague's. */
export async function startOurs(actions: string[], built?: string): Promise<Target> {
  const server = await startServer(built === undefined ? {} : { built })
  const port = server.cloudPort
  const signer = await userKeys(port, actions)
  const { pid } = server
  return { name: 'madang', port, signer, pid, share: 1, stop: () => server.stop() }
}

/** The least a server on Node can do. */
export async function startBare(): Promise<Target> {
  const child = spawnNode([join(import.meta.dirname, 'bare-http.mjs')])
  const port = Number((await firstMatch(child, /port \d+/)).slice(5))
  return targetOf('bare node:http', port, child, 1)
}

/** Undefined where there is none. */
export async function startMoto(): Promise<Target | undefined> {
  if (spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).error) return undefined
  const port = await freePort()
  const child = spawn('moto_server', ['-p', String(port)], { stdio: 'ignore' })
  if (!(await answering(child, port, '/moto-api/'))) return undefined
  // Some 200 a second.
  return targetOf('moto_server', port, child, 1 / 15)
}

interface NpmPeer {
  version: string
  /** Its program, inside the package. */
  program: string
  flags(port: number, folder: string): string[]
  signer?: Keys
}

// Not dependencies: two are years old, and whoever builds the product needs none of them.
const npmPeers: Record<string, NpmPeer> = {
  dynalite: {
    version: '4.0.0',
    program: 'cli.js',
    flags: (port) => ['--port', String(port), '--createTableMs', '0'],
  },
  kinesalite: {
    version: '3.3.3',
    program: 'cli.js',
    flags: (port) => ['--port', String(port), '--createStreamMs', '0'],
  },
  s3rver: {
    version: '3.7.1',
    program: 'bin/s3rver.js',
    flags: (port, folder) => ['-p', String(port), '-a', '127.0.0.1', '-d', folder, '-s'],
    signer: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  },
}

/** Installs a peer from npm into the temporary folder at first use; undefined where that fails. */
export async function startFromNpm(name: keyof typeof npmPeers): Promise<Target | undefined> {
  const peer = npmPeers[name]!
  const folder = join(tmpdir(), `madang-bench-${name}-${peer.version}`)
  const program = installed(name, peer, folder)
  if (!program) return undefined
  const port = await freePort()
  const data = join(folder, 'data', String(port))
  mkdirSync(data, { recursive: true })
  const child = spawn(process.execPath, [program, ...peer.flags(port, data)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (!(await answering(child, port, '/'))) return undefined
  return targetOf(name, port, child, 1 / 2, peer.signer)
}

function installed(name: string, { version, program }: NpmPeer, folder: string) {
  const require = createRequire(join(folder, 'package.json'))
  const find = () => {
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), program)
    } catch {
      return undefined // not there (yet)
    }
  }
  const found = find()
  if (found) return found
  mkdirSync(folder, { recursive: true })
  console.error(`installing ${name}@${version} …`)
  const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  spawnSync('npm', ['install', ...flags, `${name}@${version}`], {
    stdio: 'ignore',
    timeout: INSTALL_MS,
  })
  return find()
}

/** A peer that doesn't start is told and left out: it must not take our own figures with it. */
async function answering(child: ChildProcess, port: number, path: string): Promise<boolean> {
  const deadline = Date.now() + START_MS
  child.once('error', () => undefined) // then there is no process, which is noticed below
  for (;;) {
    // Any answer will do; a refused connection is not one.
    const signal = AbortSignal.timeout(5000)
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { signal }).catch(() => undefined)
    if (reply) return true
    if (child.pid === undefined || child.exitCode !== null || Date.now() > deadline) {
      console.error(`skipped: ${child.spawnargs.join(' ')} did not start`)
      if (child.pid !== undefined) await ended(child)
      return false
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function targetOf(
  name: string,
  port: number,
  child: ChildProcess,
  share: number,
  signer: Keys = ROOT,
): Target {
  return { name, port, signer, pid: child.pid!, share, stop: () => ended(child) }
}

async function userKeys(port: number, actions: string[]): Promise<Keys> {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  }
  const UserName = 'bench'
  const iam = (form: Record<string, string>) =>
    callOnce(
      { port, keys: ROOT },
      {
        method: 'POST',
        url: '/',
        service: 'iam',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Version: '2010-05-08', ...form }).toString(),
      },
    )
  await iam({ Action: 'CreateUser', UserName })
  const document = { PolicyName: 'bench', PolicyDocument: JSON.stringify(policy) }
  await iam({ Action: 'PutUserPolicy', UserName, ...document })
  const made = await iam({ Action: 'CreateAccessKey', UserName })
  const member = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(made)![1]!
  return { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') }
}
