// What search looks up. Three sorts, told apart by their first characters:
//   #…  ids: the whole, and the last part (a commit's hash); found by their beginning
//   t:… titles: every pair of neighbouring characters of a word, so any part of a word is found
//   x:… titles and texts: Latin words, found by their beginning; of Hangul, Han and Kana every pair, since
//       Korean particles and compounds hide the word inside (도서관에서 has to be found by 서관)
const MOST_TOKENS = 4000
const LONGEST_WORD = 40
const wordPattern = /[\p{L}\p{N}]+/gu
const pairedPattern = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu

export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** All tokens of a node. */
export function tokensOf(node: { id: string; title: string; text: string }): Set<string> {
  const tokens = new Set(idTokens(node.id))
  const title = foldText(node.title)
  for (const word of wordsOf(title)) {
    for (const pair of pairsOf(word)) tokens.add(`t:${pair}`)
  }
  for (const token of textTokens(`${title} ${foldText(node.text)}`)) {
    if (tokens.size >= MOST_TOKENS) break
    tokens.add(token)
  }
  return tokens
}

/** A token, or all that begin with it. */
export interface Probe {
  token: string
  isPrefix: boolean
}

/** What a node has to hold so that every term may be in its title. */
export function titleProbes(terms: string[]): Probe[] {
  const words = terms.flatMap(wordsOf)
  const probes = words.flatMap((word) =>
    pairsOf(word).map((pair) => ({ token: `t:${pair}`, isPrefix: [...word].length === 1 })),
  )
  return unique(probes)
}

/** What a node has to hold so that every term may be in its title or text. */
export function textProbes(terms: string[]): Probe[] {
  const probes = terms.flatMap(wordsOf).flatMap((word) =>
    partsOf(word).flatMap(({ part, isPaired }) => {
      const isPrefix = !isPaired || [...part].length === 1
      const tokens = isPaired ? pairsOf(part) : [part.slice(0, LONGEST_WORD)]
      return tokens.map((token) => ({ token: `x:${token}`, isPrefix }))
    }),
  )
  return unique(probes)
}

/** Ids that are, or begin with, the whole question. */
export function idProbe(question: string): Probe {
  return { token: `#${question}`, isPrefix: true }
}

function idTokens(id: string): string[] {
  const folded = foldText(id)
  return [`#${folded}`, `#${lastPart(folded)}`]
}

/** A commit's hash, a pull request's number; other ids are their own last part. */
export function lastPart(id: string): string {
  return id.split(/[@#]/).at(-1)!
}

function* textTokens(text: string): Generator<string> {
  for (const word of wordsOf(text)) {
    for (const { part, isPaired } of partsOf(word)) {
      if (!isPaired) yield `x:${part.slice(0, LONGEST_WORD)}`
      else for (const pair of pairsOf(part)) yield `x:${pair}`
    }
  }
}

function wordsOf(text: string): string[] {
  return text.match(wordPattern) ?? []
}

/** `api서버` is `api` and `서버`. */
function partsOf(word: string): { part: string; isPaired: boolean }[] {
  const parts: { part: string; isPaired: boolean }[] = []
  let end = 0
  for (const match of word.matchAll(pairedPattern)) {
    if (match.index > end) parts.push({ part: word.slice(end, match.index), isPaired: false })
    parts.push({ part: match[0], isPaired: true })
    end = match.index + match[0].length
  }
  if (end < word.length) parts.push({ part: word.slice(end), isPaired: false })
  return parts
}

function pairsOf(word: string): string[] {
  const characters = [...word]
  if (characters.length === 1) return characters
  return characters.slice(1).map((character, i) => characters[i]! + character)
}

function unique(probes: Probe[]): Probe[] {
  return [...new Map(probes.map((probe) => [probe.token, probe])).values()]
}
