import { type Contest, load, measured, withTargets } from './compare.ts'
import { makeTable } from './dynamodb.ts'
import { type Figure, ratios, ratioText, spreadOf, withUnit } from './figure.ts'
import type { LoadKind } from './load.ts'
import { startOurs, type Target } from './peers.ts'
import type { Outcome } from './replay.ts'
import { callOnce, jsonCall } from './requests.ts'
import { makeBucket } from './s3.ts'

const ROUNDS = Number(process.env['MADANG_BENCH_ROUNDS'] ?? 5)
/** A million, or less for a trial. */
const MANY = Number(process.env['MADANG_BENCH_MANY'] ?? 1_000_000)
const QUEUES = Math.min(10_000, MANY)
const STEP = 50_000
const BOUND = 0.8
const NAME = 'bench'

/** The same requests before and after there are a million items, a million objects, 10,000 queues. */
export async function flat(): Promise<Figure[]> {
  const start = () => startOurs(['s3:*', 'dynamodb:*', 'sqs:*'])
  return withTargets([start], async ([target]) => {
    const ours = target!
    await makeBucket(ours)
    await makeTable(ours)
    await makeQueue(ours, NAME)
    const objects = { what: `${MANY} objects`, sizeBytes: 4096 }
    const items = { what: `${MANY} items`, sizeBytes: 1024 }
    return [
      ...(await besideItself(ours, objects, ['s3Put', 's3Get'], () => fill(ours, 's3Put'))),
      ...(await besideItself(ours, items, ['dynamoPut', 'dynamoGet'], () =>
        fill(ours, 'dynamoPut'),
      )),
      ...(await besideItself(ours, { what: `${QUEUES} queues`, sizeBytes: 200 }, ['sqs'], () =>
        fillQueues(ours),
      )),
    ]
  })
}

async function besideItself(
  ours: Target,
  of: { what: string; sizeBytes: number },
  kinds: LoadKind[],
  fillUp: () => Promise<void>,
): Promise<Figure[]> {
  const few = await measure(ours, of.sizeBytes, kinds)
  await fillUp()
  const many = await measure(ours, of.sizeBytes, kinds)
  return kinds.map((kind) => lineOf(`${kind} with ${of.what}`, few.get(kind)!, many.get(kind)!))
}

async function measure(ours: Target, sizeBytes: number, kinds: LoadKind[]) {
  const found = new Map<LoadKind, Outcome[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of kinds) {
      const given: Contest = { kind, what: [], name: NAME, sizeBytes }
      const outcomes = await measured(ours, given, round)
      if (round > 0) found.get(kind)!.push(...outcomes)
    }
  }
  return found
}

function lineOf(what: string, few: Outcome[], many: Outcome[]): Figure {
  const per = (runs: Outcome[]) => runs.map(({ perSecond }) => perSecond)
  const each = ratios(per(many), per(few))
  return {
    what,
    ours: withUnit(per(many), '/s'),
    peer: `itself, nearly empty ${withUnit(per(few), '/s')}`,
    ratio: ratioText(each),
    bound: `≥ ${BOUND} ×`,
    isMet: spreadOf(each).median >= BOUND,
  }
}

/** Small ones: it is their number that counts. */
async function fill(ours: Target, kind: LoadKind): Promise<void> {
  for (let from = 0; from < MANY; from += STEP) {
    const count = Math.min(STEP, MANY - from)
    const given = { kind, what: [], name: NAME, sizeBytes: 100, count, keys: count }
    await load(ours, { ...given, firstKey: 1_000_000 + from, connections: 64 }, from + 1)
  }
}

async function fillQueues(ours: Target): Promise<void> {
  for (let number = 0; number < QUEUES; number++) await makeQueue(ours, `bench-${number}`)
}

async function makeQueue({ port, signer }: Target, QueueName: string): Promise<void> {
  await callOnce({ port, keys: signer }, jsonCall('sqs', 'AmazonSQS.CreateQueue', { QueueName }))
}
