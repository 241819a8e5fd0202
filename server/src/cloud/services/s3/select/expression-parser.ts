import { parseCall } from './call-parser.ts'
import { castTypes } from './cast.ts'
import { refuse } from './refusals.ts'
import type { Expression, Step } from './syntax.ts'
import type { TokenReader } from './token-reader.ts'
import { readTimestamp } from './values.ts'

type Read = (reader: TokenReader) => Expression

/** An expression, loosest operator first: OR, AND, NOT, comparisons, ||, + and -, * / and %. */
export function parseExpression(reader: TokenReader): Expression {
  return leftToRight(reader, ['OR'], conjunction)
}

const conjunction: Read = (reader) => leftToRight(reader, ['AND'], negation)

const negation: Read = (reader) =>
  reader.take('NOT') ? { kind: 'not', of: negation(reader) } : comparison(reader)

const sum: Read = (reader) => leftToRight(reader, ['+', '-', '||'], product)
const product: Read = (reader) => leftToRight(reader, ['*', '/', '%'], unary)

function leftToRight(reader: TokenReader, operators: string[], operand: Read): Expression {
  let left = operand(reader)
  for (;;) {
    const operator = operators.find((each) => reader.take(each))
    if (!operator) return left
    left = { kind: 'binary', operator, left, right: operand(reader) }
  }
}

const comparators = ['<=', '>=', '<>', '!=', '=', '<', '>']

function comparison(reader: TokenReader): Expression {
  const left = sum(reader)
  const operator = comparators.find((each) => reader.take(each))
  if (operator) {
    const right = sum(reader)
    return { kind: 'binary', operator: operator === '!=' ? '<>' : operator, left, right }
  }
  if (reader.take('IS')) return testOf(reader, left)
  const isNegated = reader.is('NOT') && reader.take('NOT')
  const test = membership(reader, left)
  if (!test && isNegated) throw reader.unexpected()
  if (!test) return left
  return isNegated ? { kind: 'not', of: test } : test
}

function testOf(reader: TokenReader, of: Expression): Expression {
  const isNegated = reader.take('NOT')
  const what = reader.take('NULL') ? 'null' : reader.take('MISSING') ? 'missing' : undefined
  if (!what) throw reader.unexpected()
  const test: Expression = { kind: 'is', of, what }
  return isNegated ? { kind: 'not', of: test } : test
}

function membership(reader: TokenReader, of: Expression): Expression | undefined {
  if (reader.take('LIKE')) {
    const pattern = sum(reader)
    return { kind: 'like', of, pattern, ...(reader.take('ESCAPE') && { escape: sum(reader) }) }
  }
  if (reader.take('BETWEEN')) {
    const low = sum(reader)
    reader.need('AND')
    return { kind: 'between', of, low, high: sum(reader) }
  }
  if (!reader.take('IN')) return undefined
  reader.need('(')
  return { kind: 'in', of, list: list(reader) }
}

/** Expressions with commas between, up to the closing parenthesis. */
function list(reader: TokenReader): Expression[] {
  const items: Expression[] = []
  if (reader.take(')')) return items
  do items.push(parseExpression(reader))
  while (reader.take(','))
  reader.need(')')
  return items
}

function unary(reader: TokenReader): Expression {
  if (reader.take('+')) return unary(reader)
  if (!reader.take('-')) return primary(reader)
  const right = unary(reader)
  if (right.kind === 'literal' && typeof right.value === 'number') {
    return { kind: 'literal', value: -right.value }
  }
  return { kind: 'binary', operator: '-', left: { kind: 'literal', value: 0 }, right }
}

function primary(reader: TokenReader): Expression {
  const { type, text } = reader.token
  if (reader.take('(')) {
    const inner = parseExpression(reader)
    reader.need(')')
    return inner
  }
  if (type === 'string') return literal(reader, text)
  if (type === 'number') return literal(reader, Number(text))
  if (type === 'moment') return moment(reader)
  if (reader.take('CASE')) return caseOf(reader)
  if (reader.take('CAST')) return castOf(reader)
  if (reader.take('NULL')) return { kind: 'literal', value: null }
  if (reader.take('MISSING')) return { kind: 'literal', value: undefined }
  if (reader.take('TRUE')) return { kind: 'literal', value: true }
  if (reader.take('FALSE')) return { kind: 'literal', value: false }
  const isCall = type === 'word' && reader.following.text === '('
  if (isCall) return parseCall(reader, parseExpression)
  if (!reader.isName()) throw reader.unexpected()
  return path(reader)
}

function literal(reader: TokenReader, value: string | number): Expression {
  reader.next()
  return { kind: 'literal', value }
}

function moment(reader: TokenReader): Expression {
  const value = readTimestamp(reader.token.text)
  if (!value) {
    throw refuse('LexerInvalidIONLiteral', `Invalid Ion literal: \`${reader.token.text}\``)
  }
  reader.next()
  return { kind: 'literal', value }
}

function path(reader: TokenReader): Expression {
  const { type, spot } = reader.token
  const steps: Step[] = [{ name: reader.name(), exact: type === 'quoted' }]
  for (let step = reader.step(); step; step = reader.step()) steps.push(step)
  return { kind: 'path', steps, spot }
}

function caseOf(reader: TokenReader): Expression {
  const subject = reader.is('WHEN') ? undefined : parseExpression(reader)
  const branches: [Expression, Expression][] = []
  while (reader.take('WHEN')) {
    const when = parseExpression(reader)
    reader.need('THEN')
    branches.push([when, parseExpression(reader)])
  }
  if (branches.length === 0) {
    throw refuse('ParseExpectedWhenClause', 'Did not find the expected WHEN clause in CASE.')
  }
  const otherwise: Expression = reader.take('ELSE')
    ? parseExpression(reader)
    : { kind: 'literal', value: null }
  reader.need('END')
  return { kind: 'case', branches, otherwise, ...(subject && { subject }) }
}

function castOf(reader: TokenReader): Expression {
  if (!reader.take('(')) {
    throw refuse(
      'ParseExpectedLeftParenAfterCast',
      'Did not find the expected left parenthesis after CAST in the SQL expression.',
    )
  }
  const of = parseExpression(reader)
  reader.need('AS')
  const type = reader.next().text.toUpperCase()
  if (!castTypes.has(type)) {
    throw refuse('ParseExpectedTypeName', `Did not find the expected type name: ${type}.`)
  }
  // Lengths and precisions are read and don't bind.
  if (reader.take('('))
    while (!reader.take(')')) if (reader.next().type === 'end') throw reader.unexpected()
  reader.need(')')
  return { kind: 'cast', of, type }
}
