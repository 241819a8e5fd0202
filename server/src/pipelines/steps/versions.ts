import { abortException, type Step } from '../engine/index.ts'

/** -1, 0 or 1: `compareVersions v1: '1.2', v2: '1.10'`. */
export const compareVersions: Step = {
  kind: 'own',
  async run({ args }) {
    const [v1, v2] = [args.optionalText('v1') ?? '', args.optionalText('v2') ?? '']
    if (v1 !== '' && v2 !== '') return compared(parsed(v1), parsed(v2))
    if (args.flag('failIfEmpty')) {
      const which = v1 === v2 ? 'Both parameters are' : v1 === '' ? 'v1 is' : 'v2 is'
      throw abortException(`${which} empty.`)
    }
    return v1 === v2 ? 0 : v1 === '' ? -1 : 1
  },
}

// Jenkins' VersionNumber goes by the rules of Maven's versions.

type Item = number | string | Item[]

/** What comes before the release itself; of one that is not here, after `sp` and by the alphabet. */
const QUALIFIERS = ['snapshot', 'alpha', 'beta', 'milestone', 'rc', '', 'sp']
const ALIASES: Record<string, string> = { ga: '', final: '', cr: 'rc', ea: 'rc' }
const SHORT: Record<string, string> = { a: 'alpha', b: 'beta', m: 'milestone' }

const isNothing = (item: Item) => item === 0 || item === '' || (Array.isArray(item) && !item.length)

/** A hyphen, and the change between digits and letters, begins a list of its own. */
function parsed(version: string): Item[] {
  const root: Item[] = []
  let list = root
  const pieces = version.toLowerCase().matchAll(/([.-]?)([a-z]+|\d+)(?=(\d?))/g)
  for (const [, before = '', text = '', next] of pieces) {
    if (before !== '.' && list.length > 0) {
      const inner: Item[] = []
      trim(list)
      list.push(inner)
      list = inner
    }
    list.push(/\d/.test(text) ? Number(text) : qualifier(text, next !== ''))
  }
  trim(list)
  return root
}

const qualifier = (text: string, isBeforeDigit: boolean): string =>
  ALIASES[text] ?? (isBeforeDigit ? SHORT[text] : undefined) ?? text

/** `1.0.0` is `1`. */
function trim(list: Item[]): void {
  while (list.length > 0 && isNothing(list.at(-1)!)) list.pop()
}

function compared(a: Item | undefined, b: Item | undefined): number {
  const [left, right] = [kindOf(a, b), kindOf(b, a)]
  if (left !== right) return Math.sign(left - right)
  if (left === LIST) return comparedLists((a ?? []) as Item[], (b ?? []) as Item[])
  if (left === NUMBER) return Math.sign(Number(a ?? 0) - Number(b ?? 0))
  return Math.sign(orderOf(String(a ?? '')).localeCompare(orderOf(String(b ?? ''))))
}

function comparedLists(a: Item[], b: Item[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = compared(a[at], b[at])
    if (order !== 0) return order
  }
  return 0
}

// Numbers are newer than lists, and these than words.
const [NUMBER, LIST, WORD] = [2, 1, 0]

/** Nothing is of the other's kind. */
function kindOf(item: Item | undefined, other: Item | undefined): number {
  const of = item ?? other
  return typeof of === 'number' ? NUMBER : Array.isArray(of) ? LIST : WORD
}

function orderOf(qualifier: string): string {
  const at = QUALIFIERS.indexOf(qualifier)
  return at < 0 ? `${QUALIFIERS.length}-${qualifier}` : String(at)
}
