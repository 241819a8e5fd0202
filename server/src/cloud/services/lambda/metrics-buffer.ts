import type { ServiceDeps } from '../../deps.ts'
import type { Scope } from './model.ts'

const FLUSH_MS = 250
const MOST_VALUES = 150

interface Gathered {
  scope: Scope
  functionName: string
  name: string
  unit: 'Count' | 'Milliseconds'
  atMs: number
  values: Map<number, number>
}

/** Lambda's own metrics, gathered for a moment and put together: an invocation costs no write of its own. */
export class MetricsBuffer {
  readonly #deps: ServiceDeps
  #gathered = new Map<string, Gathered>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  add(
    { account, region }: Scope,
    functionName: string,
    atMs: number,
    metrics: { name: string; value: number; unit?: 'Milliseconds' }[],
  ): void {
    const minute = Math.floor(atMs / 60_000) * 60_000
    for (const { name, value, unit = 'Count' } of metrics) {
      const place = [account, region, functionName, name, minute].join('\n')
      const entry = this.#gathered.get(place) ?? {
        scope: { account, region },
        functionName,
        name,
        unit,
        atMs,
        values: new Map<number, number>(),
      }
      entry.values.set(value, (entry.values.get(value) ?? 0) + 1)
      this.#gathered.set(place, entry)
    }
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const gathered = [...this.#gathered.values()]
    this.#gathered = new Map()
    const { sessions, as, kernel } = this.#deps
    for (const [scope, entries] of byScope(gathered)) {
      const principal = sessions.serviceOf('lambda.amazonaws.com', scope.account)
      const data = entries.flatMap(dataOf)
      try {
        for (let at = 0; at < data.length; at += 1000) {
          await as({ principal, ...scope }).cloudwatch.putMetricData({
            Namespace: 'AWS/Lambda',
            MetricData: data.slice(at, at + 1000),
          })
        }
      } catch (error) {
        // The invocations themselves went well; their figures are lost, and the log says so.
        kernel.log.error('lambda.metrics', { error })
      }
    }
  }
}

function byScope(gathered: Gathered[]): Map<Scope, Gathered[]> {
  const scopes = new Map<string, { scope: Scope; entries: Gathered[] }>()
  for (const entry of gathered) {
    const key = `${entry.scope.account} ${entry.scope.region}`
    const known = scopes.get(key) ?? { scope: entry.scope, entries: [] }
    known.entries.push(entry)
    scopes.set(key, known)
  }
  return new Map([...scopes.values()].map(({ scope, entries }) => [scope, entries]))
}

/** By function, by function and resource, and over all functions: as Lambda emits them. */
function dataOf({ functionName, name, unit, atMs, values }: Gathered) {
  const pairs = [...values]
  const named = { Name: 'FunctionName', Value: functionName }
  const resource = { Name: 'Resource', Value: functionName }
  const data = []
  for (let at = 0; at < pairs.length; at += MOST_VALUES) {
    const some = pairs.slice(at, at + MOST_VALUES)
    for (const Dimensions of [[named], [named, resource], []]) {
      data.push({
        MetricName: name,
        Timestamp: new Date(atMs),
        Unit: unit,
        Dimensions,
        Values: some.map(([value]) => value),
        Counts: some.map(([, count]) => count),
      })
    }
  }
  return data
}
