import type { RequestContext } from '../../../gateway/index.ts'
import { type Condition, holds, projectionOf } from '../expressions/index.ts'
import { afterOf, rangeOf } from '../key-range.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { indexOf, type Page, readPage } from '../reading.ts'
import { invalid } from '../refusals.ts'
import { itemOf, itemText } from '../value.ts'
import { queryTests } from './keys.ts'
import type { Statement } from './parser.ts'

type Select = Extract<Statement, { kind: 'select' }>

interface Asked {
  nextToken?: string | undefined
  limit?: number | undefined
  consistent?: boolean | undefined
  capacity?: string | undefined
}

/** A query where the condition names one partition, else a scan; the condition filters either. */
export async function select(
  parts: DynamoParts,
  statement: Select,
  asked: Asked,
  ctx: RequestContext,
): Promise<Page & { nextToken?: string }> {
  const table = tableOf(parts, ctx, statement.table)
  const index = indexOf(table, statement.index)
  const { where, paths, order } = statement
  const key = index?.key ?? table.key
  const tests = queryTests(table, key, where)
  if (order && !tests) {
    throw invalid('Must have WHERE clause in the statement when using ORDER BY clause.')
  }
  const of = { id: index?.id ?? table.id, isIndex: index !== undefined }
  const range = tests
    ? rangeOf(of, tests, order?.backward ?? false)
    : { of: of.id, isIndex: of.isIndex, backward: false }
  const start = asked.nextToken === undefined ? undefined : startOf(asked.nextToken)
  const after = start && afterOf(table, index, start, true)
  const shownPaths = paths?.map(({ parts }) => parts)
  const page = await readPage(parts, {
    table,
    index,
    range: { ...range, ...(after && { after }) },
    test: testOf(where),
    shown: shownPaths && { paths: shownPaths, tree: projectionOf(shownPaths) },
    select: undefined,
    limit: asked.limit,
    consistent: asked.consistent,
    capacity: asked.capacity,
  })
  const last = page.LastEvaluatedKey
  return { ...page, ...(last && { nextToken: tokenOf(itemText(last)) }) }
}

const testOf = (where: Condition | undefined) =>
  where && ((item: Parameters<typeof holds>[1]) => holds(where, item))

const tokenOf = (text: string) => Buffer.from(text).toString('base64url')

function startOf(token: string) {
  try {
    return itemOf(Buffer.from(token, 'base64url').toString())
  } catch {
    throw invalid('Invalid NextToken')
  }
}
