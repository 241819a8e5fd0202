export interface Heredoc {
  name: string
  /** `<<-`: tabs at the beginning of lines go. */
  isChomped: boolean
  /** Without quotes around its name, variables are put into the body. */
  isExpanded: boolean
  body: string
}

/** The `<<NAME` of a line, in order, with empty bodies. */
export function heredocsOf(text: string): Heredoc[] {
  return wordsKeepingQuotes(text).flatMap((word) => {
    const match = /^\d*<<(-?)(["']?)([a-zA-Z_][\w.-]*)\2$/.exec(word)
    if (!match) return []
    return [{ name: match[3]!, isChomped: match[1] === '-', isExpanded: match[2] === '', body: '' }]
  })
}

/** Words apart by blanks that stand in no quotes; the quotes stay. */
export function wordsKeepingQuotes(text: string, escape = '\\'): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === escape && quote !== "'" && at + 1 < text.length) {
      word += character + text[++at]!
      continue
    }
    if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word)
      word = ''
      continue
    }
    if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = ''
    word += character
  }
  if (word !== '') words.push(word)
  return words
}
