import { BuildError } from '../../registry/index.ts'

export interface BuildArguments {
  context: string
  /** Of `-f`. */
  file: string | undefined
  target: string | undefined
  buildArgs: Record<string, string>
  labels: Record<string, string>
  platform: string | undefined
  usesCache: boolean
}

/** Options that change nothing where no engine is: its log, its network, its cleaning up. */
const IDLE = new Set(['--pull', '--rm', '--force-rm', '--quiet', '-q', '--load', '--compress'])
const IDLE_WITH_VALUE = new Set([
  '--progress',
  '--network',
  '--provenance',
  '--sbom',
  '-m',
  '--memory',
])
const names: Record<string, string> = { '-f': '--file' }

/** What follows `docker build -t name`. Throws BuildError for what needs Docker. */
export function buildArguments(
  words: readonly string[],
  variable: (name: string) => string | undefined,
): BuildArguments {
  const found: BuildArguments = {
    context: '.',
    file: undefined,
    target: undefined,
    buildArgs: {},
    labels: {},
    platform: undefined,
    usesCache: true,
  }
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) {
      found.context = word
      continue
    }
    const at = word.startsWith('--') ? word.indexOf('=') : -1
    const given = at < 0 ? word : word.slice(0, at)
    const option = names[given] ?? given
    if (option === '--no-cache') found.usesCache = false
    if (option === '--no-cache' || IDLE.has(option)) continue
    const value = at < 0 ? rest.shift() : word.slice(at + 1)
    if (value === undefined) throw new BuildError(`docker build: ${option} needs a value`)
    if (!IDLE_WITH_VALUE.has(option)) take(found, option, value, variable)
  }
  if (/^(https?|git|ssh):|^git@|^-$/.test(found.context)) {
    throw new BuildError(`docker build ${found.context}: a context of another host needs Docker`)
  }
  return found
}

function take(
  found: BuildArguments,
  option: string,
  value: string,
  variable: (name: string) => string | undefined,
): void {
  const at = value.indexOf('=')
  const name = at < 0 ? value : value.slice(0, at)
  // `--build-arg NAME` alone takes what the environment has.
  const set = at < 0 ? variable(name) : value.slice(at + 1)
  if (option === '--file') found.file = value
  else if (option === '--target') found.target = value
  else if (option === '--platform') found.platform = value
  else if (option === '--label') found.labels[name] = at < 0 ? '' : value.slice(at + 1)
  else if (option !== '--build-arg') throw new BuildError(`docker build ${option} needs Docker`)
  else if (set !== undefined) found.buildArgs[name] = set
}
