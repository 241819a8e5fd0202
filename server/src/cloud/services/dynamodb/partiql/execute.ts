import type { DynamoDb, Input, Output, RequestContext } from '../../../gateway/index.ts'
import { consumed, writeUsage } from '../capacity.ts'
import { placeOf } from '../item-key.ts'
import type { DynamoParts } from '../parts.ts'
import { type Changing, writeAction } from './actions.ts'
import type { SelectStatement } from './parser.ts'
import { select } from './select.ts'

type StatementOutput = Output<DynamoDb, 'ExecuteStatement'>
type Asked = Omit<Input<DynamoDb, 'ExecuteStatement'>, 'Statement'>

export async function read(
  parts: DynamoParts,
  statement: SelectStatement,
  input: Asked,
  ctx: RequestContext,
): Promise<StatementOutput> {
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

export async function write(
  parts: DynamoParts,
  statement: Changing,
  input: Asked,
  ctx: RequestContext,
): Promise<StatementOutput> {
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
