// Two builds of this server in turns: `node bench/sides.ts <before>/server/dist <after>/server/dist [kind …]`.
// Prints the processor time of a request on the main thread, the one figure that a busy machine leaves
// comparable: medians over rounds that follow one another at once.
import { join, resolve } from 'node:path'
import { type Contest, load, measured, withTargets } from './compare.ts'
import { makeTable } from './dynamodb.ts'
import { ratios, ratioText, spreadOf, withUnit } from './figure.ts'
import type { LoadKind, Outcomes } from './load.ts'
import { startOurs, type Target } from './peers.ts'
import { makeBucket } from './s3.ts'
import { makeQueue } from './sqs.ts'

const ROUNDS = Number(process.env['MADANG_BENCH_ROUNDS'] ?? 7)
const COUNT = Number(process.env['MADANG_BENCH_COUNT'] ?? 6000)
const NAME = 'bench'

const sizes: Partial<Record<LoadKind, number>> = {
  s3Put: 4096,
  s3Get: 4096,
  dynamoPut: 1024,
  dynamoGet: 1024,
  sqs: 200,
}
const sqsParts = ['send', 'receive', 'delete']

async function sides(folders: string[], kinds: LoadKind[]): Promise<void> {
  const starts = folders.map(
    (folder) => () => startOurs(['s3:*', 'dynamodb:*', 'sqs:*'], join(resolve(folder), 'main.js')),
  )
  await withTargets(starts, async (targets) => {
    const both = targets as Target[]
    for (const target of both) await prepare(target)
    for (const kind of kinds) await compare(kind, both)
  })
}

async function prepare(target: Target): Promise<void> {
  await makeBucket(target)
  await makeTable(target)
  await makeQueue(target)
  for (const kind of ['s3Put', 'dynamoPut'] as const) await load(target, contestOf(kind), 0)
}

const contestOf = (kind: LoadKind): Contest => ({
  kind,
  what: [],
  name: NAME,
  sizeBytes: sizes[kind]!,
  count: COUNT,
})

async function compare(kind: LoadKind, targets: Target[]): Promise<void> {
  const runs = new Map<Target, Outcomes[]>(targets.map((target) => [target, []]))
  for (const target of targets) await load(target, contestOf(kind), 0)
  for (let round = 1; round <= ROUNDS; round++) {
    for (const target of targets)
      runs.get(target)!.push(await measured(target, contestOf(kind), round))
  }
  for (const [at, part] of (kind === 'sqs' ? sqsParts : ['']).entries()) {
    const us = targets.map((target) => runs.get(target)!.map((outcomes) => outcomes[at]!.mainUs))
    const all = targets.map((target) => runs.get(target)!.map((outcomes) => outcomes[at]!.allUs))
    const rates = targets.map((target) =>
      runs.get(target)!.map((outcomes) => outcomes[at]!.perSecond),
    )
    const sidesText = us.map((values, side) => {
      const rest = spreadOf(all[side]!).median.toFixed(0)
      return `${withUnit(values, 'µs')} of ${rest} at ${spreadOf(rates[side]!).median.toFixed(0)}/s`
    })
    const ratio = us.length > 1 ? ` · ${ratioText(ratios(us[1]!, us[0]!))}` : ''
    console.log(`${`${kind} ${part}`.padEnd(12)} ${sidesText.join(' → ')}${ratio}`)
  }
}

const [, , ...given] = process.argv
const folders = given.filter((it) => !Object.hasOwn(sizes, it))
const kinds = given.filter((it) => Object.hasOwn(sizes, it)) as LoadKind[]
if (folders.length === 0) {
  console.error('node bench/sides.ts <folder of a build> [<of another>] [s3Put s3Get …]')
  process.exit(2)
}
await sides(folders, kinds.length > 0 ? kinds : (Object.keys(sizes) as LoadKind[]))
