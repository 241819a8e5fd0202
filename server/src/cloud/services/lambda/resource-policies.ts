import { randomUUID } from 'node:crypto'
import type { Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import { parseColumn, stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionArn, invalidValue, notFound } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { checkPolicySize, placeOf, policyOf, renewed } from './permissions.ts'
import { resolve, type Resolved } from './resolve.ts'
import { checkRevision } from './revision.ts'
import { settingDelete, settingPut } from './settings.ts'

interface Statement {
  Sid?: string
  Resource?: unknown
}

/** A function's policy as one document, where AddPermission makes it statement by statement. */
export const resourcePolicyOperations = (parts: LambdaParts) =>
  ({
    async PutResourcePolicy(input, ctx) {
      const found = await resolve(parts, ctx, { FunctionName: input.ResourceArn })
      const resource = functionArn(ctx, found.fn.name, placeOf(found.arnQualifier) || undefined)
      const { statements, head } = readDocument(input.Policy!, resource)
      checkRevision(input.RevisionId, revisionOf(found), 'GetResourcePolicy')
      await replace(parts, found, statements)
      const value = stringify(head)
      await settingPut(parts.kernel.database, { ...headOf(found), value, modified_at: ctx.now })
      const { fn, version, alias } = found
      const RevisionId = await renewed(parts, fn, version, alias)
      return { Policy: await present(parts, found), RevisionId }
    },

    async GetResourcePolicy(input, ctx) {
      const found = await resolve(parts, ctx, { FunctionName: input.ResourceArn })
      return { Policy: await present(parts, found), RevisionId: revisionOf(found) }
    },

    async DeleteResourcePolicy(input, ctx: RequestContext) {
      const found = await resolve(parts, ctx, { FunctionName: input.ResourceArn })
      await present(parts, found)
      checkRevision(input.RevisionId, revisionOf(found), 'GetResourcePolicy')
      await replace(parts, found, [])
      await settingDelete(parts.kernel.database, headOf(found))
      await renewed(parts, found.fn, found.version, found.alias)
      return {}
    },
  }) satisfies Operations<Lambda>

const revisionOf = ({ alias, version }: Resolved) => (alias ?? version).revision

/** Where a document's version and id are kept. */
const headOf = ({ fn, arnQualifier }: Resolved) => ({
  function_id: fn.id,
  qualifier: placeOf(arnQualifier),
  name: 'policy',
})

async function present({ kernel }: LambdaParts, { fn, arnQualifier }: Resolved): Promise<string> {
  const policy = await policyOf(kernel.database, fn, arnQualifier)
  if (policy === undefined) throw notFound('The resource you requested does not exist.')
  return policy
}

function readDocument(text: string, resource: string) {
  checkPolicySize(text)
  try {
    checkPolicy(text, 'resource')
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw invalidValue(`The provided policy is invalid: ${error.message}`)
  }
  const { Statement, ...head } = parseColumn<{ Statement: Statement | Statement[] }>(text)
  const statements = [Statement].flat()
  const sids = statements.flatMap(({ Sid }) => (Sid === undefined ? [] : [Sid]))
  if (new Set(sids).size < sids.length) {
    throw invalidValue('The provided policy is invalid: Statement IDs (SID) must be unique.')
  }
  const isOther = statements.some(({ Resource: named }) =>
    [named].flat().some((one) => one !== undefined && one !== resource),
  )
  if (isOther) {
    throw invalidValue(`The provided policy is invalid: Resource must be ${resource}`)
  }
  return { statements, head }
}

async function replace(
  { kernel }: LambdaParts,
  { fn, arnQualifier }: Resolved,
  statements: Statement[],
): Promise<void> {
  const place = { function_id: fn.id, qualifier: placeOf(arnQualifier) }
  const rows = statements.map((statement, position) => ({
    ...place,
    sid: statement.Sid ?? randomUUID(),
    statement: stringify(statement),
    position,
  }))
  await kernel.database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    await tables
      .deleteFrom('lambda_statement')
      .where('function_id', '=', place.function_id)
      .where('qualifier', '=', place.qualifier)
      .execute()
    if (rows.length > 0) await tables.insertInto('lambda_statement').values(rows).execute()
  })
}
