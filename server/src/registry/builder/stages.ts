import type { Dockerfile, Instruction } from './dockerfile.ts'
import { BuildError, parseError } from './errors.ts'
import { expand } from './expand.ts'
import { pairsOf } from './metadata.ts'

export interface StagePlan {
  from: Instruction
  /** With the variables of before the first FROM put in. */
  image: string
  platform: string | undefined
  name: string | undefined
  steps: Instruction[]
}

export interface Plan {
  stages: StagePlan[]
  /** ARG before the first FROM: what a stage gets by naming it again. */
  globals: Map<string, string>
}

/** Cuts a Dockerfile into its stages. */
export function stagesOf(
  file: Dockerfile,
  given: { buildArgs: ReadonlyMap<string, string>; automatic: ReadonlyMap<string, string> },
): Plan {
  const globals = new Map<string, string>()
  const stages: StagePlan[] = []
  const lookup = (name: string) => globals.get(name) ?? given.automatic.get(name)
  for (const it of file.instructions) {
    const current = stages.at(-1)
    if (it.name === 'FROM') stages.push(stageOf(it, (text) => expand(text, lookup, file.escape)))
    else if (current) current.steps.push(it)
    else if (it.name === 'ARG') {
      for (const [name, value] of argsOf(it)) {
        const known = given.buildArgs.get(name) ?? given.automatic.get(name)
        const own = value === undefined ? undefined : expand(value, lookup, file.escape)
        const set = known ?? own
        if (set !== undefined) globals.set(name, set)
      }
    } else throw parseError(it.line, 'no build stage in current context')
  }
  if (stages.length === 0) throw parseError(1, 'no build stage in current context')
  return { stages, globals }
}

/** `ARG a b=c`. */
export function argsOf(it: Instruction): [name: string, value: string | undefined][] {
  if (!/[=\s]/.test(it.text)) return [[it.text, undefined]]
  return it.text.includes('=')
    ? pairsLoosely(it)
    : it.text.split(/\s+/).map((name) => [name, undefined])
}

function pairsLoosely(it: Instruction): [string, string | undefined][] {
  const bare = it.text.split(/\s+/)[0]!
  if (bare.includes('=')) return pairsOf(it)
  const rest = it.text.slice(bare.length).trim()
  return [[bare, undefined], ...pairsLoosely({ ...it, text: rest })]
}

function stageOf(from: Instruction, put: (text: string) => string): StagePlan {
  const words = from.text.split(/\s+/)
  const isNamed = words.length === 3 && words[1]!.toLowerCase() === 'as'
  if (words.length !== 1 && !isNamed) {
    throw parseError(from.line, 'FROM requires either one or three arguments')
  }
  const name = words[2]?.toLowerCase()
  if (name !== undefined && !/^[a-z][a-z0-9._-]*$/.test(name)) {
    throw parseError(
      from.line,
      `invalid name for build stage: "${words[2]}", name can't start with a number or contain symbols`,
    )
  }
  const unknown = from.flags.find(([flag]) => flag !== 'platform')
  if (unknown) throw parseError(from.line, `unknown flag: --${unknown[0]}`)
  const image = put(words[0]!)
  if (image === '') throw parseError(from.line, `base name (${words[0]}) should not be blank`)
  const platform = from.flags[0]?.[1]
  return {
    from,
    image,
    name,
    platform: platform === undefined ? undefined : put(platform),
    steps: [],
  }
}

/** The stage that is wanted, and those it stands on or copies from, in order. */
export function neededStages(stages: readonly StagePlan[], target: string | undefined): number[] {
  const last = target === undefined ? stages.length - 1 : indexOf(stages, target, stages.length)
  if (last === undefined) {
    throw new BuildError(`target stage "${target}" could not be found`)
  }
  const needed = new Set<number>()
  const visit = (at: number): void => {
    if (needed.has(at)) return
    const { image, steps } = stages[at]!
    const sources = steps.flatMap(({ flags }) =>
      flags.flatMap(([name, value]) => (name === 'from' ? [value] : [])),
    )
    for (const source of [image, ...sources]) {
      const found = indexOf(stages, source, at)
      if (found !== undefined) visit(found)
    }
    needed.add(at)
  }
  visit(last)
  return [...needed]
}

/** Of a stage before `before`: by name, or by number. */
export function indexOf(stages: readonly StagePlan[], text: string, before: number) {
  const named = stages.slice(0, before).findLastIndex(({ name }) => name === text.toLowerCase())
  if (named >= 0) return named
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return number < before ? number : undefined
}
