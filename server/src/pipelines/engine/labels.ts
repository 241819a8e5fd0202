/** Whether a node with these labels fits a label expression: names, `!`, `&&`, `||`, parentheses. */
export function fitsLabel(expression: string, labels: readonly string[]): boolean {
  const tokens = expression.match(/&&|\|\||!|\(|\)|"[^"]*"|[^\s&|!()"]+/g) ?? []
  let at = 0
  const either = (): boolean => {
    let value = both()
    while (tokens[at] === '||') {
      at++
      const next = both()
      value = value || next
    }
    return value
  }
  const both = (): boolean => {
    let value = single()
    while (tokens[at] === '&&') {
      at++
      const next = single()
      value = value && next
    }
    return value
  }
  const single = (): boolean => {
    const token = tokens[at++]
    if (token === undefined) return true
    if (token === '!') return !single()
    if (token !== '(') return labels.includes(token.replace(/^"|"$/g, ''))
    const value = either()
    at++
    return value
  }
  return either()
}
