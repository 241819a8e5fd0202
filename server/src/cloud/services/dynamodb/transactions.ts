import { createHash } from 'node:crypto'
import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { metricsOf } from './batches.ts'
import {
  addUsage,
  type ConsumedCapacity,
  consumed,
  newUsage,
  readUnits,
  type Usage,
  writeUnits,
  writeUsage,
} from './capacity.ts'
import { Expressions, refuseMixture } from './expressions/index.ts'
import { checkEmptyKeys, checkKey, checkNested, placeOf, type Stored } from './item-key.ts'
import { show, shownOf } from './item-parts.ts'
import { type DynamoParts, tableOf } from './parts.ts'
import { invalid } from './refusals.ts'
import type { TokenStore } from './store-tokens.ts'
import type { Table } from './table-model.ts'
import { readAction, type TransactAction } from './transact-actions.ts'
import type { Item } from './item-types.ts'
import { checkItem, itemSize, itemText } from './value.ts'
import type { Change } from './writer.ts'

type WriteInput = Input<DynamoDb, 'TransactWriteItems'>
type WriteOutput = Output<DynamoDb, 'TransactWriteItems'>
type GetInput = Input<DynamoDb, 'TransactGetItems'>
type GetOutput = Output<DynamoDb, 'TransactGetItems'>

/** Of the items of one transaction. */
const MOST_BYTES = 4 * 1024 * 1024

export const transactionOperations = (parts: DynamoParts, tokens: TokenStore) =>
  ({
    TransactWriteItems(input, ctx) {
      const { ClientRequestToken: token, ...rest } = input
      if (token === undefined) return transactWrite(parts, input, ctx)
      const asked = { account: ctx.account, token, hash: requestHash(rest), now: ctx.now }
      return tokens.once(asked, (also) => transactWrite(parts, input, ctx, also))
    },
    TransactGetItems: (input, ctx) => transactGet(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

export const requestHash = (input: object): string =>
  createHash('sha256')
    .update(itemText(input as unknown as Item))
    .digest('hex')

export interface Reason {
  Code: string
  Message?: string
  Item?: Item
}

export function cancelled(reasons: Reason[]): AwsError {
  const codes = reasons.map(({ Code: code }) => code).join(', ')
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { members: { CancellationReasons: reasons } },
  )
}

/** Each item's own refusal, as a reason of the whole; anything else is a failure of the server. */
function reasonOf(run: () => void): Reason {
  try {
    run()
    return { Code: 'None' }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.code === 'ConditionalCheckFailedException') {
      const item = error.members['Item'] as Item | undefined
      return { Code: 'ConditionalCheckFailed', Message: error.message, ...(item && { Item: item }) }
    }
    if (error.code === 'DuplicateItemException') {
      return { Code: 'DuplicateItem', Message: error.message }
    }
    if (error.code !== 'ValidationException') throw error
    return { Code: 'ValidationError', Message: error.message }
  }
}

/** What can be told without the items: the first refusal is the only reason (seen of the service). */
function refuseFirst(checks: (() => void)[]): void {
  const reasons = checks.map((): Reason => ({ Code: 'None' }))
  for (const [i, check] of checks.entries()) {
    reasons[i] = reasonOf(check)
    if (reasons[i].Code !== 'None') throw cancelled(reasons)
  }
}

async function transactWrite(
  parts: DynamoParts,
  input: WriteInput,
  ctx: RequestContext,
  also?: AlsoAnswer,
): Promise<WriteOutput> {
  const read = input.TransactItems!.map(readAction)
  const actions = read.map(({ tableName, on }) => on(tableOf(parts, ctx, tableName)))
  return commit(parts, actions, input, (answer) => answer, also)
}

type AlsoAnswer = Parameters<Parameters<TokenStore['once']>[1]>[0]
type Wanted = Pick<WriteInput, 'ReturnConsumedCapacity' | 'ReturnItemCollectionMetrics'>

/** All of the actions or none, in one write; `present` makes its answer. */
export async function commit<R>(
  parts: DynamoParts,
  actions: TransactAction[],
  wanted: Wanted,
  present: (answer: WriteOutput) => R,
  also?: AlsoAnswer,
): Promise<R> {
  for (const action of actions) action.refuse?.()
  const bytes = actions.reduce((sum, { key }) => sum + itemSize(key), 0)
  if (bytes > MOST_BYTES) {
    throw invalid(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`)
  }
  refuseFirst(actions.map(({ check }) => check))
  const targets = actions.map(({ table, key }) => ({
    table,
    place: placeOf(table.id, table.key, key),
  }))
  if (new Set(targets.map(({ place }) => place.id)).size < targets.length) {
    throw invalid('Transaction request cannot include multiple operations on one item')
  }
  const { answer } = await parts.writer.change(targets, (current) => {
    const changes: Change[] = []
    const afters: (Stored | undefined)[] = []
    const reasons = actions.map((action, i) =>
      reasonOf(() => {
        const { writes, after } = action.decide(current[i])
        afters[i] = writes ? after : current[i]
        if (writes && (after || current[i])) {
          changes.push({ ...targets[i]!, before: current[i], after })
        }
      }),
    )
    if (reasons.some(({ Code: code }) => code !== 'None')) throw cancelled(reasons)
    const own = answerOf(wanted, actions, current, afters)
    const answer = present(own)
    const again = also && present(answerAgain(wanted, actions, afters, own))
    return { changes, result: { answer }, also: also?.(JSON.stringify(again)) ?? [] }
  })
  return answer
}

function answerOf(
  input: Wanted,
  actions: TransactAction[],
  before: (Stored | undefined)[],
  after: (Stored | undefined)[],
): WriteOutput {
  const usages = new Map<Table, Usage>()
  actions.forEach(({ table, isCheck }, i) => {
    if (!usages.has(table)) usages.set(table, newUsage())
    const usage = isCheck
      ? newUsage(writeUnits(before[i]?.sizeBytes ?? 0))
      : writeUsage(table, before[i], after[i])
    addUsage(usages.get(table)!, usage, 2)
  })
  const capacities = capacitiesOf(input.ReturnConsumedCapacity, usages, 'WriteCapacityUnits')
  const metrics = metricsOf(
    input.ReturnItemCollectionMetrics,
    actions.filter(({ isCheck }) => !isCheck),
  )
  return {
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
    ...(Object.keys(metrics).length > 0 && { ItemCollectionMetrics: metrics }),
  }
}

/** Asked again by its token, a transaction reads what it wrote. */
function answerAgain(
  input: Wanted,
  actions: TransactAction[],
  after: (Stored | undefined)[],
  { ItemCollectionMetrics: metrics }: WriteOutput,
): WriteOutput {
  const usages = new Map<Table, Usage>()
  actions.forEach(({ table }, i) => {
    if (!usages.has(table)) usages.set(table, newUsage())
    usages.get(table)!.table += 2 * readUnits(after[i]?.sizeBytes ?? 0, true)
  })
  const capacities = capacitiesOf(input.ReturnConsumedCapacity, usages, 'ReadCapacityUnits')
  return {
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
    ...(metrics && { ItemCollectionMetrics: metrics }),
  }
}

export const capacitiesOf = (
  wanted: string | undefined,
  usages: Map<Table, Usage>,
  kind: 'ReadCapacityUnits' | 'WriteCapacityUnits',
): ConsumedCapacity[] =>
  [...usages].flatMap(([table, usage]) => consumed(wanted, table, usage, kind) ?? [])

async function transactGet(
  parts: DynamoParts,
  input: GetInput,
  ctx: RequestContext,
): Promise<GetOutput> {
  const read = input.TransactItems!.map(({ Get: get }) => {
    refuseMixture(get!, [], ['ProjectionExpression'])
    const key = checkItem(get!.Key!)
    const expressions = new Expressions(get!)
    const shown = shownOf({}, expressions)
    expressions.finish()
    return { tableName: get!.TableName, key, shown, nested: expressions.nested }
  })
  const gets = read.map((one) => ({ ...one, table: tableOf(parts, ctx, one.tableName) }))
  for (const { table, key } of gets) checkEmptyKeys(table, key)
  refuseFirst(
    gets.map(({ table, key, nested }) => () => {
      checkKey(table, key)
      checkNested(table, nested)
    }),
  )
  const targets = gets.map(({ table, key }) => ({
    table,
    place: placeOf(table.id, table.key, key),
  }))
  if (new Set(targets.map(({ place }) => place.id)).size < targets.length) {
    throw invalid('Transaction request cannot include multiple operations on one item')
  }
  const found = await parts.writer.snapshot(targets)
  const usages = new Map<Table, Usage>()
  gets.forEach(({ table }, i) => {
    if (!usages.has(table)) usages.set(table, newUsage())
    usages.get(table)!.table += 2 * readUnits(found[i]?.sizeBytes ?? 0, true)
  })
  const capacities = capacitiesOf(input.ReturnConsumedCapacity, usages, 'ReadCapacityUnits')
  return {
    Responses: found.map((one, i) => (one ? { Item: show(one.item, gets[i]!.shown) } : {})),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}
