import type { Database } from '../../../kernel/index.ts'
import type { AlarmState } from './alarm-model.ts'
import type { NewState } from './alarm-states.ts'
import { validationError } from './model.ts'
import { type AlarmRow, alarmsOf, compositeConfig } from './store-alarms.ts'

type StateOf = (alarm: string) => AlarmState | undefined
export type AlarmRuleTest = (stateOf: StateOf) => boolean

/** `ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))`; throws ValidationError where it is no rule. */
export function parseAlarmRule(source: string): AlarmRuleTest {
  const tokens = source.match(/"[^"]*"|'[^']*'|\(|\)|[^\s()"']+/g)?.map((text) => text.trim()) ?? []
  let at = 0
  const wrong = () =>
    validationError(`AlarmRule is not a valid rule near '${tokens[at] ?? 'its end'}'.`)
  const take = (word: string) => tokens[at]?.toUpperCase() === word && ++at > 0

  const either = (): AlarmRuleTest => {
    let left = both()
    while (take('OR')) left = or(left, both())
    return left
  }
  const both = (): AlarmRuleTest => {
    let left = single()
    while (take('AND')) left = and(left, single())
    return left
  }
  const single = (): AlarmRuleTest => {
    if (take('NOT')) return not(single())
    if (take('TRUE')) return () => true
    if (take('FALSE')) return () => false
    if (take('(')) {
      const inner = either()
      if (!take(')')) throw wrong()
      return inner
    }
    const state = (['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const).find((word) => take(word))
    if (!state || !take('(')) throw wrong()
    const name = tokens[at++]?.replace(/^(["'])(.*)\1$/, '$2').replace(/^arn:.*:alarm:/, '')
    if (!name || !take(')')) throw wrong()
    return (stateOf) => stateOf(name) === state
  }

  const rule = either()
  if (at < tokens.length) throw wrong()
  return rule
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
