import type { DynamoDb, Input, Output, RequestContext } from '../../../gateway/index.ts'
import { newUsage, readUnits, type Usage } from '../capacity.ts'
import { checkKey, placeOf } from '../item-key.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { invalid, within } from '../refusals.ts'
import type { TokenStore } from '../store-tokens.ts'
import type { Table } from '../table-model.ts'
import { capacitiesOf, commit } from '../transactions.ts'
import { checkedValue } from '../value.ts'
import { checkStatement, writeAction } from './actions.ts'
import { itemKey, namesOneItem } from './keys.ts'
import { parseStatement, type SelectStatement, type Statement } from './parser.ts'
import { columnsOf } from './select.ts'

type TransactionInput = Input<DynamoDb, 'ExecuteTransaction'>
type TransactionOutput = Output<DynamoDb, 'ExecuteTransaction'>
type Also = Parameters<Parameters<TokenStore['once']>[1]>[0]

/** A refusal of the request for one of its statements. */
const atStatement = <R>(index: number, run: () => R): R =>
  within((message) => `Validation failed in TransactStatements[${index}]: ${message}`, run)

export async function executeTransaction(
  parts: DynamoParts,
  input: TransactionInput,
  ctx: RequestContext,
  also?: Also,
): Promise<TransactionOutput> {
  const given = input.TransactStatements!
  // Parameters are looked at before any statement is, and told without its place.
  for (const one of given) for (const value of one.Parameters ?? []) checkedValue(value)
  const statements = given.map((one, i) =>
    atStatement(i, () => {
      const statement = parseStatement(one.Statement!, one.Parameters)
      checkStatement(statement)
      refuseHere(statement)
      return statement
    }),
  )
  const reads = statements.filter((statement) => statement.kind === 'select')
  if (reads.length === statements.length) return readAll(parts, reads, input, ctx)
  if (reads.length > 0) {
    const what = 'ExecuteTransaction API does not support both read and write operations'
    throw invalid(`${what} in the same request.`)
  }
  const actions = statements.flatMap((statement, i) => {
    if (statement.kind === 'select') return []
    const onFailure = given[i]!.ReturnValuesOnConditionCheckFailure
    return [atStatement(i, () => writeAction(parts, statement, ctx, onFailure))]
  })
  const wanted = { ReturnConsumedCapacity: input.ReturnConsumedCapacity }
  return commit(parts, actions, wanted, (answer) => ({ ...answer, Responses: [] }), also)
}

function refuseHere(statement: Statement): void {
  if (statement.kind === 'select' && statement.index !== undefined) {
    throw invalid('Reads on indices are not supported within transactions.')
  }
  if ('returning' in statement && statement.returning !== undefined) {
    throw invalid('RETURNING clause is not supported in ExecuteTransaction.')
  }
}

async function readAll(
  parts: DynamoParts,
  statements: SelectStatement[],
  input: TransactionInput,
  ctx: RequestContext,
): Promise<TransactionOutput> {
  const targets = statements.map((statement, i) =>
    atStatement(i, () => {
      const table = tableOf(parts, ctx, statement.table)
      if (!namesOneItem(table, statement.where)) {
        const what = 'Select statements within ExecuteTransaction must specify the primary key'
        throw invalid(`${what} in the where clause.`)
      }
      const key = itemKey(table, statement.where)
      checkKey(table, key)
      const columns = statement.paths && columnsOf(statement.paths.map((path) => path.parts))
      return { table, place: placeOf(table.id, table.key, key), columns }
    }),
  )
  if (new Set(targets.map(({ place }) => place.id)).size < targets.length) {
    throw invalid('Transaction request cannot include multiple operations on one item')
  }
  const found = await parts.writer.snapshot(targets)
  const usages = new Map<Table, Usage>()
  targets.forEach(({ table }, i) => {
    if (!usages.has(table)) usages.set(table, newUsage())
    usages.get(table)!.table += 2 * readUnits(found[i]?.sizeBytes ?? 0, true)
  })
  const capacities = capacitiesOf(input.ReturnConsumedCapacity, usages, 'ReadCapacityUnits')
  const shown = (i: number) => targets[i]!.columns?.row ?? ((item) => item)
  return {
    Responses: found.map((one, i) => (one ? { Item: shown(i)(one.item) } : {})),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}
