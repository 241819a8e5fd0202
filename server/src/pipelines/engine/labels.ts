type Labels = readonly string[]
type Test = (labels: Labels) => boolean

/**
 * Whether a node with these labels fits a label expression. Jenkins' grammar, loosest first: `<->`
 * (both or neither), `->` (implies), `||`, `&&`, `!`, parentheses, names, names in quotes. What is no
 * expression is taken as a name, as there; so a broken one fits nothing.
 */
export function fitsLabel(expression: string, labels: Labels): boolean {
  const text = expression.trim()
  const test = parse(text)
  return test ? test(labels) : labels.includes(text)
}

const TOKENS = /\s*(&&|\|\||<->|->|[!()]|"[^"]*"|'[^']*'|(?:(?!->)[^\s&|!<>()"'])+)\s*/y

function tokensIn(text: string): string[] | undefined {
  const tokens: string[] = []
  for (let at = 0; at < text.length;) {
    TOKENS.lastIndex = at
    const found = TOKENS.exec(text)
    if (!found) return undefined
    tokens.push(found[1]!)
    at = TOKENS.lastIndex
  }
  return tokens
}

const OPERATORS: readonly [name: string, join: (left: boolean, right: boolean) => boolean][] = [
  ['<->', (left, right) => left === right],
  ['->', (left, right) => !left || right],
  ['||', (left, right) => left || right],
  ['&&', (left, right) => left && right],
]

const WORD = /^[^&|!<>()]/

function parse(text: string): Test | undefined {
  const tokens = tokensIn(text)
  if (!tokens) return undefined
  let at = 0
  const operation = (level: number): Test | undefined => {
    const [name, join] = OPERATORS[level] ?? []
    if (!join) return single()
    let left = operation(level + 1)
    while (left && tokens[at] === name) {
      at++
      const [before, after] = [left, operation(level + 1)]
      left = after && ((labels) => join(before(labels), after(labels)))
    }
    return left
  }
  const single = (): Test | undefined => {
    const token = tokens[at++]
    if (token === '!') {
      const inner = single()
      return inner && ((labels) => !inner(labels))
    }
    if (token === '(') {
      const inner = operation(0)
      return tokens[at++] === ')' ? inner : undefined
    }
    if (token === undefined || token === '->' || !WORD.test(token)) return undefined
    const name = token.replace(/^(["'])(.*)\1$/, '$2')
    return (labels) => labels.includes(name)
  }
  const test = operation(0)
  return at === tokens.length ? test : undefined
}
