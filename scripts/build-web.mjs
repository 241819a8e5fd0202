// Builds the pages (always, or with --if-stale when they are older than their sources).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { whenStale } from './fingerprint.mjs'
import { root } from './toolchain.mjs'

const folder = join(root, 'web')
const sources = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'ahead.ts',
  'first-font.ts',
  'schemas.ts',
  'styles.ts',
].map((name) => `web/${name}`)

await whenStale(
  join(folder, 'dist', '.sources'),
  [...sources, 'api/src', 'package-lock.json'],
  () => {
    console.error('Building the pages …')
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
    const args = [vite, 'build', '--logLevel', 'warn']
    const done = spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit' })
    if (done.status !== 0) process.exit(done.status ?? 1)
  },
)
