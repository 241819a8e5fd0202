import { expect, it } from 'vitest'
import { judge } from './alarm-evaluation.ts'
import type { AlarmRule, MissingData } from './alarm-model.ts'

// The tables of the user guide's "Configuring how CloudWatch alarms treat missing data": `0` a datapoint
// within the threshold, `X` a breaching one, `-` a missing one; oldest first. `keep`: the state stays.
type Row = [points: string, missing: string, ignore: string, breaching: string, not: string]

const threeOfThree: Row[] = [
  ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 'INSUFFICIENT_DATA', 'keep', 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 'ALARM', 'keep', 'ALARM', 'OK'],
]

const twoOfThree: Row[] = [
  ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - X -', 'ALARM', 'keep', 'ALARM', 'OK'],
]

const treatments: MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching']
const cases = [
  ...threeOfThree.map((row) => [3, row] as const),
  ...twoOfThree.map((row) => [2, row] as const),
].flatMap(([needed, [points, ...states]]) =>
  states.map((state, i) => [needed, points, treatments[i]!, state] as const),
)

it.each(cases)('%i of 3: %s with %s is %s', (datapointsToAlarm, points, missingData, state) => {
  const rule: AlarmRule = {
    queries: [],
    watchedId: 'm1',
    periodS: 60,
    evaluationPeriods: 3,
    datapointsToAlarm,
    isDatapointsGiven: true,
    comparison: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    missingData,
  }
  const slots = points.split(' ').map((point, i) => {
    return point === '-' ? undefined : { atMs: i * 60_000, value: point === 'X' ? 1 : 0 }
  })
  expect(judge(rule, slots).state ?? 'keep').toBe(state)
})
