import { expect, test } from 'vitest'
import { cronProblem } from './cron-text.ts'

test.each([
  'H H * * *',
  '@midnight',
  'H(0-7)/2 1-5 1,15 * 1-5',
  '0 0 * * 7',
  'TZ=Asia/Seoul\n# nightly\n\n0 9 * * *',
  '',
])('%j is well-formed', (spec) => expect(cronProblem(spec)).toBeUndefined())

test.each([
  ['nightly', "token recognition error at: 'n'", '1:0'],
  ['abc', "token recognition error at: 'ab'", '1:0'],
  ['@never', "token recognition error at: 'n'", '1:1'],
  ['* * * * MON', "token recognition error at: 'M'", '1:8'],
  ['75 * * * *', '75 is an invalid value. Must be within 0 and 59', '1:2'],
  ['* 24 * * *', '24 is an invalid value. Must be within 0 and 23', '1:4'],
  ['* * * *', "mismatched input '<EOF>' expecting WS", '1:7'],
])('%j is refused', (spec, text, place) =>
  expect(cronProblem(spec)).toBe(`Invalid input: "${spec}": line ${place}: ${text}`),
)

test('the line and the time zone are named', () => {
  expect(cronProblem('@daily\n@often')).toBe(
    'Invalid input: "@often": line 2:1: token recognition error at: \'o\'',
  )
  expect(cronProblem('TZ=Mars/Base\n@daily')).toBe("Invalid or unsupported timezone 'Mars/Base'")
})
