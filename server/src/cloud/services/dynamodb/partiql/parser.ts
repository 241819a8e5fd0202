import { AwsError } from '../../../gateway/index.ts'
import type { Condition, Operand, PathNode, UpdateAction } from '../expressions/index.ts'
import { invalid } from '../refusals.ts'
import type { Item, Value } from '../item-types.ts'
import { checkedValue } from '../value.ts'
import { ConditionReader } from './conditions.ts'
import { leftOver, malformed, StatementTokens } from './tokens.ts'
import { noOperand, ValueReader } from './values.ts'

export interface OrderTerm {
  name: string
  backward: boolean
}

export interface SelectStatement {
  kind: 'select'
  table: string
  index: string | undefined
  paths: PathNode[] | undefined
  where: Condition | undefined
  order: OrderTerm[] | undefined
}

export type Statement =
  | SelectStatement
  | { kind: 'exists'; table: string; select: SelectStatement }
  | { kind: 'insert'; table: string; item: Item }
  | {
      kind: 'update'
      table: string
      actions: UpdateAction[]
      where: Condition | undefined
      returning: string | undefined
    }
  | {
      kind: 'delete'
      table: string
      where: Condition | undefined
      returning: string | undefined
    }

/** Reads one statement; `?` take the parameters in turn. */
export function parseStatement(source: string, parameters: Value[] = []): Statement {
  const values = parameters.map((value) => checkedValue(value))
  const parser = new StatementParser(source, values)
  const statement = parser.statement()
  parser.finish()
  return statement
}

/** The statement, where it can be read at all. */
export function statementOrNothing(source: string, parameters?: Value[]): Statement | undefined {
  try {
    return parseStatement(source, parameters)
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}

/** As in expressions. */
const MOST_OPERATORS = 300

const setFunctions: Record<string, 'ADD' | 'DELETE'> = { set_add: 'ADD', set_delete: 'DELETE' }
const binaryOperators = new Set('+ - * / % || = <> != < <= > >='.split(' '))
const updateFunctions = new Set(['list_append', 'if_not_exists'])

class StatementParser {
  readonly #tokens: StatementTokens
  readonly #values: ValueReader
  readonly #conditions: ConditionReader

  constructor(source: string, parameters: Value[]) {
    this.#tokens = new StatementTokens(source)
    this.#values = new ValueReader(this.#tokens, parameters)
    this.#conditions = new ConditionReader(this.#tokens, this.#values)
  }

  finish(): void {
    if (!this.#tokens.isEnd) throw leftOver()
  }

  statement(): Statement {
    const tokens = this.#tokens
    if (tokens.takeIf('SELECT')) return this.#select()
    if (tokens.takeIf('INSERT', 'INTO')) return this.#insert()
    if (tokens.takeIf('UPDATE')) return this.#update()
    if (tokens.takeIf('FROM')) return this.#fromFirst()
    if (tokens.takeIf('DELETE')) return this.#delete()
    if (tokens.takeIf('EXISTS', '(')) return this.#exists()
    throw this.#otherStatement()
  }

  #otherStatement(): Error {
    const tokens = this.#tokens
    if (tokens.takeIf('CREATE', 'TABLE')) return invalid('Unsupported operation: CreateTable')
    if (tokens.takeIf('DROP', 'TABLE')) return invalid('Unsupported operation: DropTable')
    if (!tokens.isName) return noOperand(tokens, false)
    // An expression is a statement too, up to where a FROM begins one that changes data.
    if (tokens.has('FROM')) return malformed('Expected data manipulation')
    if (tokens.peek(1).text.toUpperCase() !== 'IS') return leftOver()
    this.#conditions.condition()
    return invalid('Unsupported operation: IsType')
  }

  #exists(): Statement {
    if (!this.#tokens.takeIf('SELECT')) throw malformed('Expected data manipulation')
    const select = this.#select()
    this.#tokens.expect(')')
    return { kind: 'exists', table: select.table, select }
  }

  #select(): SelectStatement {
    const tokens = this.#tokens
    if (tokens.is('DISTINCT')) throw invalid('Unsupported token in expression: DISTINCT')
    if (tokens.is('VALUE')) {
      throw invalid("Select projection doesn't support value or pivot keywords")
    }
    const paths = tokens.takeIf('*') ? undefined : this.#list(() => this.#shownPath())
    if (!tokens.takeIf('FROM')) {
      if (tokens.is('AS') || tokens.isName) throw aliasing()
      throw malformed('Expected FROM after SELECT list')
    }
    const [table, index] = this.#source()
    const where = this.#where()
    const order = tokens.takeIf('ORDER', 'BY') ? this.#order() : undefined
    if (tokens.is('GROUP')) throw invalid('Unsupported clause: GROUP BY')
    if (tokens.is('LIMIT')) {
      throw invalid(`Unsupported clause: LIMIT at ${tokens.placeOf(tokens.peek(1))}`)
    }
    return { kind: 'select', table, index, paths, where, order }
  }

  /** Nothing but paths is shown: of anything else its first literal or its operator is named. */
  #shownPath(): PathNode {
    const tokens = this.#tokens
    if (tokens.takeIf('(')) {
      const inner = this.#shownPath()
      tokens.expect(')')
      return inner
    }
    const isCall = tokens.next.kind === 'word' && tokens.peek(1).text === '('
    const path = isCall || this.#isLiteral ? undefined : this.#conditions.path()
    if (path && !binaryOperators.has(tokens.next.text)) return path
    throw invalid(`Unexpected path component at ${tokens.placeOf(tokens.next)}`)
  }

  get #isLiteral(): boolean {
    const { kind, text } = this.#tokens.next
    if (kind === 'symbol') return /^(?:[?[{+-]|<<)$/.test(text)
    return kind === 'text' || kind === 'number' || /^(?:null|true|false)$/i.test(text)
  }

  #order(): OrderTerm[] {
    const terms: OrderTerm[] = []
    do {
      const { kind, text } = this.#tokens.next
      if (kind === 'text' || kind === 'number') {
        const type = kind === 'text' ? JSON.stringify(text) : text
        throw invalid(`Argument to ORDER BY must be of type VariableReference. Type: ${type}`)
      }
      const name = String(this.#conditions.path().parts[0])
      const backward = this.#tokens.takeIf('DESC')
      if (!backward) this.#tokens.takeIf('ASC')
      terms.push({ name, backward })
    } while (this.#tokens.takeIf(','))
    return terms
  }

  #where(): Condition | undefined {
    return this.#tokens.takeIf('WHERE') ? this.#conditions.condition() : undefined
  }

  /** A table or a table's index; no other name for it, nor a second one. */
  #source(): [table: string, index: string | undefined] {
    const tokens = this.#tokens
    if (tokens.is('[') || tokens.is('<<')) throw invalid('Unexpected from source')
    const { parts } = this.#conditions.path()
    if (parts.length > 2) {
      throw invalid('A path may contain at most 2 components in the FROM clause')
    }
    if (parts.includes('')) throw invalid('Path component cannot be an empty string')
    if (tokens.is(',')) throw invalid('Only select from a single table or index is supported.')
    if (tokens.is('AS') || tokens.isName) throw aliasing()
    const [table, index] = parts
    return [tableName(String(table)), index === undefined ? undefined : String(index)]
  }

  #changed(): string {
    if (!this.#tokens.isName) throw malformed('Expected identifier for simple path')
    const [table, index] = this.#source()
    if (index !== undefined) throw invalid('This operation is not supported on an index')
    return table
  }

  #insert(): Statement {
    const tokens = this.#tokens
    if (!tokens.isName) throw malformed('Expected identifier for simple path')
    const { parts } = this.#conditions.path()
    if (parts.length > 1) {
      const what = 'FROM clause may only contain a single table name'
      throw invalid(`${what} in data manipulation statements`)
    }
    if (parts.includes('')) throw invalid('Path component cannot be an empty string')
    if (!tokens.takeIf('VALUE')) throw this.#otherInsert()
    const start = tokens.next
    if (!tokens.takeIf('{')) {
      const what =
        'Unsupported format in item expression. Please use struct format {...} to express'
      throw invalid(`${what} item values for insert statement. at ${tokens.placeOf(start)}`)
    }
    const item = this.#values.struct()
    if (tokens.is('RETURNING')) throw invalid('RETURNING is not supported in INSERT')
    return { kind: 'insert', table: tableName(String(parts[0])), item }
  }

  #otherInsert(): Error {
    this.#conditions.operand()
    return this.#tokens.isEnd ? invalid('Unsupported operation: InsertOp') : leftOver()
  }

  #update(): Statement {
    const table = this.#changed()
    const actions = this.#actions()
    const where = this.#where()
    return { kind: 'update', table, actions, where, returning: this.#returning() }
  }

  /** `FROM table WHERE … SET …`: an update whose clauses come in another order. */
  #fromFirst(): Statement {
    const table = this.#changed()
    const where = this.#where()
    const actions = this.#actions()
    return { kind: 'update', table, actions, where, returning: this.#returning() }
  }

  #delete(): Statement {
    if (!this.#tokens.takeIf('FROM')) throw malformed('Expected FROM after DELETE')
    const table = this.#changed()
    const where = this.#where()
    const returning = this.#returning()
    if (returning !== undefined && returning !== 'ALL_OLD') {
      const shown = returning.replace('UPDATED', 'MODIFIED').replace('_', ' ')
      const only = 'Only RETURNING ALL OLD * is allowed in DELETE statements.'
      throw invalid(`Invalid returning clause: RETURNING ${shown} *. ${only}`)
    }
    return { kind: 'delete', table, where, returning }
  }

  #actions(): UpdateAction[] {
    const actions: UpdateAction[] = []
    for (;;) {
      if (this.#tokens.takeIf('SET')) actions.push(...this.#list(() => this.#assignment()))
      else if (this.#tokens.takeIf('REMOVE')) {
        actions.push({ section: 'REMOVE', path: this.#conditions.path() })
      } else break
    }
    if (actions.length === 0) throw malformed('Expected data manipulation')
    return actions
  }

  #assignment(): UpdateAction {
    const path = this.#conditions.path()
    this.#tokens.expect('=')
    const { next } = this.#tokens
    const section = next.kind === 'word' ? setFunctions[next.text.toLowerCase()] : undefined
    if (section && this.#tokens.peek(1).text === '(') return this.#setChange(section, path)
    return { section: 'SET', path, operand: this.#sum() }
  }

  /** `a = set_add(a, <<…>>)`: the set a function adds to is the one it is given to. */
  #setChange(section: 'ADD' | 'DELETE', path: PathNode): UpdateAction {
    const tokens = this.#tokens
    const start = tokens.take()
    const name = start.text.toUpperCase()
    const refuse = (what: string, at = start) => invalid(`${what} at ${tokens.placeOf(at)}`)
    tokens.expect('(')
    const first = tokens.next
    const args: Operand[] = tokens.is(')') ? [] : this.#list(() => this.#conditions.operand())
    tokens.expect(')')
    if (args.length !== 2) throw refuse(`${name} must have exactly two arguments`)
    const [target, amount] = args as [Operand, Operand]
    if (target.kind !== 'path' || target.parts.join('\0') !== path.parts.join('\0')) {
      throw refuse(`The first argument to ${name} must equal the assignment value`)
    }
    const value = amount.kind === 'value' ? amount.value : undefined
    if (amount.kind !== 'value' || !(value?.SS ?? value?.NS ?? value?.BS)) {
      throw refuse(`The second argument to ${name} must be a value with type SET`, first)
    }
    return { section, path, value: amount }
  }

  #sum(): Operand {
    let sum = this.#setOperand()
    for (let count = 1; ; count++) {
      const operator = this.#tokens.is('+') ? '+' : this.#tokens.is('-') ? '-' : undefined
      if (!operator) return sum
      if (count > MOST_OPERATORS) {
        throw invalid(`The expression contains too many operators; operator count: ${count}`)
      }
      this.#tokens.take()
      sum = { kind: 'arithmetic', operator, left: sum, right: this.#setOperand() }
    }
  }

  #setOperand(): Operand {
    const { next } = this.#tokens
    if (this.#tokens.is('(')) return this.#conditions.enclosed(() => this.#sum())
    const isCall = next.kind === 'word' && this.#tokens.peek(1).text === '('
    return isCall ? this.#conditions.call(updateFunctions) : this.#conditions.operand(true)
  }

  #returning(): string | undefined {
    if (!this.#tokens.takeIf('RETURNING')) return undefined
    for (const what of ['ALL', 'MODIFIED']) {
      for (const when of ['OLD', 'NEW']) {
        if (!this.#tokens.takeIf(what, when)) continue
        if (this.#tokens.takeIf('*')) return `${what === 'ALL' ? 'ALL' : 'UPDATED'}_${when}`
        const form = '( MODIFIED | ALL ) ( NEW | OLD )'
        throw invalid(`Expected '*' after ${form} in RETURNING clause`)
      }
    }
    throw malformed('Expected ( MODIFIED | ALL ) ( NEW | OLD ) after RETURNING')
  }

  #list<R>(one: () => R): R[] {
    const all = [one()]
    while (this.#tokens.takeIf(',')) all.push(one())
    return all
  }
}

const aliasing = () => invalid('Aliasing is not supported')

function tableName(name: string): string {
  // An ARN stands where the name does.
  if (/^[A-Za-z0-9_.-]{3,255}$/.test(name) || name.startsWith('arn:')) return name
  const allowed = "'a-z', 'A-Z', '0-9', '-', '_', '.'"
  throw invalid(`Table name should be within the length [3, 255] and only contain ${allowed}.`)
}
