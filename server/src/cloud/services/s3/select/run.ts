import { type Aggregate, newAggregate } from './aggregates.ts'
import { compile, type Evaluate, truthOf } from './evaluate.ts'
import type { Scope } from './function-table.ts'
import type { Row } from './row.ts'
import type { Column, Expression, Query } from './syntax.ts'
import type { Value } from './values.ts'

type Cells = [string, Value][]

interface Plan {
  where: Evaluate | undefined
  columns: (scope: Scope, row: Row) => Cells
  folded: Fold[] | undefined
  limit: number
}

/** What gives a query's result records over rows; throws what is wrong with the query itself. */
export function planQuery(query: Query) {
  const alias = aliasOf(query)
  const plan: Plan = {
    where: query.where && compile(query.where, alias),
    columns: columnsOf(query.columns, alias),
    folded: query.slots > 0 ? foldsOf(query, alias) : undefined,
    limit: query.limit ?? Number.POSITIVE_INFINITY,
  }
  return (rows: AsyncIterable<Row>, now: number) => runPlan(plan, rows, now)
}

async function* runPlan(
  { where, columns, folded, limit }: Plan,
  rows: AsyncIterable<Row>,
  now: number,
): AsyncGenerator<Cells> {
  let found = 0
  if (limit > 0) {
    for await (const row of rows) {
      const scope = scopeOf(row, now)
      if (where && truthOf(where(scope)) !== true) continue
      if (folded) {
        for (const { state, of } of folded) state.add(of ? of(scope) : 1)
        continue
      }
      yield columns(scope, row)
      if (++found >= limit) return
    }
  }
  if (!folded || limit === 0) return
  const aggregates = folded.map(({ state }) => state.result())
  const nothing: Row = { member: () => undefined, whole: () => undefined, entries: () => [] }
  yield columns({ ...scopeOf(nothing, now), aggregates }, nothing)
}

const scopeOf = (row: Row, now: number): Scope => ({
  member: (name, exact) => row.member(name, exact),
  whole: () => row.whole(),
  aggregates: [],
  now,
})

/** What a query's paths may begin with to mean its source. */
export function aliasOf({ alias, from }: Query): string | undefined {
  const named = from.findLast((step) => 'name' in step)
  return alias ?? (named && 'name' in named ? named.name : undefined)
}

function columnsOf(columns: Column[] | undefined, alias: string | undefined) {
  if (!columns) return (_scope: Scope, row: Row): Cells => row.entries()
  const made = columns.map((column, index) => ({
    name: column.alias ?? nameOf(column.expression) ?? `_${index + 1}`,
    evaluate: isWhole(column.expression) ? undefined : compile(column.expression, alias),
  }))
  return (scope: Scope, row: Row): Cells =>
    made.flatMap(({ name, evaluate }): Cells =>
      evaluate ? [[name, evaluate(scope)]] : row.entries(),
    )
}

/** `s.*` */
const isWhole = (expression: Expression): boolean =>
  expression.kind === 'path' && expression.steps.length === 2 && 'every' in expression.steps[1]!

function nameOf(expression: Expression): string | undefined {
  const last = expression.kind === 'path' ? expression.steps.at(-1) : undefined
  return last && 'name' in last ? last.name : undefined
}

interface Fold {
  state: Aggregate
  of: Evaluate | undefined
}

/** The aggregates of a query by their slots. */
function foldsOf(query: Query, alias: string | undefined): Fold[] {
  const folds: Fold[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const each = node as Expression
    if (each.kind === 'aggregate') {
      const of = each.of && compile(each.of, alias)
      folds[each.slot] = { state: newAggregate(each.name), of }
      return
    }
    for (const inner of Object.values(node)) visit(inner)
  }
  visit(query.columns)
  return folds
}
