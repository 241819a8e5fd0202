import { accessTable, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { statementOrNothing } from './partiql/index.ts'
import { nameOf, streamArn, tableArn } from './table-model.ts'
import type { Item, Value } from './item-types.ts'
import { typeOf } from './value.ts'

type Values = Record<string, unknown>

const ofStatements = ['PartiQLSelect', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete']

/** Transactions and PartiQL ask for what each of their parts does. */
export const dynamoAccess = accessTable({
  prefix: 'dynamodb',
  actions: {
    BatchExecuteStatement: ofStatements,
    ExecuteStatement: ofStatements,
    ExecuteTransaction: ofStatements,
    TransactGetItems: 'GetItem',
    TransactWriteItems: ['ConditionCheckItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
  },
})

export const streamAccess = accessTable({ prefix: 'dynamodb' })

const onAnyTable = new Set([
  'ListTables',
  'ListBackups',
  'ListExports',
  'ListImports',
  'ListGlobalTables',
  'ListContributorInsights',
  'DescribeLimits',
  'DescribeEndpoints',
])
/** Members that name a resource by its ARN, in place of a table. */
const arnMembers = ['BackupArn', 'ExportArn', 'ImportArn'] as const
const transacted: Record<string, string> = {
  ConditionCheck: 'ConditionCheckItem',
  Put: 'PutItem',
  Delete: 'DeleteItem',
  Update: 'UpdateItem',
  Get: 'GetItem',
}

/** What IAM is asked: the operation on its table or index; a batch's or transaction's on each. */
export function itemRequests(
  parts: DynamoParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): IamRequest[] {
  const action = dynamoAccess.actionOf(operation)
  if (onAnyTable.has(operation)) return [{ action, resource: '*' }]
  if (/Execute/.test(operation)) return statementRequests(parts, input, ctx)
  if (operation.startsWith('Transact')) return transactRequests(parts, input, ctx)
  const given = input['RequestItems']
  if (typeof given === 'object' && given !== null) {
    return Object.keys(given).map((table) => request(parts, action, table, ctx))
  }
  const arn = arnMembers
    .map((member) => input[member])
    .find((one): one is string => typeof one === 'string')
  if (arn !== undefined) return [{ action, resource: arn }]
  const table = tableIn(input)
  const base = request(parts, action, typeof table === 'string' ? table : '', ctx)
  const index = input['IndexName']
  if (typeof index === 'string') return [{ ...base, resource: `${base.resource}/index/${index}` }]
  return [{ ...base, context: leadingKeys(parts, input, ctx) }]
}

const tableIn = (input: Values): unknown =>
  input['TableName'] ??
  input['ResourceArn'] ??
  input['TableArn'] ??
  input['SourceTableArn'] ??
  input['SourceTableName'] ??
  input['GlobalTableName'] ??
  (input['TableCreationParameters'] as Values | undefined)?.['TableName']

function request(
  { tables }: DynamoParts,
  action: string,
  given: string,
  ctx: RequestContext,
): IamRequest {
  const { account, region } = ctx
  const name = nameOf(given)
  const policy = tables.get(ctx, name, ctx.now)?.policy
  const resource = name === '' ? '*' : tableArn({ account, region, name })
  return { action, resource, ...(policy && { resourcePolicy: policy.text }) }
}

function transactRequests(parts: DynamoParts, input: Values, ctx: RequestContext): IamRequest[] {
  const items = (input['TransactItems'] ?? []) as Record<string, Values | undefined>[]
  const asked = items.flatMap((item) =>
    Object.entries(item).map(([member, part]) => {
      const table = part?.['TableName']
      const action = `dynamodb:${transacted[member] ?? member}`
      return request(parts, action, typeof table === 'string' ? table : '', ctx)
    }),
  )
  const seen = new Map(asked.map((one) => [`${one.action} ${one.resource}`, one]))
  return [...seen.values()]
}

const verbs = {
  select: 'Select',
  exists: 'Select',
  insert: 'Insert',
  update: 'Update',
  delete: 'Delete',
}

interface StatementMembers {
  Statement?: string
  Parameters?: Value[]
}

/** PartiQL has actions of its own; a statement that can't be read is refused for that later. */
function statementRequests(parts: DynamoParts, input: Values, ctx: RequestContext): IamRequest[] {
  const given = (input['Statements'] ?? input['TransactStatements'] ?? [input]) as unknown[]
  return (given as StatementMembers[]).flatMap(({ Statement: text = '', Parameters: values }) => {
    const statement = statementOrNothing(text, values)
    if (!statement) return []
    const base = request(parts, `dynamodb:PartiQL${verbs[statement.kind]}`, statement.table, ctx)
    const index = statement.kind === 'select' ? statement.index : undefined
    return [index === undefined ? base : { ...base, resource: `${base.resource}/index/${index}` }]
  })
}

/** For policies that let each caller reach only items of its own partition key. */
function leadingKeys(
  { tables }: DynamoParts,
  input: Values,
  ctx: RequestContext,
): Record<string, string[]> {
  const key = (input['Key'] ?? input['Item']) as Item | undefined
  const name = input['TableName']
  const table = typeof name === 'string' ? tables.get(ctx, nameOf(name), ctx.now) : undefined
  const value = table && key?.[table.key.hash]
  if (!value || value.B) return {}
  return { 'dynamodb:LeadingKeys': [String(value[typeOf(value)])] }
}

/** On a stream's ARN, given as such or inside an iterator. */
export function streamRequests(
  { tables }: DynamoParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): IamRequest[] {
  const given = input['StreamArn'] ?? input['ShardIterator']
  const resource = typeof given === 'string' ? given.split('|')[0]! : '*'
  const table = tables.get(ctx, resource.split('/')[1] ?? '', ctx.now)
  const stream = table?.stream
  const policy = stream && streamArn(table, stream) === resource ? stream.policy : undefined
  const action = streamAccess.actionOf(operation)
  return [{ action, resource, ...(policy && { resourcePolicy: policy.text }) }]
}
