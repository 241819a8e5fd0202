// Builds the pages when they are older than their sources (or always, without --if-stale).
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

const stamp = join(root, 'web', 'dist', '.sources')
const sources = fingerprint([
  'web/src',
  'web/public',
  'web/index.html',
  'web/vite.config.ts',
  'api/src',
  'package-lock.json',
])
const isFresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === sources
if (!(isFresh && process.argv.includes('--if-stale'))) {
  console.error('Building the pages …')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const done = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: join(root, 'web'),
    stdio: 'inherit',
  })
  if (done.status !== 0) process.exit(done.status ?? 1)
  writeFileSync(stamp, sources)
}

/** A digest of every file's name, size and content below these paths. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap((entry) => files(join(root, entry)))) {
    hash.update(path).update(readFileSync(path))
  }
  return hash.digest('hex')
}

function files(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)))
}
