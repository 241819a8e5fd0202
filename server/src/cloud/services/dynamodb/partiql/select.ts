import type { RequestContext } from '../../../gateway/index.ts'
import { compareValues } from '../compare.ts'
import {
  checkPaths,
  type Condition,
  holds,
  type Path,
  projectionOf,
  valueAt,
} from '../expressions/index.ts'
import { afterOf } from '../key-range.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { checkFiltered, namesIn, type Page, readPage } from '../reading.ts'
import { badValue, invalid } from '../refusals.ts'
import {
  type Index,
  type IndexKey,
  type Key,
  keyNames,
  keyParts,
  projectedNames,
  type Table,
} from '../table-model.ts'
import type { Item } from '../item-types.ts'
import { itemOf, itemText } from '../value.ts'
import { isKeyed } from './keys.ts'
import type { OrderTerm, SelectStatement } from './parser.ts'
import { holdsPlace, type Read, rangesOf, readsOf } from './reads.ts'

interface Asked {
  nextToken?: string | undefined
  limit?: number | undefined
  consistent?: boolean | undefined
  capacity?: string | undefined
}

/** Queries where the condition names partitions, else a scan; the condition filters either. */
export async function select(
  parts: DynamoParts,
  statement: SelectStatement,
  asked: Asked,
  ctx: RequestContext,
): Promise<Page & { nextToken?: string }> {
  const { where, order } = statement
  const columns = statement.paths && columnsOf(statement.paths.map(({ parts }) => parts))
  const table = tableOf(parts, ctx, statement.table)
  const index = indexNamed(table, statement.index)
  const key = index?.key ?? table.key
  if (index) checkIndexed(table, index, statement, asked.consistent)
  const reads = readsOf(table, key, where)
  if (order) checkOrder(order, key, where, reads)
  const of = { id: index?.id ?? table.id, isIndex: index !== undefined }
  const ranges = reads
    ? rangesOf(reads, of, key, order)
    : [{ of: of.id, isIndex: of.isIndex, backward: false }]
  const start = asked.nextToken === undefined ? undefined : startOf(asked.nextToken, of.id)
  const after = start && afterOf(table, index, start, true)
  const from = after && ranges.length > 1 ? ranges.findIndex((r) => holdsPlace(r, after)) : 0
  if (from < 0) throw invalid('Invalid NextToken')
  const page = await readPage(parts, {
    table,
    index,
    range: { ...ranges[from]!, ...(after && { after }) },
    also: ranges.slice(from + 1),
    test: where && ((item) => holds(where, item)),
    shown: columns,
    present: columns && ((item) => columns.row(item)),
    select: undefined,
    limit: asked.limit,
    consistent: asked.consistent,
    capacity: asked.capacity,
  })
  const last = page.LastEvaluatedKey
  return { ...page, ...(last && { nextToken: tokenOf(of.id, last) }) }
}

/** What a row shows: each path's value under its last name, `a.b` as `b`, `a[0]` as `a[0]`. */
export function columnsOf(paths: Path[]) {
  const names = paths.map(columnName)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalid(`Duplicate identifiers in select clause: ${twice}`)
  checkPaths(paths.toReversed(), invalid)
  const row = (item: Item): Item =>
    Object.fromEntries(
      paths.flatMap((path, i) => {
        const value = valueAt(item, path)
        return value === undefined ? [] : [[names[i]!, value]]
      }),
    )
  return { paths, tree: projectionOf(paths), row }
}

function columnName(path: Path): string {
  const last = path.findLastIndex((part) => typeof part === 'string')
  const indexes = path.slice(last + 1).map((part) => `[${part}]`)
  return `${path[last]}${indexes.join('')}`
}

function indexNamed(table: Table, name: string | undefined): Index | undefined {
  if (name === undefined) return undefined
  const index = table.indexes.find((one) => one.name === name)
  if (!index) throw invalid('The table does not have the specified index')
  refuseJoined(index)
  return index
}

/** Seen on the real service: it is the index that is refused, whatever the words say. */
export function refuseJoined({ key: { hash, range } }: Index): void {
  if (hash.length <= 1 && range.length <= 1) return
  throw invalid(
    'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or ' +
      'multi-attribute RANGE keys.',
  )
}

/** What an index doesn't hold: a local one fetches it to be shown, none to be filtered by. */
function checkIndexed(
  table: Table,
  index: Index,
  { paths, where }: SelectStatement,
  consistent: boolean | undefined,
): void {
  if (index.isGlobal && consistent) {
    throw invalid('Strongly consistent read is not supported on Global Secondary Indexes')
  }
  const held = projectedNames(table, index)
  if (!held) return
  const lacking = (names: string[]) => [...new Set(names)].filter((name) => !held.has(name))
  const shown = lacking((paths ?? []).map(({ parts }) => String(parts[0])))
  if (index.isGlobal && shown.length > 0) {
    throw badValue(
      `Global secondary index ${index.name} does not project [${shown.join(', ')}]`, //
    )
  }
  if (where && isKeyed(where, index.key)) checkFiltered(table, index, namesIn(where))
}

function checkOrder(
  terms: OrderTerm[],
  key: Key | IndexKey,
  where: Condition | undefined,
  reads: Read[] | undefined,
): void {
  if (!where) throw invalid('Must have WHERE clause in the statement when using ORDER BY clause.')
  const names = terms.map(({ name }) => name)
  const other = names.find((name) => !keyNames(key).includes(name))
  if (other !== undefined) {
    throw invalid(
      `Variable reference ${other} in ORDER BY clause must be part of the primary key`, //
    )
  }
  if (!reads) {
    const what = 'Must have at least one non-optional hash key condition in WHERE clause'
    throw invalid(`${what} when using ORDER BY clause.`)
  }
  const isOne = reads.every((r) => compareValues(r.partition, reads[0]!.partition) === 0)
  if (isOne || names.includes(keyParts(key).hash[0]!)) return
  const what = 'Must have hash key in ORDER BY clause when more than one hash key condition'
  throw invalid(`${what} specified in WHERE clause.`)
}

/** A token goes on where it was given out: in the same table or index. */
const tokenOf = (of: number, last: Item) =>
  Buffer.from(`${of}:${itemText(last)}`).toString('base64')

function startOf(token: string, of: number): Item {
  const text = Buffer.from(token, 'base64').toString()
  const prefix = `${of}:`
  if (!text.startsWith(prefix)) throw invalid('Invalid NextToken')
  try {
    return itemOf(text.slice(prefix.length))
  } catch {
    throw invalid('Invalid NextToken')
  }
}
