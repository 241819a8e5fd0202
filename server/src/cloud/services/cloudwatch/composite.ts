import type { Database } from '../../../kernel/index.ts'
import type { AlarmState } from './alarm-model.ts'
import type { NewState } from './alarm-states.ts'
import { validationError } from './model.ts'
import { type AlarmRow, alarmsOf, compositeConfig } from './store-alarms.ts'

type StateOf = (alarm: string) => AlarmState | undefined
export type AlarmRuleTest = (stateOf: StateOf) => boolean

/**
 * `ALARM("a") AND NOT (OK(b) OR AT_LEAST(50%, NOT OK, (c, d)))`; throws ValidationError where it is
 * no rule, with the place of what does not belong.
 */
export function parseAlarmRule(source: string): AlarmRuleTest {
  const rules = new RuleParser(source)
  const rule = rules.either()
  rules.end()
  return rule
}

const stateWords = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const

class RuleParser {
  readonly #tokens: { text: string; at: number }[]
  readonly #length: number
  #next = 0

  constructor(source: string) {
    this.#tokens = [...source.matchAll(/"[^"]*"|'[^']*'|[(),]|[^\s(),"']+/g)].map((found) => ({
      text: found[0],
      at: found.index,
    }))
    this.#length = source.length
  }

  either(): AlarmRuleTest {
    let left = this.#both()
    while (this.#take('OR')) left = or(left, this.#both())
    return left
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw this.#wrong()
  }

  #both(): AlarmRuleTest {
    let left = this.#single()
    while (this.#take('AND')) left = and(left, this.#single())
    return left
  }

  #single(): AlarmRuleTest {
    if (this.#take('NOT')) return not(this.#single())
    if (this.#take('TRUE')) return () => true
    if (this.#take('FALSE')) return () => false
    if (this.#take('(')) {
      const inner = this.either()
      this.#expect(')')
      return inner
    }
    if (this.#take('AT_LEAST')) return this.#atLeast()
    const state = this.#state()
    this.#expect('(')
    const name = this.#name()
    this.#expect(')')
    return (stateOf) => stateOf(name) === state
  }

  /** `AT_LEAST(2, ALARM, (a, b, c))`, or a share of them. */
  #atLeast(): AlarmRuleTest {
    this.#expect('(')
    const [, count, percent] = /^(\d+)(%?)$/.exec(this.#tokens[this.#next]?.text ?? '') ?? []
    if (count === undefined) throw this.#wrong()
    this.#next++
    this.#expect(',')
    const isNot = this.#take('NOT')
    const state = this.#state()
    this.#expect(',')
    this.#expect('(')
    const names = [this.#name()]
    while (this.#take(',')) names.push(this.#name())
    this.#expect(')')
    this.#expect(')')
    const least = percent ? (Number(count) / 100) * names.length : Number(count)
    return (stateOf) => names.filter((name) => (stateOf(name) === state) !== isNot).length >= least
  }

  #state(): AlarmState {
    const state = stateWords.find((word) => this.#take(word))
    if (!state) throw this.#wrong()
    return state
  }

  /** Of an alarm: by its name or ARN, in quotes or not. */
  #name(): string {
    const text = this.#tokens[this.#next]?.text
    if (text === undefined || /^[(),]$/.test(text)) throw this.#wrong()
    this.#next++
    return text.replace(/^(["'])(.*)\1$/, '$2').replace(/^arn:.*:alarm:/, '')
  }

  #take(word: string): boolean {
    const isIt = this.#tokens[this.#next]?.text.toUpperCase() === word
    if (isIt) this.#next++
    return isIt
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#wrong(`, must be: '${sign}'`)
  }

  #wrong(wanted = '') {
    const { text, at } = this.#tokens[this.#next] ?? { text: '<EOF>', at: this.#length }
    return validationError(
      `Error in AlarmRule [Unsupported token '${text}' at char ${at}${wanted}]`,
    )
  }
}

const or =
  (a: AlarmRuleTest, b: AlarmRuleTest): AlarmRuleTest =>
  (of) =>
    a(of) || b(of)
const and =
  (a: AlarmRuleTest, b: AlarmRuleTest): AlarmRuleTest =>
  (of) =>
    a(of) && b(of)
const not =
  (a: AlarmRuleTest): AlarmRuleTest =>
  (of) =>
    !a(of)

export async function evaluateComposite(
  database: Database,
  row: AlarmRow,
): Promise<NewState | undefined> {
  const alarms = await alarmsOf(database, row)
  const states = new Map(alarms.map((alarm) => [alarm.name, alarm.state as AlarmState]))
  const source = compositeConfig(row).AlarmRule ?? ''
  const state = parseAlarmRule(source)((name) => states.get(name)) ? 'ALARM' : 'OK'
  if (state === row.state) return undefined
  return {
    state,
    reason: `AlarmRule ${source} evaluated to ${state === 'ALARM' ? 'true' : 'false'}`,
  }
}
