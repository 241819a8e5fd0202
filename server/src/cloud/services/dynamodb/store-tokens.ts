import type { Database, Statement } from '../../../kernel/index.ts'
import { parseColumn } from '../../../kernel/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { createItemLocks } from './item-locks.ts'
import type { DynamoTables } from './migrations.ts'

const TEN_MINUTES_MS = 600_000

interface Asked {
  account: string
  token: string
  /** Of the request's other members. */
  hash: string
  now: number
}

/** Answers of transactions by their tokens: asked again within ten minutes, they aren't done again. */
export interface TokenStore {
  /** `run` puts the statements it is given for its answer's text into its own write. */
  once<R>(asked: Asked, run: (also: (answer: string) => Statement[]) => Promise<R>): Promise<R>
}

export function openTokenStore(database: Database): TokenStore {
  const locks = createItemLocks()
  const find = ({ account, token, now }: Asked) =>
    database
      .tables<DynamoTables>()
      .selectFrom('dynamodb_token')
      .select(['request_hash', 'answer'])
      .where('account', '=', account)
      .where('token', '=', token)
      .where('expires_at', '>', now)
      .executeTakeFirst()
  return {
    once: <R>(asked: Asked, run: (also: (answer: string) => Statement[]) => Promise<R>) =>
      locks.alone([`${asked.account}/${asked.token}`], async () => {
        const known = await find(asked)
        if (!known) return run((answer) => keep(database, asked, answer))
        if (known.request_hash !== asked.hash) throw mismatch()
        return parseColumn<R>(known.answer)
      }),
  }
}

const mismatch = () =>
  new AwsError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request. ' +
      'Do not reuse a client token with different requests, unless the requests are identical',
  )

function keep(database: Database, { account, token, hash, now }: Asked, answer: string) {
  const tables = database.tables<DynamoTables>()
  const statements = [
    tables.deleteFrom('dynamodb_token').where('expires_at', '<=', now),
    tables.insertInto('dynamodb_token').values({
      account,
      token,
      request_hash: hash,
      answer,
      expires_at: now + TEN_MINUTES_MS,
    }),
  ]
  return statements.map((statement) => {
    const { sql, parameters } = statement.compile()
    return { sql, parameters }
  })
}
