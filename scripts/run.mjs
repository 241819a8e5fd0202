// The one entry of every npm script. Runs on Node 20 (plain JavaScript), brings what is missing
// (dependencies, Node 24, Debian's chromium for the browser tests is left to .ci/run) and hands over.
import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { ensureToolchain, root } from './toolchain.mjs'

const [task, ...args] = process.argv.slice(2)

const tasks = {
  start: [
    ['scripts/build-web.mjs', '--if-stale'],
    ['scripts/build-server.mjs', '--if-stale'],
    ['server/dist/main.js', ...args],
  ],
  dev: [['scripts/dev.mjs', ...args]],
  tour: [
    ['scripts/build-web.mjs', '--if-stale'],
    ['scripts/tour.ts', ...args],
  ],
  test: [
    ...(args.length ? [] : [['scripts/check.mjs'], ['scripts/build-web.mjs', '--if-stale']]),
    ['node_modules/vitest/vitest.mjs', 'run', ...args],
  ],
  check: [['scripts/check.mjs', ...args]],
  build: [['scripts/build-web.mjs'], ['scripts/build-server.mjs'], ['scripts/build-cloud.mjs']],
  bench: [['scripts/bench.mjs', ...args]],
  format: [['node_modules/oxfmt/bin/oxfmt', '.']],
}

const steps = tasks[task]
if (!steps) {
  console.error(`run: unknown task "${task ?? ''}"; one of ${Object.keys(tasks).join(', ')}`)
  process.exit(2)
}

const node = await ensureToolchain()
for (const step of steps) {
  const code = await run(node, step)
  if (code !== 0) process.exit(code)
}

/** Runs one step with the chosen Node, passing signals on; resolves to its exit code. */
function run(nodePath, step) {
  return new Promise((resolve) => {
    const child = spawn(nodePath, ['--disable-warning=ExperimentalWarning', ...step], {
      cwd: root,
      stdio: 'inherit',
      // Where the machine's Node is older, whatever is started below finds the one that was fetched.
      env: { ...process.env, PATH: `${dirname(nodePath)}${delimiter}${process.env.PATH ?? ''}` },
    })
    const pass = (signal) => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      resolve(signal ? 1 : (code ?? 1))
    })
  })
}
