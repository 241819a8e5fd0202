/** What ails a pattern, and the index that Java's message names; below zero it names none. */
interface Ailment {
  text: string
  index: number
}

/** The message of Java's `PatternSyntaxException`, with a caret; null for a pattern that will do. */
export function patternProblem(pattern: string): string | null {
  const ailment = ailmentOf(pattern)
  if (!ailment) return null
  const { text, index } = ailment
  if (index < 0) return `${text}\n${pattern}`
  const caret = index < pattern.length ? `\n${' '.repeat(index)}^` : ''
  return `${text} near index ${index}\n${pattern}${caret}`
}

function ailmentOf(pattern: string): Ailment | null {
  // Java's patterns differ from ours in that a brace may not begin them.
  const brace = /(?:^|[(|])\{/.exec(pattern)
  if (brace) return { text: 'Illegal repetition', index: brace.index + brace[0].length - 2 }
  try {
    RegExp(pattern.replace(/^\(\?[a-z]+\)/, ''))
    return null
  } catch (problem) {
    if (problem instanceof SyntaxError) return ailmentNamed(problem.message, pattern)
    throw problem
  }
}

function ailmentNamed(message: string, pattern: string): Ailment {
  if (message.includes('Unterminated character class')) {
    return { text: 'Unclosed character class', index: pattern.length - 1 }
  }
  if (message.includes('Unterminated group')) {
    return { text: 'Unclosed group', index: pattern.length }
  }
  if (message.includes("Unmatched ')'")) {
    return { text: "Unmatched closing ')'", index: unmatchedIn(pattern) - 1 }
  }
  const dangling = /(^|[(|])([*+?])/.exec(pattern)
  if (message.includes('Nothing to repeat') && dangling) {
    const index = dangling.index + dangling[1]!.length
    return { text: `Dangling meta character '${dangling[2]}'`, index }
  }
  return { text: message.replace(/^.*: /, ''), index: -1 }
}

function unmatchedIn(pattern: string): number {
  let open = 0
  for (const { 0: mark, index } of pattern.matchAll(/\\.|[()]/g)) {
    if (mark === '(') open += 1
    else if (mark === ')' && --open < 0) return index
  }
  return 0
}
