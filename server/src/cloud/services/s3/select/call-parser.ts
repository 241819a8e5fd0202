import { invalidArguments, refuse } from './refusals.ts'
import type { Expression } from './syntax.ts'
import type { TokenReader } from './token-reader.ts'

type Parse = (reader: TokenReader) => Expression

const aggregates = new Set(['AVG', 'COUNT', 'MAX', 'MIN', 'SUM'])
const dateParts = new Set([
  'YEAR',
  'MONTH',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
  'TIMEZONE_HOUR',
  'TIMEZONE_MINUTE',
])

/** A call, `NAME(` being next; the forms with words inside are made plain ones. */
export function parseCall(reader: TokenReader, parse: Parse): Expression {
  const name = reader.next().text.toUpperCase()
  reader.need('(')
  if (aggregates.has(name)) return aggregate(reader, name, parse)
  if (name === 'SUBSTRING') return substring(reader, parse)
  if (name === 'TRIM') return trim(reader, parse)
  if (name === 'EXTRACT') {
    const part = datePart(reader)
    reader.need('FROM')
    return closed(reader, name, [part, parse(reader)])
  }
  if (name === 'DATE_ADD' || name === 'DATE_DIFF') {
    const part = datePart(reader)
    reader.need(',')
    const first = parse(reader)
    reader.need(',')
    return closed(reader, name, [part, first, parse(reader)])
  }
  if (reader.take(')')) return { kind: 'call', name, args: [] }
  const args = [parse(reader)]
  while (reader.take(',')) args.push(parse(reader))
  return closed(reader, name, args)
}

function closed(reader: TokenReader, name: string, args: Expression[]): Expression {
  reader.need(')')
  return { kind: 'call', name, args }
}

function aggregate(reader: TokenReader, name: string, parse: Parse): Expression {
  const isAll = reader.take('*')
  if (isAll && name !== 'COUNT') {
    throw refuse(
      'ParseUnsupportedCallWithStar',
      'Only COUNT with (*) as a parameter is supported in the SQL expression.',
    )
  }
  if (reader.is(')') && !isAll) throw invalidArguments(name)
  const inner = isAll ? undefined : parse(reader)
  if (reader.is(',')) {
    throw refuse(
      'ParseNonUnaryAgregateFunctionCall',
      'Only one argument is supported for aggregate functions in the SQL expression.',
    )
  }
  reader.need(')')
  return { kind: 'aggregate', name, of: inner, slot: reader.slots++ }
}

function datePart(reader: TokenReader): Expression {
  const part = reader.next().text.toUpperCase()
  if (!dateParts.has(part)) {
    throw refuse('ParseExpectedDatePart', `Did not find the expected date part: ${part}.`)
  }
  return { kind: 'literal', value: part }
}

/** `SUBSTRING(text FROM 2 FOR 3)` or with commas. */
function substring(reader: TokenReader, parse: Parse): Expression {
  const args = [parse(reader)]
  if (reader.take('FROM') || reader.take(',')) args.push(parse(reader))
  if (reader.take('FOR') || reader.take(',')) args.push(parse(reader))
  return closed(reader, 'SUBSTRING', args)
}

const sides = ['LEADING', 'TRAILING', 'BOTH']

/** `TRIM([LEADING | TRAILING | BOTH] [characters] FROM text)` or `TRIM(text)`. */
function trim(reader: TokenReader, parse: Parse): Expression {
  const side = sides.find((each) => reader.take(each))
  const blank: Expression = { kind: 'literal', value: ' ' }
  const from: Expression = { kind: 'literal', value: side ?? 'BOTH' }
  if (reader.take('FROM')) return closed(reader, 'TRIM', [from, blank, parse(reader)])
  const first = parse(reader)
  if (reader.take('FROM')) return closed(reader, 'TRIM', [from, first, parse(reader)])
  return closed(reader, 'TRIM', [from, blank, first])
}
