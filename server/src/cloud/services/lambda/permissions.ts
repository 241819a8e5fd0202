import type { Input, Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { conflict, functionArn, invalidValue, LATEST, notFound } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { resolve } from './resolve.ts'
import type { FunctionRow } from './store.ts'

export const permissionOperations = (parts: LambdaParts) =>
  ({
    AddPermission: (input, ctx) => addPermission(parts, input, ctx),

    async RemovePermission(input, ctx) {
      const { fn, arnQualifier } = await resolve(parts, ctx, input)
      const removed = await parts.kernel.database.write((tx) =>
        tx
          .tables<LambdaTables>()
          .deleteFrom('lambda_statement')
          .where('function_id', '=', fn.id)
          .where('qualifier', '=', placeOf(arnQualifier))
          .where('sid', '=', input.StatementId!)
          .executeTakeFirst(),
      )
      if (!removed.numDeletedRows) {
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
      }
      return {}
    },

    async GetPolicy(input, ctx) {
      const { fn, arnQualifier, version } = await resolve(parts, ctx, input)
      const policy = await policyOf(parts.kernel.database, fn, arnQualifier)
      if (!policy) throw notFound('The resource you requested does not exist.')
      return { Policy: policy, RevisionId: version.revision }
    },
  }) satisfies Operations<Lambda>

const placeOf = (qualifier: string | undefined) =>
  !qualifier || qualifier === LATEST ? '' : qualifier

/** The resource policy of a function, or of one of its versions or aliases; JSON text. */
export async function policyOf(
  database: Database,
  fn: FunctionRow,
  qualifier: string | undefined,
): Promise<string | undefined> {
  const rows = await database
    .tables<LambdaTables>()
    .selectFrom('lambda_statement')
    .selectAll()
    .where('function_id', '=', fn.id)
    .where('qualifier', '=', placeOf(qualifier))
    .orderBy('position')
    .execute()
  if (rows.length === 0) return undefined
  const Statement = rows.map((row) => parseColumn<object>(row.statement))
  return stringify({ Version: '2012-10-17', Id: 'default', Statement })
}

async function addPermission(
  parts: LambdaParts,
  input: Input<Lambda, 'AddPermission'>,
  ctx: RequestContext,
) {
  const { fn, arnQualifier } = await resolve(parts, ctx, input)
  const sid = input.StatementId ?? ''
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(sid))
    throw invalidValue(`The statement id ${sid} is not valid.`)
  if (!/^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/.test(input.Action ?? '')) {
    throw invalidValue(`The action ${input.Action} is not valid.`)
  }
  const resource = functionArn(ctx, fn.name, placeOf(arnQualifier) || undefined)
  const statement = stringify(statementOf(input, sid, resource))
  await parts.kernel.database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    const rows = await tables
      .selectFrom('lambda_statement')
      .select(['sid', 'position'])
      .where('function_id', '=', fn.id)
      .where('qualifier', '=', placeOf(arnQualifier))
      .execute()
    if (rows.some((row) => row.sid === sid)) {
      throw conflict(
        `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    }
    const position = Math.max(0, ...rows.map((row) => row.position)) + 1
    const qualifier = placeOf(arnQualifier)
    await tables
      .insertInto('lambda_statement')
      .values({ function_id: fn.id, qualifier, sid, statement, position })
      .execute()
  })
  return { Statement: statement }
}

function statementOf(input: Input<Lambda, 'AddPermission'>, Sid: string, Resource: string) {
  const conditions: Record<string, Record<string, string>> = {}
  const add = (operator: string, key: string, value: string | undefined) => {
    if (value) conditions[operator] = { ...conditions[operator], [key]: value }
  }
  add('ArnLike', 'AWS:SourceArn', input.SourceArn)
  add('StringEquals', 'AWS:SourceAccount', input.SourceAccount)
  add('StringEquals', 'aws:PrincipalOrgID', input.PrincipalOrgID)
  add('StringEquals', 'lambda:FunctionUrlAuthType', input.FunctionUrlAuthType)
  add('StringEquals', 'lambda:EventSourceToken', input.EventSourceToken)
  if (input.InvokedViaFunctionUrl) {
    conditions['Bool'] = { 'lambda:InvokedViaFunctionUrl': 'true' }
  }
  const hasConditions = Object.keys(conditions).length > 0
  return {
    Sid,
    Effect: 'Allow',
    Principal: principalOf(input.Principal!),
    Action: input.Action,
    Resource,
    ...(hasConditions && { Condition: conditions }),
  }
}

function principalOf(given: string): string | Record<string, string> {
  if (given === '*') return '*'
  if (/^\d{12}$/.test(given)) return { AWS: `arn:aws:iam::${given}:root` }
  if (given.startsWith('arn:')) return { AWS: given }
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(given)) return { Service: given }
  throw invalidValue(
    'The provided principal was invalid. Please check the principal and try again.',
  )
}

/** Whether the policy lets everybody call the function's URL (AuthType NONE). */
export function allowsEveryone(policy: string | undefined): boolean {
  if (!policy) return false
  const { Statement } = parseColumn<{ Statement: ReturnType<typeof statementOf>[] }>(policy)
  return Statement.some(
    ({ Principal, Action, Condition }) =>
      Principal === '*' &&
      ['lambda:InvokeFunctionUrl', 'lambda:*', '*'].includes(Action ?? '') &&
      (Condition?.['StringEquals']?.['lambda:FunctionUrlAuthType'] ?? 'NONE') === 'NONE',
  )
}
