import { randomUUID } from 'node:crypto'
import {
  AwsError,
  type Input,
  type Lambda,
  type Operations,
  type RequestContext,
} from '../../gateway/index.ts'
import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { conflict, functionArn, functionRef, invalidValue, LATEST, notFound } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { resolve, resolveNamed } from './resolve.ts'
import { checkRevision } from './revision.ts'
import { settingFind } from './settings.ts'
import {
  type AliasRow,
  functionFind,
  type FunctionRow,
  type VersionRow,
  versionUpdate,
} from './store.ts'

export const permissionOperations = (parts: LambdaParts) =>
  ({
    AddPermission: (input, ctx) => addPermission(parts, input, ctx),

    async RemovePermission(input, ctx) {
      const { name } = functionRef(input.FunctionName, input.Qualifier)
      if (!(await functionFind(parts.kernel.database, ctx, name))) {
        throw notFound(`No policy found for: ${functionArn(ctx, name)}`)
      }
      const { fn, arnQualifier, alias, version } = await resolveNamed(parts, ctx, input)
      if (!(await policyOf(parts.kernel.database, fn, arnQualifier))) {
        throw notFound('No policy is associated with the given resource.')
      }
      checkRevision(input.RevisionId, (alias ?? version).revision)
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
      await renewed(parts, fn, version, alias)
      return {}
    },

    async GetPolicy(input, ctx) {
      const { fn, arnQualifier, alias, version } = await resolve(parts, ctx, input)
      const policy = await policyOf(parts.kernel.database, fn, arnQualifier)
      if (!policy) throw notFound('The resource you requested does not exist.')
      return { Policy: policy, RevisionId: (alias ?? version).revision }
    },
  }) satisfies Operations<Lambda>

export const placeOf = (qualifier: string | undefined) =>
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
  const place = { function_id: fn.id, qualifier: placeOf(qualifier), name: 'policy' }
  const head = await settingFind(database, place)
  const usual = { Version: '2012-10-17', Id: 'default' }
  return stringify({ ...(head ? parseColumn<object>(head.value) : usual), Statement })
}

const MOST_BYTES = 20_480

export function checkPolicySize(policy: string): void {
  const size = Buffer.byteLength(policy)
  if (size <= MOST_BYTES) return
  throw new AwsError(
    'PolicyLengthExceededException',
    `The final policy size (${size}) is bigger than the limit (${MOST_BYTES}).`,
  )
}

async function addPermission(
  parts: LambdaParts,
  input: Input<Lambda, 'AddPermission'>,
  ctx: RequestContext,
) {
  if (functionRef(input.FunctionName, input.Qualifier).qualifier === LATEST) {
    throw invalidValue('We currently do not support adding policies for $LATEST.')
  }
  const { fn, arnQualifier, alias, version } = await resolveNamed(parts, ctx, input)
  checkRevision(input.RevisionId, (alias ?? version).revision)
  const sid = input.StatementId!
  const resource = functionArn(ctx, fn.name, placeOf(arnQualifier) || undefined)
  const statement = stringify(statementOf(input, sid, resource))
  await parts.kernel.database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    const rows = await tables
      .selectFrom('lambda_statement')
      .select(['sid', 'position', 'statement'])
      .where('function_id', '=', fn.id)
      .where('qualifier', '=', placeOf(arnQualifier))
      .execute()
    if (rows.some((row) => row.sid === sid)) {
      throw conflict(
        `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    }
    const Statement = [
      ...rows.map((row) => parseColumn<object>(row.statement)),
      parseColumn(statement),
    ]
    checkPolicySize(stringify({ Version: '2012-10-17', Id: 'default', Statement }))
    const position = Math.max(0, ...rows.map((row) => row.position)) + 1
    const qualifier = placeOf(arnQualifier)
    await tables
      .insertInto('lambda_statement')
      .values({ function_id: fn.id, qualifier, sid, statement, position })
      .execute()
  })
  await renewed(parts, fn, version, alias)
  return { Statement: statement }
}

/** A change of the policy is a new revision of what it belongs to. */
export async function renewed(
  { kernel }: LambdaParts,
  fn: FunctionRow,
  version: VersionRow,
  alias: AliasRow | undefined,
): Promise<string> {
  const revision = randomUUID()
  await kernel.database.write(async (tx) => {
    if (!alias) return versionUpdate(tx, version, { revision })
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_alias')
      .set({ revision })
      .where('function_id', '=', fn.id)
      .where('name', '=', alias.name)
      .execute()
  })
  return revision
}

function statementOf(input: Input<Lambda, 'AddPermission'>, Sid: string, Resource: string) {
  const conditions: Record<string, Record<string, string>> = {}
  const add = (operator: string, key: string, value: string | undefined) => {
    if (value) conditions[operator] = { ...conditions[operator], [key]: value }
  }
  add('StringEquals', 'lambda:FunctionUrlAuthType', input.FunctionUrlAuthType)
  add('StringEquals', 'aws:PrincipalOrgID', input.PrincipalOrgID)
  add('StringEquals', 'AWS:SourceAccount', input.SourceAccount)
  add('StringEquals', 'lambda:EventSourceToken', input.EventSourceToken)
  add('ArnLike', 'AWS:SourceArn', input.SourceArn)
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
  const isService = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(given)
  if (isService || given === 'alexa-appkit.amazon.com') return { Service: given }
  throw invalidValue(
    'The provided principal was invalid. Please check the principal and try again.',
  )
}

interface KeptStatement {
  Effect: string
  Principal?: unknown
  Action?: string | string[]
  Condition?: Record<string, Record<string, unknown>>
}

const urlActions = new Set(['lambda:InvokeFunctionUrl', 'lambda:*', '*'])

/** Whether the policy lets everybody call the function's URL (AuthType NONE). */
export function allowsEveryone(policy: string | undefined): boolean {
  if (!policy) return false
  const { Statement } = parseColumn<{ Statement: KeptStatement[] }>(policy)
  const about = Statement.filter(
    ({ Principal, Action, Condition }) =>
      isEveryone(Principal) &&
      [Action].flat().some((action) => urlActions.has(action ?? '')) &&
      holdsForAnyone(Condition),
  )
  return about.length > 0 && about.every(({ Effect }) => Effect === 'Allow')
}

const isEveryone = (principal: unknown) =>
  principal === '*' || [(principal as { AWS?: unknown } | undefined)?.AWS].flat().includes('*')

/** Nothing else is known of a caller without a signature. */
const holdsForAnyone = (conditions: KeptStatement['Condition'] = {}) =>
  Object.values(conditions)
    .flatMap((values) => Object.entries(values))
    .every(
      ([key, value]) =>
        (key === 'lambda:FunctionUrlAuthType' && value === 'NONE') ||
        (key === 'lambda:InvokedViaFunctionUrl' && value === 'true'),
    )
