import { expect, test } from 'vitest'
import { fitsLabel } from './labels.ts'

const labels = ['linux', 'docker', 'big-disk', 'x64', 'my node']

test.each([
  ['linux', true],
  [' linux ', true],
  ['windows', false],
  ['linux && docker', true],
  ['linux&&windows', false],
  ['windows || docker', true],
  ['!windows', true],
  ['!!linux', true],
  ['!(linux && windows) && x64', true],
  ['big-disk', true],
  ['"my node" && linux', true],
  // Implies, which binds less than || and &&; and both or neither, which binds least.
  ['windows -> nothing', true],
  ['linux->windows', false],
  ['linux->x64', true],
  ['linux <-> docker', true],
  ['windows <-> docker', false],
  ['windows<->nothing', true],
  ['windows && linux || docker', true],
  ['docker || linux && windows', true],
  // No expressions: names that no machine has.
  ['linux docker', false],
  ['linux &&', false],
  ['(linux', false],
  ['linux)', false],
  ['&&', false],
  ['()', false],
])('%s', (expression, fits) => {
  expect(fitsLabel(expression, labels)).toBe(fits)
})
