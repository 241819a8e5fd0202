import type {
  Comparator,
  Condition,
  Operand,
  PathNode,
  UpdateAction,
} from '../expressions/index.ts'
import { invalid } from '../refusals.ts'
import { checkedValue, type Item, typeOf, type Value } from '../value.ts'
import { malformed, StatementTokens } from './tokens.ts'

export type Statement =
  | {
      kind: 'select'
      table: string
      index: string | undefined
      paths: PathNode[] | undefined
      where: Condition | undefined
      order: { name: string; backward: boolean } | undefined
    }
  | { kind: 'insert'; table: string; item: Item }
  | {
      kind: 'update'
      table: string
      actions: UpdateAction[]
      where: Condition
      returning: string | undefined
    }
  | { kind: 'delete'; table: string; where: Condition; returning: string | undefined }

/** Reads one statement; `?` take the parameters in turn. */
export function parseStatement(source: string, parameters: Value[] = []): Statement {
  const parser = new StatementParser(source, parameters)
  const statement = parser.statement()
  parser.finish(parameters.length)
  return statement
}

const comparators = ['=', '<>', '!=', '<=', '>=', '<', '>']

class StatementParser {
  readonly #tokens: StatementTokens
  readonly #parameters: Value[]
  #used = 0

  constructor(source: string, parameters: Value[]) {
    this.#tokens = new StatementTokens(source)
    this.#parameters = parameters
  }

  finish(given: number): void {
    if (this.#tokens.next.kind !== 'end') throw this.#tokens.unexpected()
    if (this.#used !== given) {
      throw invalid("Number of parameters in request and statement don't match.")
    }
  }

  statement(): Statement {
    if (this.#tokens.takeIf('SELECT')) return this.#select()
    if (this.#tokens.takeIf('INSERT', 'INTO')) return this.#insert()
    if (this.#tokens.takeIf('UPDATE')) return this.#update()
    this.#tokens.expect('DELETE', 'FROM')
    const table = this.#name()
    this.#tokens.expect('WHERE')
    return { kind: 'delete', table, where: this.#condition(), returning: this.#returning() }
  }

  #select(): Statement {
    const paths = this.#tokens.takeIf('*') ? undefined : this.#list(() => this.#path())
    this.#tokens.expect('FROM')
    const table = this.#name()
    const index = this.#tokens.takeIf('.') ? this.#name() : undefined
    const where = this.#tokens.takeIf('WHERE') ? this.#condition() : undefined
    let order
    if (this.#tokens.takeIf('ORDER', 'BY')) {
      const name = this.#name()
      const backward = this.#tokens.takeIf('DESC')
      if (!backward) this.#tokens.takeIf('ASC')
      order = { name, backward }
    }
    return { kind: 'select', table, index, paths, where, order }
  }

  #insert(): Statement {
    const table = this.#name()
    this.#tokens.expect('VALUE')
    const value = this.#value()
    if (!value.M) throw malformed('Expected a tuple after VALUE')
    return { kind: 'insert', table, item: value.M }
  }

  #update(): Statement {
    const table = this.#name()
    const actions: UpdateAction[] = []
    for (;;) {
      if (this.#tokens.takeIf('SET')) actions.push(...this.#list(() => this.#assignment()))
      else if (this.#tokens.takeIf('REMOVE')) {
        actions.push(...this.#list(() => ({ section: 'REMOVE' as const, path: this.#path() })))
      } else break
    }
    if (actions.length === 0) throw this.#tokens.unexpected()
    this.#tokens.expect('WHERE')
    const where = this.#condition()
    return { kind: 'update', table, actions, where, returning: this.#returning() }
  }

  #assignment(): UpdateAction {
    const path = this.#path()
    this.#tokens.expect('=')
    const { next } = this.#tokens
    const sets: Record<string, 'ADD' | 'DELETE'> = { set_add: 'ADD', set_delete: 'DELETE' }
    const section = next.kind === 'word' ? sets[next.text.toLowerCase()] : undefined
    if (section && this.#tokens.peek(1).text === '(') {
      this.#tokens.take()
      this.#tokens.expect('(')
      this.#path()
      this.#tokens.expect(',')
      const value = this.#value()
      this.#tokens.expect(')')
      return { section, path, value: { kind: 'value', name: '', value } }
    }
    return { section: 'SET', path, operand: this.#sum() }
  }

  #returning(): string | undefined {
    if (!this.#tokens.takeIf('RETURNING')) return undefined
    for (const what of ['ALL', 'MODIFIED']) {
      for (const when of ['OLD', 'NEW']) {
        if (this.#tokens.takeIf(what, when, '*')) {
          return `${what === 'ALL' ? 'ALL' : 'UPDATED'}_${when}`
        }
      }
    }
    throw this.#tokens.unexpected()
  }

  #list<R>(one: () => R): R[] {
    const all = [one()]
    while (this.#tokens.takeIf(',')) all.push(one())
    return all
  }

  #name(): string {
    const { kind, text } = this.#tokens.take()
    if (kind !== 'word' && kind !== 'name') throw malformed(`Unexpected token ${text}`)
    return text
  }

  #path(): PathNode {
    const parts: (string | number)[] = [this.#name()]
    for (;;) {
      if (this.#tokens.takeIf('.')) parts.push(this.#name())
      else if (this.#tokens.takeIf('[')) {
        parts.push(Number(this.#tokens.take().text))
        this.#tokens.expect(']')
      } else return { kind: 'path', parts }
    }
  }

  #condition(): Condition {
    let left = this.#and()
    while (this.#tokens.takeIf('OR')) left = { kind: 'or', left, right: this.#and() }
    return left
  }

  #and(): Condition {
    let left = this.#not()
    while (this.#tokens.takeIf('AND')) left = { kind: 'and', left, right: this.#not() }
    return left
  }

  #not(): Condition {
    if (this.#tokens.takeIf('NOT')) return { kind: 'not', condition: this.#not() }
    if (this.#tokens.takeIf('(')) {
      const inner = this.#condition()
      this.#tokens.expect(')')
      return inner
    }
    return this.#test()
  }

  #test(): Condition {
    const left = this.#operand()
    const tokens = this.#tokens
    if (left.kind === 'call' && left.name !== 'size') return left
    if (tokens.takeIf('IS')) return this.#is(left)
    if (tokens.takeIf('BETWEEN')) {
      const low = this.#operand()
      tokens.expect('AND')
      return { kind: 'between', operand: left, low, high: this.#operand() }
    }
    if (tokens.takeIf('IN')) {
      const end = tokens.is('[') ? ']' : ')'
      tokens.expect(end === ']' ? '[' : '(')
      const list = this.#list(() => this.#operand())
      tokens.expect(end)
      return { kind: 'in', operand: left, list }
    }
    const operator = comparators.find((text) => tokens.is(text))
    if (!operator) throw tokens.unexpected()
    tokens.take()
    const written = (operator === '!=' ? '<>' : operator) as Comparator
    return { kind: 'compare', operator: written, left, right: this.#operand() }
  }

  #is(operand: Operand): Condition {
    const isNot = this.#tokens.takeIf('NOT')
    let test: Condition
    if (this.#tokens.takeIf('MISSING')) {
      test = { kind: 'call', name: 'attribute_not_exists', args: [operand] }
    } else {
      this.#tokens.expect('NULL')
      const right: Operand = { kind: 'value', name: '', value: { NULL: true } }
      test = { kind: 'compare', operator: '=', left: operand, right }
    }
    return isNot ? { kind: 'not', condition: test } : test
  }

  #sum(): Operand {
    const left = this.#operand()
    const operator = this.#tokens.is('+') ? '+' : this.#tokens.is('-') ? '-' : undefined
    if (!operator) return left
    this.#tokens.take()
    return { kind: 'arithmetic', operator, left, right: this.#operand() }
  }

  #operand(): Operand {
    const { kind, text } = this.#tokens.next
    const isCall = kind === 'word' && this.#tokens.peek(1).text === '('
    if (isCall) return this.#call()
    const isLiteral = kind === 'word' && /^(true|false|null)$/i.test(text)
    if ((kind === 'word' && !isLiteral) || kind === 'name') return this.#path()
    return { kind: 'value', name: '', value: this.#value() }
  }

  #call(): Operand {
    const name = this.#tokens.take().text.toLowerCase()
    const counts: Record<string, number> = {
      begins_with: 2,
      contains: 2,
      attribute_type: 2,
      size: 1,
      list_append: 2,
      if_not_exists: 2,
    }
    this.#tokens.expect('(')
    const args = this.#list(() => this.#operand())
    this.#tokens.expect(')')
    if (counts[name] !== args.length) throw malformed(`Unsupported function: ${name}`)
    return { kind: 'call', name, args }
  }

  #value(): Value {
    const { kind, text } = this.#tokens.take()
    if (kind === 'text') return { S: text }
    if (kind === 'number') return checkedValue({ N: text })
    if (kind === 'word') return this.#word(text)
    if (text === '?') {
      const value = this.#parameters[this.#used++]
      if (!value) throw invalid("Number of parameters in request and statement don't match.")
      return checkedValue(value)
    }
    if (text === '[') return { L: this.#until(']', () => this.#value()) }
    if (text === '{') return { M: Object.fromEntries(this.#until('}', () => this.#member())) }
    if (text === '<<') return setOf(this.#until('>>', () => this.#value()))
    throw malformed(`Unexpected token ${text}`)
  }

  #word(text: string): Value {
    const word = text.toLowerCase()
    if (word === 'null') return { NULL: true }
    if (word === 'true' || word === 'false') return { BOOL: word === 'true' }
    throw malformed(`Unexpected token ${text}`)
  }

  #member(): [string, Value] {
    const { kind, text } = this.#tokens.take()
    if (kind !== 'text' && kind !== 'name') throw malformed(`Unexpected token ${text}`)
    this.#tokens.expect(':')
    return [text, this.#value()]
  }

  #until<R>(end: string, one: () => R): R[] {
    if (this.#tokens.takeIf(end)) return []
    const all = this.#list(one)
    this.#tokens.expect(end)
    return all
  }
}

function setOf(values: Value[]): Value {
  const types = new Set(values.map(typeOf))
  const [type] = types
  if (types.size !== 1 || !type || !['S', 'N', 'B'].includes(type)) {
    throw malformed('A set has members of one type, string, number or binary')
  }
  return checkedValue({ [`${type}S`]: values.map((value) => value[type as 'S']) } as never)
}
