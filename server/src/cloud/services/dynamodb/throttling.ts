import { AwsError, type RequestContext } from '../../gateway/index.ts'
import type { ConsumedCapacity } from './capacity.ts'
import type { Run, Values } from './operation-table.ts'
import type { DynamoParts } from './parts.ts'
import { type Index, nameOf, type Table, tableArn } from './table-model.ts'

/** Unused throughput is kept for five minutes (developer guide, "burst capacity"). */
const BURST_S = 300

export type Kind = 'Read' | 'Write'

export const kinds: Record<string, Kind> = {
  GetItem: 'Read',
  BatchGetItem: 'Read',
  Query: 'Read',
  Scan: 'Read',
  TransactGetItems: 'Read',
  PutItem: 'Write',
  UpdateItem: 'Write',
  DeleteItem: 'Write',
  BatchWriteItem: 'Write',
  TransactWriteItems: 'Write',
}

interface Bucket {
  units: number
  level: number
  atMs: number
}

/** Throughput of tables and global indexes as buckets of five minutes' units. */
export class Buckets {
  readonly #all = new Map<string, Bucket>()

  at(id: string, units: number, nowMs: number): Bucket {
    let bucket = this.#all.get(id)
    if (!bucket || bucket.units !== units) {
      const level = Math.min(bucket?.level ?? Infinity, units * BURST_S)
      bucket = { units, level, atMs: nowMs }
      this.#all.set(id, bucket)
    }
    const passedS = Math.max(0, nowMs - bucket.atMs) / 1000
    bucket.level = Math.min(units * BURST_S, bucket.level + passedS * units)
    bucket.atMs = nowMs
    return bucket
  }
}

export function throttled(parts: DynamoParts, buckets: Buckets, run: Run, kind: Kind): Run {
  return async (input, ctx) => {
    const { allowed, held } = admit(parts, buckets, input, kind, ctx)
    const output = await run({ ...allowed, ReturnConsumedCapacity: 'INDEXES' }, ctx)
    const told = output['ConsumedCapacity'] as ConsumedCapacity | ConsumedCapacity[] | undefined
    for (const capacity of [told ?? []].flat()) charge(parts, buckets, capacity, kind, ctx)
    const shown = capacityShown(input['ReturnConsumedCapacity'], told)
    const { ConsumedCapacity: _, ...rest } = output
    return {
      ...rest,
      ...(shown && { ConsumedCapacity: shown }),
      ...unprocessed(output, held, kind),
    }
  }
}

/** What of the request may go on; a batch's other tables are handed back. */
function admit(
  parts: DynamoParts,
  buckets: Buckets,
  input: Values,
  kind: Kind,
  ctx: RequestContext,
): { allowed: Values; held: Values } {
  const refusalOf = (given: string, index?: string) => {
    const table = parts.tables.get(ctx, nameOf(given), ctx.now)
    return table && exhausted(buckets, table, index, kind, ctx.now)
  }
  const requests = input['RequestItems'] as Values | undefined
  if (requests) {
    const refusals = Object.keys(requests).map((one) => [one, refusalOf(one)] as const)
    const held = refusals.filter(([, refusal]) => refusal)
    if (held.length > 0 && held.length === refusals.length) throw held[0]![1]!
    const names = new Set(held.map(([one]) => one))
    const [kept, out] = [{} as Values, {} as Values]
    for (const one of Object.keys(requests)) (names.has(one) ? out : kept)[one] = requests[one]
    return { allowed: { ...input, RequestItems: kept }, held: out }
  }
  const items = input['TransactItems'] as Record<string, { TableName?: string }>[] | undefined
  if (items) {
    const refusals = items.map((item) => {
      const given = Object.values(item).find((one) => one !== undefined)?.TableName
      return given === undefined ? undefined : refusalOf(given)
    })
    if (refusals.some((one) => one)) throw cancelled(refusals)
    return { allowed: input, held: {} }
  }
  const refusal = refusalOf(String(input['TableName']), input['IndexName'] as string | undefined)
  if (refusal) throw refusal
  return { allowed: input, held: {} }
}

function unprocessed(output: Values, held: Values, kind: Kind): Values {
  if (Object.keys(held).length === 0) return {}
  const member = kind === 'Read' ? 'UnprocessedKeys' : 'UnprocessedItems'
  return { [member]: { ...(output[member] as Values), ...held } }
}

const unitsOf = (of: Table | Index, kind: Kind) => of.throughput[`${kind}CapacityUnits`]

export function exhausted(
  buckets: Buckets,
  table: Table,
  indexName: string | undefined,
  kind: Kind,
  now: number,
): AwsError | undefined {
  if (table.onDemand) return undefined
  const isEmpty = (id: number, of: Table | Index) =>
    buckets.at(`${id} ${kind}`, unitsOf(of, kind), now).level <= 0
  const globals = table.indexes.filter(({ isGlobal }) => isGlobal)
  const read = globals.find(({ name }) => name === indexName)
  // A write goes into every index, a read only into the one it names.
  const asked = kind === 'Write' ? globals : read ? [read] : []
  const index = asked.find((one) => isEmpty(one.id, one))
  if (index) return exceeded('Index', kind, `${tableArn(table)}/index/${index.name}`)
  if (!read && isEmpty(table.id, table)) return exceeded('Table', kind, tableArn(table))
  return undefined
}

function exceeded(of: 'Table' | 'Index', kind: Kind, resource: string): AwsError {
  const message =
    of === 'Table'
      ? 'The level of configured provisioned throughput for the table was exceeded. Consider ' +
        'increasing your provisioning level with the UpdateTable API.'
      : 'The level of configured provisioned throughput for one or more global secondary indexes ' +
        'of the table was exceeded. Consider increasing your provisioning level for the ' +
        'under-provisioned global secondary indexes with the UpdateTable API'
  const reason = `${of}${kind}ProvisionedThroughputExceeded`
  return new AwsError('ProvisionedThroughputExceededException', message, {
    members: { ThrottlingReasons: [{ reason, resource }] },
  })
}

export function cancelled(refusals: (AwsError | undefined)[]): AwsError {
  const reasons = refusals.map((refusal) =>
    refusal
      ? { Code: 'ProvisionedThroughputExceeded', Message: refusal.message }
      : { Code: 'None' },
  )
  return new AwsError(
    'TransactionCanceledException',
    'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      `[${reasons.map(({ Code }) => Code).join(', ')}]`,
    { members: { CancellationReasons: reasons } },
  )
}

export function charge(
  parts: DynamoParts,
  buckets: Buckets,
  capacity: ConsumedCapacity,
  kind: Kind,
  ctx: RequestContext,
): void {
  const table = parts.tables.get(ctx, nameOf(capacity.TableName!), ctx.now)
  if (!table || table.onDemand) return
  const take = (id: number, of: Table | Index, used = 0) => {
    buckets.at(`${id} ${kind}`, unitsOf(of, kind), ctx.now).level -= used
  }
  // Local indexes live on their table's throughput.
  const locals = Object.values(capacity.LocalSecondaryIndexes ?? {})
  const own = locals.reduce((sum, { CapacityUnits: used = 0 }) => sum + used, 0)
  take(table.id, table, (capacity.Table?.CapacityUnits ?? 0) + own)
  for (const index of table.indexes) {
    const used = capacity.GlobalSecondaryIndexes?.[index.name]?.CapacityUnits
    if (index.isGlobal && used !== undefined) take(index.id, index, used)
  }
}

/** As the client asked for it. */
export function capacityShown(
  wanted: unknown,
  told: ConsumedCapacity | ConsumedCapacity[] | undefined,
): ConsumedCapacity | ConsumedCapacity[] | undefined {
  if (wanted === 'INDEXES') return told
  if (wanted !== 'TOTAL' || !told) return undefined
  const total = (one: ConsumedCapacity): ConsumedCapacity => {
    const { Table: _, LocalSecondaryIndexes: __, GlobalSecondaryIndexes: ___, ...rest } = one
    return rest
  }
  return Array.isArray(told) ? told.map(total) : total(told)
}
