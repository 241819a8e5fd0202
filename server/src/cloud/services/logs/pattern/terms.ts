import { compileRegex } from './condition.ts'
import { invalidPattern } from './lexer.ts'

type Test = (message: string) => boolean

/** Words, `"phrases"`, `%regex%`, `-excluded`, `?any ?of`; case matters. */
export function termsPattern(source: string): Test {
  const required: Test[] = []
  const excluded: Test[] = []
  const optional: Test[] = []
  for (let rest = source.trim(); rest; rest = rest.trimStart()) {
    const term = /^([-?]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]+))/.exec(rest)
    if (!term) throw invalidPattern()
    const [whole, sign, phrase, regex, word] = term
    const test =
      regex === undefined ? holds(phrase?.replace(/\\(.)/g, '$1') ?? word!) : matches(regex)
    const list = sign === '-' ? excluded : sign === '?' ? optional : required
    list.push(test)
    rest = rest.slice(whole.length)
  }
  // The documentation: with other terms beside them, optional ones are ignored.
  const any = required.length === 0 && excluded.length === 0 ? optional : []
  return (message) =>
    required.every((test) => test(message)) &&
    !excluded.some((test) => test(message)) &&
    (any.length === 0 || any.some((test) => test(message)))
}

const holds = (text: string) => (message: string) => message.includes(text)

function matches(source: string): Test {
  return compileRegex(source)
}
