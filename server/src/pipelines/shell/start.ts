import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type DetachedProgram, groupIn, type Started, WRAPPER } from './detached.ts'

interface Waiting {
  program: DetachedProgram
  begun: (started: Started) => void
  refused: (error: unknown) => void
}

let waiting: Waiting[] = []
/** When the next ones may start: what starts them holds this thread up, at most half of the time. */
let restsUntil = 0

/**
 * Starts the program. Throws when the system can't (no such folder, arguments too long). Those of one turn start together:
 * a child of this process begins as a copy of it (2–12 ms in which nothing else is done), one of a small shell costs this
 * process nothing.
 */
export function startDetached(program: DetachedProgram): Promise<Started> {
  return new Promise((begun, refused) => {
    waiting.push({ program, begun, refused })
    if (waiting.length > 1) return
    const rest = restsUntil - performance.now()
    if (rest > 0) setTimeout(startWaiting, rest)
    else setImmediate(startWaiting)
  })
}

function startWaiting(): void {
  const all = waiting
  waiting = []
  const began = performance.now()
  const together = all.length > 1 && setsid ? all.filter(({ program }) => isPlain(program)) : []
  for (const each of all) if (!together.includes(each)) startForOne(each)
  if (together.length > 0) startTogether(together)
  restsUntil = 2 * performance.now() - began
}

function startForOne({ program, begun, refused }: Waiting): void {
  startAlone(program).then(begun, refused)
}

async function startAlone(program: DetachedProgram): Promise<Started> {
  const out = openSync(join(program.folder, 'out'), 'a')
  const apart = program.isOutputApart ? openSync(join(program.folder, 'stdout'), 'a') : undefined
  try {
    const child = spawn('/bin/sh', ['-c', WRAPPER, 'sh', program.folder, ...program.command], {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', apart ?? out, out],
    })
    const started = startedBy(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    return started
  } finally {
    closeSync(out)
    if (apart !== undefined) closeSync(apart)
  }
}

function startedBy(child: ReturnType<typeof spawn>): Started {
  let isOver = false
  const listeners: (() => void)[] = []
  child.once('exit', () => {
    isOver = true
    for (const run of listeners) run()
  })
  return {
    onExit: (run) => void (isOver ? run() : listeners.push(run)),
    isOver: () => isOver,
  }
}

const setsid = ['/usr/bin/setsid', '/bin/setsid'].find((path) => existsSync(path))
const LOOK_AGAIN_MS = 4
/** What the system takes for one argument or variable is 128 KiB, and for all some MiB. */
const LONGEST_TEXT = 32 * 1024
const LONGEST_ENVIRONMENT = 256 * 1024
/** Names that a shell keeps for itself. */
const OF_SHELLS = new Set(
  'BASHOPTS BASH_VERSINFO EUID IFS OPTARG OPTIND PPID SHELLOPTS UID'.split(' '),
)

function isPlain({ folder, command, cwd, env }: DetachedProgram): boolean {
  const names = Object.keys(env)
  const texts = [folder, cwd, ...command, ...Object.values(env)]
  return (
    names.every((name) => /^[a-z_]\w*$/i.test(name) && !OF_SHELLS.has(name)) &&
    texts.every((text) => text.length < LONGEST_TEXT && !text.includes('\0')) &&
    texts.reduce((sum, text) => sum + text.length, 0) < LONGEST_ENVIRONMENT
  )
}

/**
 * As the members of one pipeline, whose pipes nobody uses: they run side by side, the shell waits for all of them (so none
 * is left as a zombie), and unlike what is started with `&` they don't ignore SIGINT. The shell reads what to do from its
 * standard input, where `ps` doesn't show the variables.
 */
function startTogether(all: Waiting[]): void {
  const stdio: ['pipe', 'ignore', 'ignore'] = ['pipe', 'ignore', 'ignore']
  const child = spawn('/bin/sh', ['-s'], { cwd: '/', env: {}, detached: true, stdio })
  child.once('error', () => undefined) // seen below as a shell that is over
  const started = child.pid === undefined ? undefined : startedBy(child)
  child.stdin.on('error', () => undefined) // the same
  child.stdin.end(all.map(({ program }) => member(program)).join(' |\n') + '\n')
  child.unref()
  const look = () => {
    const isOver = started?.isOver() !== false
    // They begin in their order, more or less.
    for (let first = all[0]; first; first = all[0]) {
      const { folder } = first.program
      const refusal = join(folder, REFUSED)
      if (started && groupIn(folder) !== undefined) first.begun(started)
      else if (isOver || existsSync(refusal)) {
        rmSync(refusal, { force: true })
        // Nothing has begun: the system tells why, or it begins after all.
        startForOne(first)
      } else break
      all.shift()
    }
    if (all.length > 0) setTimeout(look, LOOK_AGAIN_MS)
  }
  setTimeout(look, LOOK_AGAIN_MS)
}

const REFUSED = 'refused'

function member({ folder, command, cwd, env, isOutputApart }: DetachedProgram): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
  const stdout = quoted(join(folder, isOutputApart ? 'stdout' : 'out'))
  const stderr = isOutputApart ? `2>> ${quoted(join(folder, 'out'))}` : '2>&1'
  const wrapper = [setsid!, '/bin/sh', '-c', WRAPPER, 'sh', folder, ...command].map(quoted)
  // A trap is gone with an `exec` that is heard.
  return `(trap ${quoted(`: > ${quoted(join(folder, REFUSED))}`)} EXIT
cd ${quoted(cwd)} && unset OLDPWD && export ${variables.join(' ')} &&
exec ${wrapper.join(' ')} < /dev/null >> ${stdout} ${stderr})`
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
