#!/usr/bin/env node
// Node 24 runs the sources as they are; an older one is sent to the checkout's own.
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { run } = await import(main)
  process.exitCode = await run(process.argv)
} else {
  const name = `node-${process.platform}-${process.arch}`
  const own = fileURLToPath(
    new URL(`../../.toolchain/node_modules/${name}/bin/node`, import.meta.url),
  )
  if (!existsSync(own)) {
    console.error('madang needs Node 24 or newer (npm start in the checkout fetches one).')
    process.exit(1)
  }
  const script = fileURLToPath(import.meta.url)
  const done = spawnSync(own, [script, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(done.status ?? 1)
}
