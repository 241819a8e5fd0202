import { hash } from 'node:crypto'
import { once } from 'node:events'
import type { Jobs, Kernel, Transaction } from '../../../kernel/index.ts'
import type { Principal } from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { eventId, type StreamRecord } from './store-streams.ts'
import type { Destination, Table } from './table-model.ts'

const DELIVER = 'cloud-dynamodb.deliver'
const BATCH = 100
const LOOK_AGAIN_MS = 1000
/** A record is announced just before it is written. */
const LANDING_MS = 15
const MOST_DESTINATIONS = 1000

/** Sends a table's changes on, in order, for as long as the destination is on. */
export const enqueueDelivery = (jobs: Jobs, tx: Transaction, tableId: number, id: number) =>
  jobs.enqueue(tx, { kind: DELIVER, payload: { tableId, id }, key: `${tableId}/${id}` })

/** The job lives as long as its destination: ended by the server's end, it begins again with it. */
export function handleDelivery(kernel: Kernel, parts: DynamoParts): void {
  kernel.jobs.handle(DELIVER, {
    concurrency: MOST_DESTINATIONS,
    maxAttempts: Number.MAX_SAFE_INTEGER,
    async run({ payload, signal }) {
      const { tableId, id } = payload as { tableId: number; id: number }
      while (!signal.aborted) {
        const table = parts.tables.byId(tableId)
        const destination = table?.destinations?.find((one) => one.id === id)
        if (!table || !destination) return
        if (await deliver(parts, table, destination)) continue
        if (!destination.isActive) return
        await awaitRecord(parts, id, signal)
      }
    },
  })
}

async function awaitRecord({ streams }: DynamoParts, id: number, signal: AbortSignal) {
  const waiting = AbortSignal.any([signal, AbortSignal.timeout(LOOK_AGAIN_MS)])
  try {
    for (;;) {
      const [told] = (await once(streams.recorded, 'record', { signal: waiting })) as [number]
      if (told === id) break
    }
    await new Promise((resolve) => setTimeout(resolve, LANDING_MS))
  } catch (error) {
    if (!waiting.aborted) throw error
  }
}

/** DynamoDB's own service-linked role, which may write to any stream of the account. */
const serviceRole = (account: string): Principal => ({
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
})

/** One batch; false where nothing waits. What the stream refuses stays first in line. */
async function deliver(
  { streams, deps }: DynamoParts,
  table: Table,
  destination: Destination,
): Promise<boolean> {
  const { account, region } = table
  const records = await streams.read(destination.id, 0, BATCH)
  if (records.length === 0) return false
  const aws = deps.as({ principal: serviceRole(account), account, region })
  for (const record of records) {
    await aws.kinesis.putRecord({
      StreamARN: destination.streamArn,
      PartitionKey: hash('md5', record.keys, 'hex'),
      Data: Buffer.from(told(table, destination, record)),
    })
    await streams.delivered(destination.id, record.seq)
  }
  return true
}

/** The images are JSON text already, as they go over the wire. */
function told(table: Table, { id, precision }: Destination, record: StreamRecord): string {
  const isMicro = precision === 'MICROSECOND'
  const at = isMicro ? record.seq : record.atMs
  const images =
    (record.after === undefined ? '' : `,"NewImage":${record.after}`) +
    (record.before === undefined ? '' : `,"OldImage":${record.before}`)
  const user = record.isExpiry
    ? '{"principalId":"dynamodb.amazonaws.com","type":"Service"}'
    : 'null'
  return (
    `{"awsRegion":"${table.region}","eventID":"${eventId(id, record.seq)}",` +
    `"eventName":"${record.name}","userIdentity":${user},"recordFormat":"application/json",` +
    `"tableName":"${table.name}","dynamodb":{"ApproximateCreationDateTime":${at},` +
    `"Keys":${record.keys}${images},"SizeBytes":${record.sizeBytes}` +
    `${isMicro ? ',"ApproximateCreationDateTimePrecision":"MICROSECOND"' : ''}},` +
    '"eventSource":"aws:dynamodb"}'
  )
}
