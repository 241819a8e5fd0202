// Types, lint and format over the whole tree. Exits non-zero at the first that fails.
import { spawnSync } from 'node:child_process'
import { root } from './toolchain.mjs'

const steps = [
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ['types (web)', ['node_modules/typescript/bin/tsc', '-p', 'web/tsconfig.json']],
  ['lint', ['node_modules/oxlint/bin/oxlint', '--deny-warnings', '.']],
  ['format', ['node_modules/oxfmt/bin/oxfmt', '--check', '.']],
]
for (const [name, args] of steps) {
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (done.status !== 0) {
    console.error(`check: ${name} failed`)
    process.exit(done.status ?? 1)
  }
}
