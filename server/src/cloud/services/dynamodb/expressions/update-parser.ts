import type { Operand, UpdateAction } from './ast.ts'
import { Parser } from './parser.ts'

type Section = UpdateAction['section']
const sections: Section[] = ['SET', 'REMOVE', 'ADD', 'DELETE']

export function parseUpdate(source: string): UpdateAction[] {
  const parser = new Parser('UpdateExpression', source)
  const { tokens } = parser
  const seen = new Set<Section>()
  const actions: UpdateAction[] = []
  do {
    const section = sections.find((name) => tokens.isKeyword(name))
    if (!section) throw tokens.syntaxError()
    tokens.take()
    if (seen.has(section)) {
      parser.complain(
        'section',
        `The "${section}" section can only be used once in an update expression;`,
      )
    }
    seen.add(section)
    do actions.push(actionOf(parser, section))
    while (tokens.takeIf(','))
  } while (tokens.next.kind !== 'end')
  parser.finish()
  return actions
}

function actionOf(parser: Parser, section: Section): UpdateAction {
  const { tokens } = parser
  const path = parser.path()
  if (section === 'REMOVE') return { section, path }
  if (section === 'SET') {
    tokens.expect('=')
    return { section, path, operand: setOperand(parser) }
  }
  const { kind, text } = tokens.next
  if (kind !== 'value') throw tokens.syntaxError()
  tokens.take()
  return { section, path, value: { kind: 'value', name: text } }
}

/** One operand, or two with `+` or `-` between them; the whole may be in parentheses. */
function setOperand(parser: Parser): Operand {
  const { tokens } = parser
  const start = tokens.position
  if (tokens.takeIf('(')) {
    const inner = setOperand(parser)
    if (tokens.takeIf(')') && inner.kind === 'arithmetic') return inner
    // Read again as an operand: the parser tells of parentheses there.
    tokens.position = start
  }
  const left = parser.operand()
  const operator = tokens.isSymbol('+') ? '+' : tokens.isSymbol('-') ? '-' : undefined
  if (!operator) return left
  tokens.take()
  const right = parser.operand()
  for (const side of [left, right]) {
    if (side.kind !== 'call' || side.name !== 'list_append') continue
    const what = 'The function is not allowed to be used this way in an expression'
    parser.complain('misuse', `${what}; function: ${side.name}`)
  }
  return { kind: 'arithmetic', operator, left, right }
}
