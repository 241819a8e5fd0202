import { castFailed } from './refusals.ts'
import { compareValues, numberOf, textOf, type Value } from './values.ts'

/** One aggregate function's running state. */
export interface Aggregate {
  add(value: Value): void
  result(): Value
}

/** NULL and MISSING aren't counted. */
export function newAggregate(name: string): Aggregate {
  let count = 0
  let sum = 0
  let best: Value = null
  const keep = (value: Value, sign: number) => {
    const own = numberOf(value) ?? value
    const order = compareValues(own, best)
    if (best === null || (order !== undefined && order * sign > 0)) best = own
  }
  return {
    add(value) {
      if (value === null || value === undefined) return
      count++
      if (name === 'MAX') keep(value, 1)
      else if (name === 'MIN') keep(value, -1)
      else if (name !== 'COUNT') sum += needNumber(value)
    },
    result() {
      if (name === 'COUNT') return count
      if (name === 'MAX' || name === 'MIN') return best
      if (count === 0) return null
      return name === 'AVG' ? sum / count : sum
    },
  }
}

function needNumber(value: Value): number {
  const number = numberOf(value)
  if (number === undefined) throw castFailed(textOf(value), 'DECIMAL')
  return number
}
