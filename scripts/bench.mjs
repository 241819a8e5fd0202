// `npm run bench [name …]`: measures what the issue bounds, beside a peer in the same run, and prints it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { machineLine, tableText } from '../bench/figure.ts'
import { root } from './toolchain.mjs'

const benches = {
  start: async () => (await import('../bench/start.ts')).start(),
  loop: async () => (await import('../bench/loop.ts')).loop(),
  clone: async () => (await import('../bench/clone.ts')).clone(),
  registry: async () => (await import('../bench/registry.ts')).registry(),
  s3: async () => (await import('../bench/s3.ts')).s3(),
  large: async () => (await import('../bench/large.ts')).large(),
  dynamodb: async () => (await import('../bench/dynamodb.ts')).dynamodb(),
  sqs: async () => (await import('../bench/sqs.ts')).sqs(),
  kinesis: async () => (await import('../bench/kinesis.ts')).kinesis(),
  board: async () => (await import('../bench/board.ts')).board(),
  store: async () => (await import('../bench/store.ts')).store(),
  pipeline: async () => (await import('../bench/pipeline.ts')).pipeline(),
  flat: async () => (await import('../bench/flat.ts')).flat(),
}
// Takes half an hour: only when asked for by name.
const onlyAsked = ['flat']

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`bench: no ${unknown.join(', ')}; there is ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}

for (const script of ['build-web.mjs', 'build-server.mjs']) {
  const built = spawnSync(process.execPath, [join(root, 'scripts', script), '--if-stale'], {
    stdio: 'inherit',
  })
  if (built.status !== 0) process.exit(built.status ?? 1)
}

const figures = []
for (const [name, run] of Object.entries(benches)) {
  if (asked.length > 0 ? !asked.includes(name) : onlyAsked.includes(name)) continue
  console.error(`${name} …`)
  const found = await run()
  console.error(tableText(found))
  figures.push(...found)
}
console.log(`\n${machineLine()}\n\n${tableText(figures)}`)
process.exitCode = figures.some(({ isMet }) => isMet === false) ? 1 : 0
