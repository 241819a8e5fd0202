import { contest, type Rival, withTargets } from './compare.ts'
import type { Figure } from './figure.ts'
import { startBare, startFromNpm, startMoto, startOurs, type Target } from './peers.ts'
import { callOnce, jsonCall } from './requests.ts'

const TABLE = 'bench'
const ITEM_BYTES = 1024

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
    ]
  })
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
