/** The characters of a wildcard pattern; undefined stands for "anything". */
export type WildcardParts = (string | undefined)[]

/** The parts, or why the pattern is none. Positions count the quote before it. */
export function wildcardParts(text: string): WildcardParts | string {
  const parts: WildcardParts = []
  for (let place = 0; place < text.length; place++) {
    const char = text[place]!
    const after = text[place + 1]
    if (char === '*') {
      if (after === '*') return `Consecutive wildcard characters at pos ${place + 1}`
      parts.push(undefined)
    } else if (char === '\\') {
      if (after !== '*' && after !== '\\') return `Invalid escape character at pos ${place + 1}`
      parts.push(after)
      place++
    } else parts.push(char)
  }
  return parts
}

export function wildcardTest(parts: WildcardParts): (value: string) => boolean {
  const source = parts
    .map((part) => (part === undefined ? '[^]*' : part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')))
    .join('')
  const form = new RegExp(`^${source}$`)
  return (value) => form.test(value)
}

const MOST_SETS = 2000

/**
 * How many of the pattern's beginnings the worst value matches at once: what the rule compiler calls
 * a pattern's complexity.
 */
export function complexityOf(parts: WildcardParts): number {
  const letters = [...new Set(parts.filter((part) => part !== undefined))]
  const seen = new Set<string>()
  let waiting = [opened(parts, new Set([0]))]
  let most = 0
  while (waiting.length > 0 && seen.size < MOST_SETS) {
    const following: Set<number>[] = []
    for (const states of waiting) {
      const key = [...states].sort((a, b) => a - b).join()
      if (seen.has(key)) continue
      seen.add(key)
      most = Math.max(most, states.size)
      for (const letter of letters) {
        const next = stepped(parts, states, letter)
        if (next.size > 0) following.push(next)
      }
    }
    waiting = following
  }
  return most
}

/** An asterisk may stand for nothing: what follows it can begin at once. */
function opened(parts: WildcardParts, states: Set<number>): Set<number> {
  for (const state of states) {
    if (state < parts.length && parts[state] === undefined) states.add(state + 1)
  }
  return states
}

function stepped(parts: WildcardParts, states: Set<number>, letter: string): Set<number> {
  const next = new Set<number>()
  for (const state of states) {
    if (state >= parts.length) continue
    if (parts[state] === undefined) next.add(state)
    else if (parts[state] === letter) next.add(state + 1)
  }
  return opened(parts, next)
}
