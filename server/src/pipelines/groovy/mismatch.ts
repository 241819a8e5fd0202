import type { Frame, Run, Value } from './value.ts'
import { GroovyClosure, GString } from './value.ts'

// Jenkins transforms scripts, so that they can stop at any step and go on later. Java's own code is
// not transformed, nor are constructors and `@NonCPS` methods: what these call has to be plain too.
// A transformed closure, method or step that such code reaches throws itself instead; the call that
// led out of the transformed code catches it, warns, and takes its result for its own. That is
// seldom what was meant, and what the log and the values of a real run show.

export const MISMATCHES = 'https://jenkins.io/redirect/pipeline-cps-method-mismatches/'

/** A transformed call on its way up through code that is not. */
export class CpsCall {
  /** Class that the call is one of; null for a step. */
  readonly receiver: string | null
  readonly name: string
  /** Makes the call where transformed code runs again; a step tells the warning itself. */
  readonly resume: (frame: Frame, warning: string | undefined) => Run
  readonly isStep: boolean

  constructor(
    receiver: string | null,
    name: string,
    resume: (frame: Frame, warning: string | undefined) => Run,
  ) {
    this.receiver = receiver
    this.name = name
    this.resume = resume
    this.isStep = receiver === null
  }
}

export function mismatch(receiver: string, name: string, caught: CpsCall): string | undefined {
  if (caught.name === name) return undefined
  const actual = caught.receiver === null ? caught.name : `${caught.receiver}.${caught.name}`
  return `expected to call ${receiver}.${name} but wound up catching ${actual}; see: ${MISMATCHES}`
}

/** Methods of Groovy that Jenkins has transformed, for the closures they take. */
const TRANSFORMED = new Set(
  (
    'any collect collectEntries collectMany collectNested combinations count countBy downto each ' +
    'eachByte eachCombination eachPermutation eachWithIndex every find findAll findIndexOf ' +
    'findIndexValues findLastIndexOf findResult findResults flatten groupBy groupEntriesBy identity ' +
    'inject max min permutations removeAll retainAll reverseEach sort split step sum times toSorted ' +
    'unique upto use with withDefault withEagerDefault withLazyDefault'
  ).split(' '),
)

/** Of the texts' own methods these. */
const OF_TEXTS = new Set('eachMatch find findAll replaceAll replaceFirst takeWhile'.split(' '))

export function isTransformed(self: Value, name: string, args: Value[]): boolean {
  if (self instanceof GroovyClosure) return true
  const isText = typeof self === 'string' || self instanceof GString
  if (!TRANSFORMED.has(name) && !(isText && OF_TEXTS.has(name))) return false
  return args.some((each) => each instanceof GroovyClosure)
}
