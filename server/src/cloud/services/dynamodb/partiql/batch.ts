import { AwsError } from '../../../gateway/index.ts'
import type { DynamoDb, Input, Output, RequestContext } from '../../../gateway/index.ts'
import { placeOf } from '../item-key.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { invalid } from '../refusals.ts'
import { keyNames, nameOf, type Table } from '../table-model.ts'
import type { Item } from '../item-types.ts'
import { checkStatement } from './actions.ts'
import { read, write } from './execute.ts'
import { itemKey, namesOneItem } from './keys.ts'
import { parseStatement, type Statement } from './parser.ts'
import { refuseJoined } from './select.ts'

type BatchInput = Input<DynamoDb, 'BatchExecuteStatement'>
type BatchOutput = Output<DynamoDb, 'BatchExecuteStatement'>
type Given = NonNullable<BatchInput['Statements']>[number]
type Outcome = Pick<BatchOutput, 'ConsumedCapacity'> & {
  response: NonNullable<BatchOutput['Responses']>[number]
}
type BatchError = NonNullable<Outcome['response']['Error']>

const codes: Record<string, string> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ValidationException: 'ValidationError',
  ResourceNotFoundException: 'ResourceNotFound',
  DuplicateItemException: 'DuplicateItem',
}
/** Refusals of statements that had come as far as their item. */
const ran = new Set(['ConditionalCheckFailed', 'DuplicateItem'])

/** Each statement by itself: one's refusal is its own response, the others go on. */
export async function executeBatch(
  parts: DynamoParts,
  input: BatchInput,
  ctx: RequestContext,
): Promise<BatchOutput> {
  const members = input.Statements!.map((given) => ({ given, statement: readMember(given) }))
  const statements = members.flatMap(({ statement }) =>
    statement instanceof AwsError ? [] : [statement],
  )
  if (new Set(statements.map(({ kind }) => kind === 'select')).size > 1) {
    throw invalid('Read and write requests together in the same batch is not supported.')
  }
  checkDistinct(parts, statements, ctx)
  const outcomes = await Promise.all(
    members.map(async ({ given, statement }): Promise<Outcome> => {
      if (statement instanceof AwsError) return { response: refusal(statement) }
      return outcomeOf(parts, statement, given, input.ReturnConsumedCapacity, ctx)
    }),
  )
  const capacities = outcomes.flatMap((one) => one.ConsumedCapacity ?? [])
  return {
    Responses: outcomes.map(({ response }) => response),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}

function readMember({ Statement: text, Parameters: parameters }: Given): Statement | AwsError {
  return refusedOr(() => {
    const statement = parseStatement(text!, parameters)
    checkStatement(statement)
    return statement
  })
}

function refusedOr<R>(run: () => R): R | AwsError {
  try {
    return run()
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}

/** No two statements about one item; those that name none are refused on their own. */
function checkDistinct(parts: DynamoParts, statements: Statement[], ctx: RequestContext): void {
  const places = statements.flatMap((statement) => {
    const place = refusedOr(() => {
      const table = tableOf(parts, ctx, statement.table)
      return placeOf(table.id, table.key, keyOf(table, statement)).id
    })
    return place instanceof AwsError ? [] : [place]
  })
  if (new Set(places).size < places.length) {
    throw invalid('Provided list of item keys contains duplicates')
  }
}

function keyOf(table: Table, statement: Statement): Item {
  if (statement.kind === 'exists') return keyOf(table, statement.select)
  if (statement.kind !== 'insert') return itemKey(table, statement.where)
  const { item } = statement
  if (keyNames(table.key).every((name) => item[name])) return item
  throw invalid('Key attribute should be present in the item')
}

async function outcomeOf(
  parts: DynamoParts,
  statement: Statement,
  given: Given,
  capacity: string | undefined,
  ctx: RequestContext,
): Promise<Outcome> {
  const TableName = nameOf(statement.table)
  const asked = { ...given, ReturnConsumedCapacity: capacity } as Given
  try {
    const { Items: items, ConsumedCapacity: used } = await execute(parts, statement, asked, ctx)
    const [item] = items ?? []
    return {
      response: { TableName, ...(item && { Item: item }) },
      ConsumedCapacity: used ? [used] : undefined,
    }
  } catch (error) {
    if (error instanceof AwsError) return { response: refusal(error, TableName) }
    throw error
  }
}

function execute(parts: DynamoParts, statement: Statement, asked: Given, ctx: RequestContext) {
  if (statement.kind === 'exists') {
    throw invalid('EXISTS can only be used in ExecuteTransaction write requests.')
  }
  if (statement.kind !== 'select') return write(parts, statement, asked, ctx)
  const table = tableOf(parts, ctx, statement.table)
  const index = table.indexes.find(({ name }) => name === statement.index)
  if (index) refuseJoined(index)
  if (statement.index !== undefined || !namesOneItem(table, statement.where)) {
    const what = 'Select statements within BatchExecuteStatement must specify the primary key'
    throw invalid(`${what} in the where clause.`)
  }
  return read(parts, statement, asked, ctx)
}

function refusal(error: AwsError, table?: string): Outcome['response'] {
  const code = codes[error.code] ?? 'InternalServerError'
  const found = error.members['Item'] as Item | undefined
  const refused = { Code: code, Message: error.message } as BatchError
  return {
    Error: { ...refused, ...(found && { Item: found }) },
    ...(table !== undefined && ran.has(code) && { TableName: table }),
  }
}
