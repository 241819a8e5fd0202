import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createInterpreter, describeThrown, GroovyError, hostError, parseGroovy } from './index.ts'
import type { StepCall } from './index.ts'

// compared.txt holds scripts and what Groovy 2.4.21, transformed as Jenkins does it, printed for
// them; an exception that nothing catches is the last line.

/** What the script prints; suggestions of other methods are not made here. */
async function printed(source: string): Promise<string> {
  const lines: string[] = []
  const { ast, errors } = parseGroovy(source)
  expect(errors).toEqual([])
  const step = async ({ name, positional }: StepCall) => {
    const [first, ...rest] = positional
    if (name === 'printf') lines.push(await interpreter.format(String(first), rest, null))
    else if (name !== 'println' && name !== 'print' && name !== 'echo') {
      throw hostError('java.lang.NoSuchMethodError', `No such DSL method '${name}' found`)
    } else lines.push(first === undefined ? '' : await interpreter.javaText(first, null))
    return null
  }
  const interpreter = createInterpreter({
    getVariable: () => undefined,
    invoke: step,
    now: () => 1_700_000_000_000,
    random: () => 0.5,
  })
  try {
    await interpreter.runScript(ast, null)
  } catch (error) {
    if (!(error instanceof GroovyError)) throw error
    const text = describeThrown(error.thrown)
    lines.push(`${text.startsWith('Assertion failed') ? 'ASSERT' : 'THREW'} ${text}`)
  }
  return lines
    .map((line) => `${line}\n`)
    .join('')
    .replaceAll(/^Possible solutions.*\n/gm, '')
}

const cases = readFileSync(new URL('./compared.txt', import.meta.url), 'utf8')
  .split(/^===\n/m)
  .map((each) => each.split(/\n>>>\n/) as [string, string])

it.each(cases)('%s', async (source, wanted) => {
  expect(await printed(source)).toBe(wanted)
})
