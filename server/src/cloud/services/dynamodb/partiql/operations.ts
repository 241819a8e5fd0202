import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../../gateway/index.ts'
import type { DynamoParts } from '../parts.ts'
import { invalid } from '../refusals.ts'
import type { TokenStore } from '../store-tokens.ts'
import { requestHash } from '../transactions.ts'
import { checkStatement } from './actions.ts'
import { executeBatch } from './batch.ts'
import { read, write } from './execute.ts'
import { parseStatement } from './parser.ts'
import { executeTransaction } from './transaction.ts'

type StatementInput = Input<DynamoDb, 'ExecuteStatement'>
type StatementOutput = Output<DynamoDb, 'ExecuteStatement'>

export const partiqlOperations = (parts: DynamoParts, tokens: TokenStore) =>
  ({
    ExecuteStatement: (input, ctx) => execute(parts, input, ctx),
    BatchExecuteStatement: (input, ctx) => executeBatch(parts, input, ctx),
    ExecuteTransaction(input, ctx) {
      const { ClientRequestToken: token, ...rest } = input
      if (token === undefined) return executeTransaction(parts, input, ctx)
      const asked = { account: ctx.account, token, hash: requestHash(rest), now: ctx.now }
      return tokens.once(asked, (also) => executeTransaction(parts, input, ctx, also))
    },
  }) satisfies Operations<DynamoDb>

function execute(
  parts: DynamoParts,
  input: StatementInput,
  ctx: RequestContext,
): Promise<StatementOutput> {
  const statement = parseStatement(input.Statement!, input.Parameters)
  checkStatement(statement)
  if (statement.kind === 'exists') {
    throw invalid('EXISTS can only be used in ExecuteTransaction write requests.')
  }
  return statement.kind === 'select'
    ? read(parts, statement, input, ctx)
    : write(parts, statement, input, ctx)
}
