import { codeSearchErrors } from '@madang/api'
import picomatch from 'picomatch'
import { refusals } from '../../kernel/index.ts'
import { trigramsOf, trigramsOfPattern } from './trigrams.ts'

export const refuseSearch = refusals(codeSearchErrors)

/** What is looked for, in the terms of the index. */
export interface Question {
  text: string
  isPattern: boolean
  matchCase: boolean
  /** Every file found holds all of these. */
  trigrams: number[]
  takesPath(path: string): boolean
}

/** Throws `searchTooShort` or `searchTooBroad`. */
export function readQuestion(given: {
  q: string
  regex: boolean
  matchCase: boolean
  path?: string | undefined
}): Question {
  const { q: text, regex: isPattern, matchCase, path } = given
  const trigrams = isPattern ? trigramsOfPattern(text) : trigramsOf(text)
  if (trigrams.length === 0) throw refuseSearch(isPattern ? 'searchTooBroad' : 'searchTooShort')
  return { text, isPattern, matchCase, trigrams, takesPath: pathTest(path) }
}

function pathTest(path: string | undefined): (path: string) => boolean {
  if (!path) return () => true
  if (/[*?[{]/.test(path)) return picomatch(path, { dot: true, contains: !path.includes('/') })
  const wanted = path.toLowerCase()
  return (candidate) => candidate.toLowerCase().includes(wanted)
}
