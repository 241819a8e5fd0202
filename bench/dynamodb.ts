import { contest, measured, type Rival, ROUNDS, withLoad, withTargets } from './compare.ts'
import { type Figure, spreadOf, withUnit } from './figure.ts'
import { startBare, startFromNpm, startMoto, startOurs, type Target } from './peers.ts'
import { callOnce, jsonCall } from './requests.ts'

const TABLE = 'bench'
const ITEM_BYTES = 1024
const WRITERS = 32
const READERS = 4
const READ_P99_MS = 5

/** PutItem and GetItem of 1 KB, verified and durable. */
export async function dynamodb(): Promise<Figure[]> {
  const starts = [
    () => startOurs(['dynamodb:*']),
    startBare,
    startMoto,
    () => startFromNpm('dynalite'),
  ]
  return withTargets(starts, async ([ours, bare, moto, dynalite]) => {
    for (const target of [ours, moto, dynalite]) if (target) await makeTable(target)
    const rivals = (toBare: number, toMoto: number, toDynalite: number): Rival[] => [
      { name: 'bare node:http', target: bare, bounds: [toBare], lack: '' },
      { name: 'moto_server', target: moto, bounds: [toMoto], lack: 'no moto_server here' },
      { name: 'dynalite', target: dynalite, bounds: [toDynalite], lack: 'it was not installed' },
    ]
    const of = { name: TABLE, sizeBytes: ITEM_BYTES }
    return [
      ...(await contest(
        { ...of, kind: 'dynamoPut', what: ['DynamoDB PutItem of 1 KB'] },
        ours!,
        rivals(0.45, 40, 2),
      )),
      ...(await contest(
        { ...of, kind: 'dynamoGet', what: ['DynamoDB GetItem of 1 KB'], first: 'dynamoPut' },
        ours!,
        rivals(0.55, 70, 2.5),
      )),
      await readsWhileWritten(ours!),
    ]
  })
}

/** Few readers, so that what they wait for is the writers and not one another. */
async function readsWhileWritten(ours: Target): Promise<Figure> {
  const of = { what: [], name: TABLE, sizeBytes: ITEM_BYTES }
  const p99: number[] = []
  const p50: number[] = []
  await withLoad(ours, { ...of, kind: 'dynamoPut', connections: WRITERS }, async () => {
    for (let round = 0; round <= ROUNDS; round++) {
      const [read] = await measured(ours, { ...of, kind: 'dynamoGet', connections: READERS }, round)
      // The first wakes the writers' connections up as well.
      if (round === 0) continue
      p99.push(read!.p99Ms)
      p50.push(read!.p50Ms)
    }
  })
  return {
    what: `DynamoDB GetItem while ${WRITERS} write, p99`,
    ours: `${withUnit(p99, 'ms')}, median ${withUnit(p50, 'ms')}`,
    peer: '',
    ratio: '–',
    bound: `≤ ${READ_P99_MS} ms`,
    isMet: spreadOf(p99).median <= READ_P99_MS,
  }
}

/** Resolves when the table can be written to. */
export async function makeTable({ port, signer }: Target): Promise<void> {
  const maker = { port, keys: signer }
  const call = (operation: string, input: object) =>
    callOnce(maker, jsonCall('dynamodb', `DynamoDB_20120810.${operation}`, input))
  await call('CreateTable', {
    TableName: TABLE,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  while (!(await call('DescribeTable', { TableName: TABLE })).includes('"ACTIVE"')) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
