import { createHash } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountOf } from './accounts.ts'
import type { Instruction } from './dockerfile.ts'
import { BuildError } from './errors.ts'
import { DEFAULT_PATH, envOf } from './image-config.ts'
import { shellOf } from './metadata.ts'
import { RootFolder } from './root-folder.ts'
import { type Program, runInside, sandboxFault } from './sandbox.ts'
import type { Spool } from './spool.ts'
import type { Stage } from './stage.ts'
import type { Change } from './tree.ts'

export interface RunPlace {
  /** The build's own folder; gone with it. */
  folder: string
  /** Of `--mount=type=cache`: stays, the project's own. */
  caches: string
  nowMs(): number
  spool: Spool
  /** HTTP_PROXY and the like: no part of the image or of the cache's key. */
  proxies: Record<string, string>
  say(line: string): void
  signal: AbortSignal
}

export interface RunPlan {
  argv: string[]
  env: Record<string, string>
  mounts: { type: 'cache' | 'tmpfs'; target: string; id: string }[]
  hasNetwork: boolean
}

/** What a RUN comes to, before it is run: the layer cache goes by it. */
export function planRun(it: Instruction, stage: Stage): RunPlan {
  let hasNetwork = true
  const mounts: RunPlan['mounts'] = []
  for (const [name, value] of it.flags) {
    if (name === 'mount') mounts.push(mountOf(value))
    else if (name !== 'network') throw new BuildError(`RUN --${name} needs Docker`)
    else if (value === 'none') hasNetwork = false
    else if (value !== 'default' && value !== 'host') {
      throw new BuildError(`invalid network mode ${value}`)
    }
  }
  const env = { PATH: DEFAULT_PATH, ...Object.fromEntries(stage.args) }
  return {
    argv: argvOf(it, stage),
    env: { ...env, ...Object.fromEntries(envOf(stage.image.config)) },
    mounts,
    hasNetwork,
  }
}

function argvOf({ json, text, heredocs }: Instruction, stage: Stage): string[] {
  const [first] = heredocs
  if (!first) return json ?? [...shellOf(stage), text]
  // `RUN <<EOF` alone is a script; else the shell reads the heredocs itself.
  const isScript = heredocs.length === 1 && /^<<-?(["']?)[\w.-]+\1$/.test(text)
  if (isScript) {
    const shebang = /^#!\s*(\S+)(?:\s+(\S.*))?\n/.exec(first.body)
    if (!shebang) return [...shellOf(stage), first.body]
    const options = shebang[2] === undefined ? [] : [shebang[2]]
    return [shebang[1]!, ...options, SCRIPT, first.body]
  }
  const bodies = heredocs.map(({ body, name }) => `${body}${name}\n`).join('')
  return [...shellOf(stage), `${text}\n${bodies}`]
}

/** Stands for the file that a script with its own interpreter is put into. */
const SCRIPT = '\0script'

function mountOf(text: string): RunPlan['mounts'][number] {
  const options = new Map(
    text.split(',').map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [part, 'true'] : [part.slice(0, at), part.slice(at + 1)]
    }),
  )
  const type = options.get('type') ?? 'bind'
  const target = options.get('target') ?? options.get('dst') ?? options.get('destination')
  if (type !== 'cache' && type !== 'tmpfs') {
    throw new BuildError(`RUN --mount=type=${type} needs Docker; here there are cache and tmpfs`)
  }
  if (!target?.startsWith('/')) throw new BuildError(`RUN --mount=type=${type} needs target=/…`)
  return { type, target, id: options.get('id') ?? target }
}

/** Runs it in the stage's files; gives what it changed. Throws BuildError when it fails. */
export async function run(stage: Stage, plan: RunPlan, place: RunPlace): Promise<Change[]> {
  const fault = await sandboxFault()
  if (fault !== undefined) {
    throw new BuildError(
      `RUN cannot be done here: ${fault}. Install it or Docker Engine on this machine, or do this in ` +
        'a step before and COPY its result',
    )
  }
  const { tree } = stage
  if (!stage.root) {
    stage.root = new RootFolder(join(place.folder, `root-${crypto.randomUUID()}`))
    await stage.root.make(tree)
  }
  const account = await accountOf(tree, stage.image.config.User || '0')
  const cwd = stage.image.config.WorkingDir || '/'
  const mounts = await mountsOf(stage, plan, place)
  const memory = plan.mounts.flatMap(({ type, target }) => (type === 'tmpfs' ? [target] : []))
  const argv = await withScript(plan.argv, place.folder, mounts)
  const code = await runInside({
    root: stage.root.path,
    argv,
    env: { HOME: account.home, ...place.proxies, ...plan.env },
    cwd,
    account,
    mounts,
    memory,
    hasNetwork: plan.hasNetwork,
    say: place.say,
    signal: place.signal,
  })
  const points = [
    'proc',
    'dev',
    ...mounts.map(({ at }) => at.slice(1)),
    ...memory.map((at) => at.slice(1)),
  ]
  await stage.root.forget(points, tree)
  if (code === 0) return stage.root.changes(tree, place.spool)
  const shown = plan.argv.filter((word) => word !== SCRIPT).join(' ')
  throw new BuildError(`The command '${shown}' returned a non-zero code: ${code}`)
}

type Mounts = Program['mounts']

async function mountsOf(stage: Stage, plan: RunPlan, place: RunPlace): Promise<Mounts> {
  const mounts: Mounts = []
  for (const { type, target, id } of plan.mounts) {
    if (type !== 'cache') continue
    const from = join(place.caches, createHash('sha256').update(id).digest('hex'))
    await mkdir(from, { recursive: true })
    const now = new Date(place.nowMs())
    await utimes(from, now, now)
    mounts.push({ from, at: target, isReadOnly: false })
  }
  if (!plan.hasNetwork) return mounts
  for (const from of ['/etc/resolv.conf', '/etc/hosts']) {
    mounts.push({ from, at: `/${stage.tree.resolve(from)}`, isReadOnly: true })
  }
  return mounts
}

async function withScript(argv: string[], folder: string, mounts: Mounts): Promise<string[]> {
  const at = argv.indexOf(SCRIPT)
  if (at < 0) return argv
  const file = join(folder, `script-${crypto.randomUUID()}`)
  await writeFile(file, argv[at + 1]!, { mode: 0o644 })
  mounts.push({ from: file, at: '/.madang-script', isReadOnly: true })
  return [...argv.slice(0, at), '/.madang-script']
}
