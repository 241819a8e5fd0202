import { invalid } from '../model.ts'

export type Token =
  | { kind: 'operator'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'regex'; text: string }
  | { kind: 'word'; text: string }

const operators = ['&&', '||', '!=', '<=', '>=', '=', '<', '>', '(', ')', ',']

/** Tokens of what stands between `{…}` or `[…]` in a filter pattern. */
export function tokenise(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const rest = source.slice(at)
    const space = /^\s+/.exec(rest)
    if (space) {
      at += space[0].length
      continue
    }
    const token = one(rest)
    tokens.push(token.token)
    at += token.length
  }
  return tokens
}

function one(rest: string): { token: Token; length: number } {
  const operator = operators.find((text) => rest.startsWith(text))
  if (operator) return { token: { kind: 'operator', text: operator }, length: operator.length }
  const text = /^"((?:[^"\\]|\\.)*)"/.exec(rest)
  if (text) {
    return { token: { kind: 'text', text: unescape(text[1]!) }, length: text[0].length }
  }
  const regex = /^%((?:[^%\\]|\\.)*)%/.exec(rest)
  if (regex) return { token: { kind: 'regex', text: regex[1]! }, length: regex[0].length }
  const selector = /^\$(?:\.[\w\-@/]+|\[(?:\d+|"[^"]*"|'[^']*'|\*)\])*/.exec(rest)
  if (selector && selector[0].length > 1) {
    return { token: { kind: 'word', text: selector[0] }, length: selector[0].length }
  }
  const word = /^[^\s()=<>!&|,"]+/.exec(rest)
  if (!word) throw invalidPattern()
  return { token: { kind: 'word', text: word[0] }, length: word[0].length }
}

const unescape = (text: string) => text.replace(/\\(.)/g, '$1')

export const invalidPattern = () => invalid('Invalid filter pattern')
