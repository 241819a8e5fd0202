import {
  type Alternative,
  checkJson,
  compilePattern,
  type Pattern,
  PatternFault,
} from '../../patterns/index.ts'
import { invalid } from './model.ts'

const MOST_KEYS = 5
const MOST_COMBINATIONS = 150

/** Why a text is no JSON, as SNS tells it; it hides the text. */
export function jsonFault(text: string): string {
  try {
    checkJson(text, 'redacted')
  } catch (error) {
    if (error instanceof PatternFault) return `failed to parse JSON. ${error.message}`
    throw error
  }
  return 'failed to parse JSON. It must be an object'
}

/** What SNS refuses of a filter policy. `where` is how the request named it. */
export function checkFilterPolicy(text: string, scope: string, where: string): void {
  if (text === '{}') return
  const refuse = (reason: string) => invalid(`${where}FilterPolicy: ${reason}`)
  const { alternatives } = compiled(text, refuse)
  const fields = alternatives.flatMap((one) => [...one.values()])
  if (scope !== 'MessageBody' && fields.some(({ depth }) => depth > 1)) {
    throw invalid('Filter policy scope MessageAttributes does not support nested filter policy')
  }
  const keys = new Set(alternatives.flatMap((one) => [...one.keys()]))
  if (keys.size > MOST_KEYS) {
    throw refuse(`Filter policy can not have more than ${MOST_KEYS} keys`)
  }
  const combinations = alternatives.reduce((sum, one) => sum + combinationsOf(one), 0)
  if (combinations > MOST_COMBINATIONS) throw refuse('Filter policy is too complex')
}

/** A key's conditions count once for each object the key stands in (developer guide, constraints). */
const combinationsOf = (alternative: Alternative): number =>
  [...alternative.values()].reduce(
    (product, { depth, conditions }) => product * depth * conditions.length,
    1,
  )

function compiled(text: string, refuse: (reason: string) => Error): Pattern {
  try {
    checkJson(text, 'redacted')
  } catch (error) {
    if (error instanceof PatternFault) throw refuse(`failed to parse JSON. ${error.message}`)
    throw error
  }
  try {
    // The places that its messages tell are those of the text without blanks.
    return compilePattern(JSON.stringify(JSON.parse(text)), 'sns')
  } catch (error) {
    if (error instanceof PatternFault) throw refuse(error.message)
    throw error
  }
}
