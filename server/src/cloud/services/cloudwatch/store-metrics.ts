import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { Datum } from './datum.ts'
import type { CloudWatchTables } from './migrations.ts'
import { type Dimensions, type MetricKey, metricId, type Scope } from './model.ts'
import { merge, type Summary } from './summary.ts'

interface PendingBucket {
  scope: Scope
  key: MetricKey
  metricId: string
  atMs: number
  unit: string
  summary: Summary
}

/** A metric's row is touched at most this often; ListMetrics needs no finer "last seen". */
const SEEN_EVERY_MS = 10 * 60_000

/**
 * Takes datapoints. What arrives while one write is under way is merged and goes with the next, so
 * many small puts cost few writes; each put resolves when its own data is on disk.
 */
export class MetricWriter {
  readonly #database: Database
  readonly #written: (metricIds: Set<string>) => void
  readonly #seen = new Map<string, number>()
  #pending = new Map<string, PendingBucket>()
  #next: Promise<void> | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(database: Database, written: (metricIds: Set<string>) => void) {
    this.#database = database
    this.#written = written
  }

  put(scope: Scope, data: Datum[]): Promise<void> {
    for (const datum of data) this.#add(scope, datum)
    this.#next ??= this.#running.then(() => this.#flush())
    return this.#next
  }

  forget(): void {
    this.#seen.clear()
  }

  #add({ account, region }: Scope, { atMs, unit, summary, ...key }: Datum): void {
    const scope = { account, region }
    const id = metricId(scope, key)
    const place = `${id} ${atMs} ${unit}`
    const before = this.#pending.get(place)
    const merged = before ? merge(before.summary, summary) : summary
    this.#pending.set(place, { scope, key, metricId: id, atMs, unit, summary: merged })
  }

  #flush(): Promise<void> {
    const buckets = [...this.#pending.values()]
    this.#pending = new Map()
    this.#next = undefined
    const done = this.#database.write(async (tx) => {
      for (const bucket of buckets) {
        await this.#see(tx, bucket)
        await addBucket(tx, bucket)
      }
    })
    this.#running = done.catch(() => undefined) // the puts that waited for it are told
    return done.then(() => this.#written(new Set(buckets.map((bucket) => bucket.metricId))))
  }

  async #see(tx: Transaction, { scope, key, metricId, atMs }: PendingBucket): Promise<void> {
    if (atMs < (this.#seen.get(metricId) ?? -Infinity) + SEEN_EVERY_MS) return
    await tx
      .tables<CloudWatchTables>()
      .insertInto('cloudwatch_metric')
      .values({
        id: metricId,
        ...scope,
        namespace: key.namespace,
        name: key.name,
        dimensions: stringify(key.dimensions),
        last_at: atMs,
      })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ last_at: atMs }))
      .execute()
    tx.afterCommit(() => this.#seen.set(metricId, atMs))
  }
}

async function addBucket(tx: Transaction, bucket: PendingBucket): Promise<void> {
  const tables = tx.tables<CloudWatchTables>()
  const { metricId, atMs, unit } = bucket
  const before = await tables
    .selectFrom('cloudwatch_bucket')
    .selectAll()
    .where('metric_id', '=', metricId)
    .where('at', '=', atMs)
    .where('unit', '=', unit)
    .executeTakeFirst()
  const summary = before ? merge(asSummary(before), bucket.summary) : bucket.summary
  const { count, sum, min, max, values } = summary
  const samples = values ? stringify([...values]) : null
  const row = { sample_count: count, sum, min, max, samples }
  await tables
    .insertInto('cloudwatch_bucket')
    .values({ metric_id: metricId, at: atMs, unit, ...row })
    .onConflict((conflict) => conflict.columns(['metric_id', 'at', 'unit']).doUpdateSet(row))
    .execute()
}

type BucketRow = CloudWatchTables['cloudwatch_bucket']

function asSummary(row: BucketRow): Summary {
  const { sample_count: count, sum, min, max, samples } = row
  const values = samples === null ? undefined : new Map(parseColumn<[number, number][]>(samples))
  return { count, sum, min, max, values }
}

/** By unit, in the order of their names: stretches of `periodMs` (from `startMs` on) that hold data, by their start. */
export async function readSeries(
  database: Database,
  metricId: string,
  range: { startMs: number; endMs: number; periodMs: number; unit?: string | undefined },
): Promise<Map<string, Map<number, Summary>>> {
  const rows = await database
    .tables<CloudWatchTables>()
    .selectFrom('cloudwatch_bucket')
    .selectAll()
    .where('metric_id', '=', metricId)
    .where('at', '>=', range.startMs)
    .where('at', '<', range.endMs)
    .$if(range.unit !== undefined, (query) => query.where('unit', '=', range.unit!))
    .orderBy('at')
    .execute()
  const units = [...new Set(rows.map((row) => row.unit))].sort()
  const byUnit = new Map(units.map((unit) => [unit, new Map<number, Summary>()]))
  for (const row of rows) {
    const series = byUnit.get(row.unit)!
    const steps = Math.floor((row.at - range.startMs) / range.periodMs)
    const at = range.startMs + steps * range.periodMs
    const before = series.get(at)
    series.set(at, before ? merge(before, asSummary(row)) : asSummary(row))
  }
  return byUnit
}

export interface ListedMetric extends MetricKey {
  lastAtMs: number
}

export async function listMetrics(
  database: Database,
  scope: Scope,
  filter: { namespace?: string | undefined; name?: string | undefined; sinceMs: number },
): Promise<ListedMetric[]> {
  const rows = await database
    .tables<CloudWatchTables>()
    .selectFrom('cloudwatch_metric')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('last_at', '>=', filter.sinceMs)
    .$if(!!filter.namespace, (query) => query.where('namespace', '=', filter.namespace!))
    .$if(!!filter.name, (query) => query.where('name', '=', filter.name!))
    .execute()
  return rows.map(({ namespace, name, dimensions, last_at: lastAtMs }) => ({
    namespace,
    name,
    dimensions: parseColumn<Dimensions>(dimensions),
    lastAtMs,
  }))
}
