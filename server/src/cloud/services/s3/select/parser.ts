import { parseExpression } from './expression-parser.ts'
import { expectedKeyword, refuse } from './refusals.ts'
import type { Column, Query, Step } from './syntax.ts'
import { TokenReader } from './token-reader.ts'

/** An S3 Select statement. Throws S3's parse errors. */
export function parseQuery(sql: string): Query {
  const reader = new TokenReader(sql)
  if (!reader.take('SELECT')) throw expectedKeyword('SELECT', reader.token.spot)
  const columns = reader.take('*') ? undefined : readColumns(reader)
  if (!reader.take('FROM')) {
    throw refuse('ParseSelectMissingFrom', 'Missing FROM after SELECT list.')
  }
  const from = readSource(reader)
  const alias = readAlias(reader)
  const where = reader.take('WHERE') ? parseExpression(reader) : undefined
  const limit = reader.take('LIMIT') ? readLimit(reader) : undefined
  reader.take(';')
  refuseRest(reader)
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
  const steps: Step[] = []
  for (;;) {
    const step = reader.step()
    if (!step) return steps
    steps.push(step)
  }
}

function readAlias(reader: TokenReader): string | undefined {
  if (reader.take('AS')) return reader.name()
  return reader.isName() ? reader.name() : undefined
}

function readLimit(reader: TokenReader): number {
  const { type, text } = reader.token
  if (type !== 'number' || !/^\d+$/.test(text)) throw reader.unexpected()
  reader.next()
  return Number(text)
}

const unsupported: Record<string, string> = {
  GROUP: 'ParseUnsupportedSelect',
  ORDER: 'ParseUnsupportedSelect',
  HAVING: 'ParseUnsupportedSelect',
  JOIN: 'UnsupportedSqlStructure',
  UNION: 'UnsupportedSqlStructure',
}

function refuseRest(reader: TokenReader): void {
  const { type, text } = reader.token
  if (type === 'end') return
  const code = type === 'word' ? unsupported[text.toUpperCase()] : undefined
  if (code) {
    throw refuse(code, `The SQL expression contains an unsupported use of ${text.toUpperCase()}.`)
  }
  if (type === 'sign' && text === ',') {
    throw refuse('UnsupportedSqlStructure', 'Encountered an unsupported SQL structure: a join.')
  }
  throw reader.unexpected()
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
