import { createContext, Script } from 'node:vm'

/** The longest time that one match may take of the thread that all requests share. */
const LONGEST_MATCH_MS = 500
/** What a match that nests no repetition may try before it is watched: a few milliseconds. */
const UNWATCHED_TRIES = 1e7
const REPEATED_GROUP = /\)[*+{]/
const REPETITIONS = /[*+]|\{\d+,\d*\}/g

export class EndlessMatch extends Error {
  constructor(source: string) {
    super(`The expression takes too long: ${source}`)
  }
}

/**
 * An expression that a user wrote. Nested repetitions try a number of ways that doubles with each
 * character, so that one line could hold up everybody. In a built server V8's linear engine steps in
 * (`scripts/build-server.mjs`); what that engine cannot do (lookaround, back references, the flag i),
 * and all where it is not on, is cut off: matching throws what `endless` makes. Throws SyntaxError.
 */
export function userRegex(
  source: string,
  flags = '',
  endless: () => Error = () => new EndlessMatch(source),
): RegExp {
  const plain = new RegExp(source, flags)
  if (isLinear(source, flags)) return plain
  const repetitions = source.match(REPETITIONS)?.length ?? 0
  if (repetitions === 0) return plain
  return new Watched(source, flags, {
    endless,
    tame: REPEATED_GROUP.test(source) ? undefined : repetitions + 1,
  })
}

function isLinear(source: string, flags: string): boolean {
  try {
    return new RegExp(source, `${flags}l`).flags.includes('l')
  } catch {
    return false // not in linear time, or without that engine
  }
}

interface Watch {
  endless: () => Error
  /** Of a text of n characters it tries no more than n to the power of this; undefined: no bound. */
  tame: number | undefined
}

let call: (() => RegExpExecArray | null) | undefined
const context = createContext({ match: () => call!() })
const script = new Script('match()')

/** All that reads with an expression (test, replace, split, matchAll) comes by `exec`. */
class Watched extends RegExp {
  readonly #watch: Watch | undefined

  /** `split` makes another of the same kind, and gives no watch: it takes this one's. */
  constructor(source: string | RegExp, flags?: string, watch?: Watch) {
    super(source, flags)
    this.#watch = watch ?? (source instanceof Watched ? source.#watch : undefined)
  }

  override exec(text: string): RegExpExecArray | null {
    const { endless, tame = Infinity } = this.#watch ?? {}
    if (text.length ** tame < UNWATCHED_TRIES) return super.exec(text)
    const outer = call
    call = () => super.exec(text)
    try {
      return script.runInContext(context, { timeout: LONGEST_MATCH_MS }) as RegExpExecArray | null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      throw endless?.() ?? new EndlessMatch(this.source)
    } finally {
      call = outer
    }
  }
}
