import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Vitest's global set-up of nothing else than the bundle: what a user of the package has. */
export function buildCloud(): void {
  const script = join(root, 'scripts/build-cloud.mjs')
  execFileSync(process.execPath, [script, '--if-stale'], { cwd: root, stdio: 'inherit' })
}
