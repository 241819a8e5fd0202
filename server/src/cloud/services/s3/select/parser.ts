import { parseExpression } from './expression-parser.ts'
import { expectedKeyword, invalidPath, refuse } from './refusals.ts'
import type { Column, Query, Step } from './syntax.ts'
import { TokenReader } from './token-reader.ts'

/** An S3 Select statement. Throws S3's parse errors. */
export function parseQuery(sql: string): Query {
  const reader = new TokenReader(sql)
  if (!reader.take('SELECT')) throw expectedKeyword('SELECT', reader.token.spot)
  const columns = reader.take('*') ? undefined : readColumns(reader)
  if (!columns && reader.is(',')) {
    throw refuse(
      'ParseAsteriskIsNotAloneInSelectList',
      'Other expressions are not allowed in the SELECT list when * is used without dot notation in the SQL expression.',
    )
  }
  if (!reader.take('FROM')) {
    throw refuse('ParseSelectMissingFrom', 'Missing FROM after SELECT list.')
  }
  const from = readSource(reader)
  const alias = readAlias(reader)
  const where = reader.take('WHERE') ? parseExpression(reader) : undefined
  const limit = reader.take('LIMIT') ? readLimit(reader) : undefined
  reader.take(';')
  // GROUP, ORDER, a second source: words this dialect hasn't.
  if (reader.token.type !== 'end') throw reader.unexpected()
  const isAggregate = reader.slots > 0
  if (isAggregate && !columns!.every(({ expression }) => isFolded(expression))) {
    throw refuse(
      'ParseUnsupportedSelect',
      'The SQL expression mixes aggregate functions with columns of single records.',
    )
  }
  return { columns, from, alias, where, limit, slots: reader.slots }
}

function readColumns(reader: TokenReader): Column[] {
  if (reader.is('FROM')) throw refuse('ParseEmptySelect', 'Found an empty SELECT list.')
  const columns: Column[] = []
  do {
    const expression = parseExpression(reader)
    if (reader.take('AS')) columns.push({ expression, alias: reader.name() })
    else if (reader.isName()) columns.push({ expression, alias: reader.name() })
    else columns.push({ expression })
  } while (reader.take(','))
  return columns
}

function readSource(reader: TokenReader): Step[] {
  const { token } = reader
  if (token.type !== 'word' || token.text.toLowerCase() !== 's3object') {
    throw refuse(
      'InvalidDataSource',
      'Invalid data source type. Only CSV, JSON, and Parquet are supported.',
    )
  }
  reader.next()
  const spot = reader.token.spot
  const steps: Step[] = []
  for (let step = reader.step(); step; step = reader.step()) steps.push(step)
  // "FROM S3Object and FROM S3Object[*].path are both valid clauses, but FROM S3Object.path is not."
  if (steps.length > 0 && !('every' in steps[0]!)) throw invalidPath(spot)
  return steps
}

function readAlias(reader: TokenReader): string | undefined {
  if (reader.take('AS') && !reader.isName()) {
    throw refuse(
      'ParseExpectedIdentForAlias',
      'Did not find the expected identifier for the alias in the SQL expression.',
    )
  }
  return reader.isName() ? reader.name() : undefined
}

function readLimit(reader: TokenReader): number {
  const { type, text } = reader.token
  if (type !== 'number' || !/^\d+$/.test(text)) {
    throw refuse('ParseExpectedNumber', 'Did not find the expected number in the SQL expression.')
  }
  reader.next()
  return Number(text)
}

/** Whether an expression has one value for all records. */
function isFolded(expression: unknown): boolean {
  if (typeof expression !== 'object' || expression === null) return true
  const { kind } = expression as { kind?: string }
  if (kind === 'aggregate') return true
  if (kind === 'path') return false
  return Object.values(expression).every((each) =>
    Array.isArray(each) ? each.flat().every(isFolded) : isFolded(each),
  )
}
