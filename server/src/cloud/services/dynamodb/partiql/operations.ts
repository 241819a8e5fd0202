import { createHash } from 'node:crypto'
import { AwsError } from '../../../gateway/index.ts'
import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../../gateway/index.ts'
import { consumed, writeUsage } from '../capacity.ts'
import { show } from '../item-parts.ts'
import { checkKey, placeOf } from '../item-key.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { invalid } from '../refusals.ts'
import type { TokenStore } from '../store-tokens.ts'
import { commit } from '../transactions.ts'
import { type Item, itemText } from '../value.ts'
import { projectionOf } from '../expressions/index.ts'
import { writeAction } from './actions.ts'
import { itemKey } from './keys.ts'
import { parseStatement, type Statement } from './parser.ts'
import { select } from './select.ts'

type StatementInput = Input<DynamoDb, 'ExecuteStatement'>
type StatementOutput = Output<DynamoDb, 'ExecuteStatement'>
type BatchInput = Input<DynamoDb, 'BatchExecuteStatement'>
type BatchOutput = Output<DynamoDb, 'BatchExecuteStatement'>
type TransactionInput = Input<DynamoDb, 'ExecuteTransaction'>
type TransactionOutput = Output<DynamoDb, 'ExecuteTransaction'>

export const partiqlOperations = (parts: DynamoParts, tokens: TokenStore) =>
  ({
    ExecuteStatement: (input, ctx) => execute(parts, input, ctx),
    BatchExecuteStatement: (input, ctx) => executeBatch(parts, input, ctx),
    ExecuteTransaction(input, ctx) {
      const { ClientRequestToken: token, ...rest } = input
      const hash = createHash('sha256')
        .update(itemText(rest as unknown as Item))
        .digest('hex')
      if (token === undefined) return executeTransaction(parts, input, ctx)
      const asked = { account: ctx.account, token, hash, now: ctx.now }
      return tokens.once(asked, (also) => executeTransaction(parts, input, ctx, also))
    },
  }) satisfies Operations<DynamoDb>

async function execute(
  parts: DynamoParts,
  input: StatementInput,
  ctx: RequestContext,
): Promise<StatementOutput> {
  const statement = parseStatement(input.Statement!, input.Parameters)
  if (statement.kind === 'select') {
    const page = await select(
      parts,
      statement,
      {
        nextToken: input.NextToken,
        limit: input.Limit,
        consistent: input.ConsistentRead,
        capacity: input.ReturnConsumedCapacity,
      },
      ctx,
    )
    return {
      Items: page.Items!,
      ...(page.nextToken && { NextToken: page.nextToken, LastEvaluatedKey: page.LastEvaluatedKey }),
      ConsumedCapacity: page.ConsumedCapacity,
    }
  }
  const failure = input.ReturnValuesOnConditionCheckFailure
  const action = writeAction(parts, statement, ctx, failure)
  action.check()
  const { table } = action
  const target = { table, place: placeOf(table.id, table.key, action.key) }
  const { before, after } = await parts.writer.change([target], ([current]) => {
    const { after } = action.decide(current)
    const changes = after || current ? [{ ...target, before: current, after }] : []
    return { changes, result: { before: current, after } }
  })
  const item = action.returned(before, after)
  const usage = writeUsage(table, before, after)
  return {
    Items: item ? [item] : [],
    ConsumedCapacity: consumed(input.ReturnConsumedCapacity, table, usage),
  }
}

const batchCodes: Record<string, string> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ValidationException: 'ValidationError',
  ResourceNotFoundException: 'ResourceNotFound',
  DuplicateItemException: 'DuplicateItem',
}

type BatchError = NonNullable<NonNullable<BatchOutput['Responses']>[number]['Error']>

/** Each statement by itself: one's refusal is its own response, the others go on. */
async function executeBatch(
  parts: DynamoParts,
  input: BatchInput,
  ctx: RequestContext,
): Promise<BatchOutput> {
  const kinds = input.Statements!.map(({ Statement: text }) => /^\s*select\b/i.test(text!))
  if (new Set(kinds).size > 1) {
    throw invalid('All statements in a batch must either be read or write statements')
  }
  const outcomes = await Promise.all(
    input.Statements!.map(async (one) => {
      const TableName = tableNameOf(one.Statement!, one.Parameters)
      try {
        const asked = { ...one, ReturnConsumedCapacity: input.ReturnConsumedCapacity }
        const { Items: items, ConsumedCapacity: capacity } = await execute(parts, asked, ctx)
        const [item] = items ?? []
        return { response: { TableName, ...(item && { Item: item }) }, capacity }
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        const code = batchCodes[error.code] ?? 'InternalServerError'
        const refused = { Code: code, Message: error.message } as BatchError
        const found = error.members['Item'] as Item | undefined
        return { response: { TableName, Error: { ...refused, ...(found && { Item: found }) } } }
      }
    }),
  )
  const capacities = outcomes.flatMap(({ capacity }) => capacity ?? [])
  return {
    Responses: outcomes.map(({ response }) => response),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}

/** The table a statement is about, where it can be read at all. */
export function tableNameOf(text: string, parameters: StatementInput['Parameters']) {
  return statementOrNothing(text, parameters)?.table
}

export function statementOrNothing(
  text: string,
  parameters: StatementInput['Parameters'],
): Statement | undefined {
  try {
    return parseStatement(text, parameters)
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}

async function executeTransaction(
  parts: DynamoParts,
  input: TransactionInput,
  ctx: RequestContext,
  also?: Parameters<Parameters<TokenStore['once']>[1]>[0],
): Promise<TransactionOutput> {
  const statements = input.TransactStatements!.map((one) => ({
    statement: parseStatement(one.Statement!, one.Parameters),
    onFailure: one.ReturnValuesOnConditionCheckFailure,
  }))
  const reads = statements.filter(({ statement }) => statement.kind === 'select').length
  if (reads > 0 && reads < statements.length) {
    throw invalid('Transaction can not contain both reads and writes.')
  }
  if (reads > 0)
    return readTransaction(
      parts,
      statements.map(({ statement }) => statement),
      ctx,
    )
  const actions = statements.flatMap(({ statement, onFailure }) =>
    statement.kind === 'select' ? [] : [writeAction(parts, statement, ctx, onFailure)],
  )
  const capacity = { ReturnConsumedCapacity: input.ReturnConsumedCapacity }
  return commit(
    parts,
    actions,
    capacity,
    (answer) => ({ ...answer, Responses: actions.map(() => ({})) }),
    also,
  )
}

async function readTransaction(
  parts: DynamoParts,
  statements: Statement[],
  ctx: RequestContext,
): Promise<TransactionOutput> {
  const targets = statements.map((statement) => {
    const table = tableOf(parts, ctx, statement.table)
    if (statement.kind !== 'select' || !statement.where) {
      throw invalid('Where clause does not contain a mandatory equality on all key attributes')
    }
    const key = itemKey(table, statement.where)
    checkKey(table, key)
    const paths = statement.paths?.map((path) => path.parts)
    const shown = paths && { paths, tree: projectionOf(paths) }
    return { table, place: placeOf(table.id, table.key, key), shown }
  })
  const found = await parts.writer.snapshot(targets)
  return {
    Responses: found.map((one, i) => (one ? { Item: show(one.item, targets[i]!.shown) } : {})),
  }
}
