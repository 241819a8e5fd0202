import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

/** Runs a build unless its stamp holds the digest of these sources (and --if-stale was said). */
export async function whenStale(stamp, paths, build) {
  const sources = fingerprint(paths)
  const isFresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === sources
  if (isFresh && process.argv.includes('--if-stale')) return
  await build()
  writeFileSync(stamp, sources)
}

/** A digest of every file's name and content below these paths. */
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
