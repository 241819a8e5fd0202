import {
  aggregates,
  compare,
  functions,
  isTrue,
  moments,
  numberIn,
  type Value,
} from './functions.ts'
import type { Command, Expression, Named } from './syntax.ts'

/** An event, or a group of them, by the names of its fields. */
export type Row = ReadonlyMap<string, Value>

export interface Found {
  field: string
  value: string
}

const MOST_ROWS = 10_000
const usual = ['@timestamp', '@message']

/** What a query finds of events, which come oldest first. */
export function runQuery(commands: Command[], events: Row[], limit = MOST_ROWS): Answer {
  let rows = events
  let shown: string[] = []
  let isGrouped = false
  let most = limit
  if (!commands.some(({ kind }) => kind === 'sort')) rows = rows.toReversed()
  let matched = 0
  for (const command of commands) {
    switch (command.kind) {
      case 'filter':
        rows = rows.filter((row) => isTrue(valueOf(command.where, row)))
        break
      case 'fields':
      case 'display':
        rows = rows.map((row) => withFields(row, command.fields))
        shown = [
          ...(command.kind === 'display' ? [] : shown),
          ...command.fields.map(({ name }) => name),
        ]
        break
      case 'parse':
        rows = rows.map((row) => {
          const found = command.read(textOf(valueOf(command.from, row)) ?? '')
          return found ? new Map([...row, ...Object.entries(found)]) : row
        })
        break
      case 'stats':
        if (!isGrouped) matched = rows.length
        rows = grouped(rows, command, isGrouped)
        shown = [...command.by, ...command.values].map(({ name }) => name)
        isGrouped = true
        break
      case 'sort':
        rows = rows.toSorted((a, b) => ordered(command.by, a, b))
        break
      case 'dedup':
        rows = distinct(rows, command.by)
        break
      case 'limit':
        most = Math.min(command.count, MOST_ROWS)
    }
  }
  const names = shown.length > 0 ? [...new Set(shown)] : usual
  const told = isGrouped ? names : [...names.filter((name) => name !== '@ptr'), '@ptr']
  return {
    matched: isGrouped ? matched : rows.length,
    results: rows.slice(0, most).map((row) => presented(row, told)),
  }
}

export interface Answer {
  /** Events that no filter kept away. */
  matched: number
  results: Found[][]
}

function withFields(row: Row, fields: Named[]): Row {
  const made = fields.filter(({ of, name }) => of.kind !== 'field' || of.name !== name)
  if (made.length === 0) return row
  const told = new Map(row)
  for (const { name, of } of made) {
    told.set(name, valueOf(of, row))
    if (isMoment(of)) told.set(`${name} `, 1)
  }
  return told
}

const times = new Set(['@timestamp', '@ingestionTime'])

function presented(row: Row, names: string[]): Found[] {
  return names.flatMap((field) => {
    const value = row.get(field)
    if (value === undefined) return []
    const isTime = times.has(field) || row.get(`${field} `) === 1
    return [{ field, value: isTime ? momentOf(Number(value)) : textOf(value)! }]
  })
}

/** `2026-11-23 09:00:00.000`. */
const momentOf = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')

/** Numbers have four places at most. */
function textOf(value: Value): string | undefined {
  if (typeof value !== 'number' || Number.isInteger(value)) return value?.toString()
  return String(Math.round(value * 10_000) / 10_000)
}

function grouped(rows: Row[], command: Extract<Command, { kind: 'stats' }>, isAgain: boolean) {
  const groups = new Map<string, { keys: Value[]; rows: Row[] }>()
  for (const row of rows) {
    const keys = command.by.map(({ of }) => valueOf(of, row))
    const key = JSON.stringify(keys.map((it) => it ?? null))
    const group = groups.get(key) ?? { keys, rows: [] }
    group.rows.push(row)
    groups.set(key, group)
  }
  if (command.by.length === 0 && groups.size === 0) groups.set('', { keys: [], rows: [] })
  return [...groups.values()].map(({ keys, rows: own }): Row => {
    const inOrder = isAgain
      ? own
      : own.toSorted((a, b) => compare(a.get('@timestamp'), b.get('@timestamp')))
    const told = new Map<string, Value>()
    command.by.forEach(({ name, of }, at) => {
      told.set(name, keys[at])
      // A group's moment is told as one, also after another command.
      if (isMoment(of)) told.set(`${name} `, 1)
    })
    for (const { name, of } of command.values) told.set(name, summed(of, inOrder))
    return told
  })
}

const isMoment = (of: Expression) =>
  (of.kind === 'call' && moments.has(of.name)) || (of.kind === 'field' && times.has(of.name))

/** An expression over groups: its aggregates are taken first. */
function summed(of: Expression, rows: Row[]): Value {
  if (of.kind === 'call' && Object.hasOwn(aggregates, of.name)) {
    const [first, second] = of.of
    const values = rows.map((row) => (first ? valueOf(first, row) : 1))
    return aggregates[of.name]!(values, second && valueOf(second, new Map()))
  }
  if (of.kind === 'call') return functions[of.name]!(...of.of.map((one) => summed(one, rows)))
  if (of.kind === 'sign')
    return signed(of.sign, summed(of.left, rows), () => summed(of.right, rows))
  return valueOf(of, rows.at(-1) ?? new Map())
}

function ordered(by: { of: Expression; isDescending: boolean }[], a: Row, b: Row): number {
  for (const { of, isDescending } of by) {
    const way = compare(valueOf(of, a), valueOf(of, b))
    if (way !== 0) return isDescending ? -way : way
  }
  return 0
}

function distinct(rows: Row[], by: Expression[]): Row[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const key = JSON.stringify(by.map((of) => valueOf(of, row) ?? null))
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

const truth = (is: boolean) => (is ? 1 : 0)

function valueOf(of: Expression, row: Row): Value {
  switch (of.kind) {
    case 'value':
      return of.value
    case 'field':
      return row.get(of.name)
    case 'not':
      return truth(!isTrue(valueOf(of.of, row)))
    case 'like': {
      const text = textOf(valueOf(of.left, row))
      return truth(text !== undefined && of.test(text))
    }
    case 'in': {
      const value = valueOf(of.left, row)
      return truth(of.list.some((one) => isSame(value, valueOf(one, row))))
    }
    case 'sign':
      return signed(of.sign, valueOf(of.left, row), () => valueOf(of.right, row))
    case 'call': {
      const given = of.of.map((one) => valueOf(one, row))
      // `bin(5m)` is of the event's own time.
      const isOwn = of.name === 'bin' && given.length === 1
      return functions[of.name]?.(...(isOwn ? [row.get('@timestamp'), ...given] : given))
    }
  }
}

function isSame(a: Value, b: Value): boolean {
  const [left, right] = [numberIn(a), numberIn(b)]
  return left !== undefined && right !== undefined ? left === right : a === b
}

const arithmetic: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
}

function signed(sign: string, a: Value, right: () => Value): Value {
  if (sign === 'and') return truth(isTrue(a) && isTrue(right()))
  if (sign === 'or') return truth(isTrue(a) || isTrue(right()))
  const b = right()
  if (sign === '=') return truth(isSame(a, b))
  if (sign === '!=') return truth(!isSame(a, b))
  const work = arithmetic[sign]
  if (work) {
    const [left, other] = [numberIn(a), numberIn(b)]
    if (left === undefined || other === undefined) return undefined
    const value = work(left, other)
    return Number.isFinite(value) ? value : undefined
  }
  if (a === undefined || b === undefined) return 0
  const way = compare(a, b)
  return truth({ '<': way < 0, '<=': way <= 0, '>': way > 0, '>=': way >= 0 }[sign] ?? false)
}
