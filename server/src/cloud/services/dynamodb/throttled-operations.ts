import { AwsError, type RequestContext } from '../../gateway/index.ts'
import type { ConsumedCapacity } from './capacity.ts'
import { eachOperation, type OperationTable, type Run, type Values } from './operation-table.ts'
import type { DynamoParts } from './parts.ts'
import { statementOrNothing } from './partiql/index.ts'
import { nameOf } from './table-model.ts'
import { Buckets, cancelled, capacityShown, charge, exhausted } from './throttling.ts'
import { type Kind, kinds, throttled } from './throttling.ts'
import type { Value } from './item-types.ts'

/**
 * The same operations, throttled where the table is provisioned. A request goes through while
 * anything is left, and takes what it used, as AWS's do: the next ones wait for what it took too much.
 */
export function withThrottling<T extends OperationTable>(parts: DynamoParts, operations: T): T {
  if (!parts.deps.settings.dynamodbThrottling) return operations
  const buckets = new Buckets()
  return eachOperation(operations, (run, name) => {
    const kind = kinds[name]
    if (kind) return throttled(parts, buckets, run, kind)
    return isOfStatements(name) ? throttledStatements(parts, buckets, run, name) : run
  })
}

interface Given {
  Statement?: string
  Parameters?: Value[]
}

const ofStatements = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction'])
const isOfStatements = (name: string) => ofStatements.has(name)

const givenIn = (input: Values): Given[] =>
  (input['Statements'] ?? input['TransactStatements'] ?? [input]) as Given[]

function kindOf({ Statement: text = '', Parameters: values }: Given): Kind {
  return statementOrNothing(text, values)?.kind === 'select' ? 'Read' : 'Write'
}

/** PartiQL's statements, each on its own table's throughput; one that can't be read costs nothing. */
function throttledStatements(parts: DynamoParts, buckets: Buckets, run: Run, name: string): Run {
  return async (input, ctx) => {
    const all = givenIn(input)
    const refusals = all.map((given) => refusalOf(parts, buckets, given, ctx))
    const isRefused = refusals.some((one) => one !== undefined)
    if (isRefused && name === 'ExecuteTransaction') throw cancelled(refusals)
    if (isRefused && name === 'ExecuteStatement') throw refusals[0]!
    const kept = all.filter((_, i) => !refusals[i])
    const asked = name === 'BatchExecuteStatement' ? { ...input, Statements: kept } : input
    const nothing: Values = { Responses: [] }
    const output =
      kept.length > 0 ? await run({ ...asked, ReturnConsumedCapacity: 'INDEXES' }, ctx) : nothing
    const told = output['ConsumedCapacity'] as ConsumedCapacity | ConsumedCapacity[] | undefined
    const kind = kindOf(all[0]!)
    for (const capacity of [told ?? []].flat()) charge(parts, buckets, capacity, kind, ctx)
    const shown = capacityShown(input['ReturnConsumedCapacity'], told)
    const { ConsumedCapacity: _, ...rest } = output
    return {
      ...rest,
      ...(isRefused && { Responses: merged(refusals, output['Responses'] as unknown[]) }),
      ...(shown && { ConsumedCapacity: shown }),
    }
  }
}

function refusalOf(
  parts: DynamoParts,
  buckets: Buckets,
  given: Given,
  ctx: RequestContext,
): AwsError | undefined {
  const statement = statementOrNothing(given.Statement ?? '', given.Parameters)
  const table = statement && parts.tables.get(ctx, nameOf(statement.table), ctx.now)
  if (!table) return undefined
  const index = statement.kind === 'select' ? statement.index : undefined
  return exhausted(buckets, table, index, kindOf(given), ctx.now)
}

/** A batch's responses in its own order, those that were held back among them. */
function merged(refusals: (AwsError | undefined)[], responses: unknown[]): unknown[] {
  const left = [...responses]
  return refusals.map((refusal) =>
    refusal
      ? { Error: { Code: 'ProvisionedThroughputExceeded', Message: refusal.message } }
      : left.shift(),
  )
}
