// Builds on other machines than this one: where no bubblewrap is, and where the server is not root.
import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { has } from '../../testing/docker.ts'

const execute = promisify(execFile)
const BUSYBOX = '/usr/bin/busybox'
const NOBODY = 65534

/** Builds the Dockerfile in `<home>/context` in a process of its own; prints the log as JSON. */
const program = `
import { configFor, createKernel } from '${import.meta.dirname}/../../kernel/index.ts'
import { createRegistry } from '${import.meta.dirname}/../index.ts'
const home = process.argv[1]
const kernel = await createKernel(configFor({ home: home + '/data' }))
const actor = { kind: 'run', id: 'run:run_1', name: 'run', isAdministrator: false, scopes: ['read', 'write'] }
const lines = []
try {
  const registry = await createRegistry({ kernel })
  await registry.builds.build(actor, {
    project: 'GB', name: 'gb/app', tags: ['1'], context: home + '/context', dockerfile: 'Dockerfile',
    buildArgs: {}, labels: {}, annotations: {}, usesCache: true, host: '127.0.0.1:1',
    say: (line) => lines.push(line), signal: new AbortController().signal,
  })
} catch (error) {
  lines.push(error.message)
}
await kernel.stop()
console.log(JSON.stringify(lines))
`

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'builder-'))
  mkdirSync(join(home, 'context'))
})
afterEach(() => rmSync(home, { recursive: true }))

async function build(dockerfile: string, env: NodeJS.ProcessEnv, before: string[] = []) {
  writeFileSync(join(home, 'context/Dockerfile'), dockerfile)
  const node = [process.execPath, '--input-type=module', '--eval', program, home]
  const [first = '', ...args] = [...before, ...node]
  const { stdout } = await execute(first, args, { env, cwd: home })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as string[]
}

test('without bubblewrap a RUN says what to install, and the rest is built', async () => {
  const env = { PATH: home }
  const lines = await build('FROM scratch\nCOPY Dockerfile /\nRUN true\n', env)
  expect(lines.at(-1)).toMatch(
    /^Dockerfile:3: RUN cannot be done here: bubblewrap is not installed .*apt-get install bubblewrap.*COPY its result$/,
  )
  const copied = await build('FROM scratch\nCOPY Dockerfile /\n', env)
  expect(copied.at(-1)).toBe('Successfully tagged 127.0.0.1:1/gb/app:1')
})

const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

const canBeNobody =
  process.getuid?.() === 0 && has('setpriv') && has('bwrap') && existsSync(BUSYBOX) && opens()

/** Whether that user reads these sources and may make namespaces: some machines forbid it. */
function opens(): boolean {
  const trial = [...asNobody, 'bwrap', '--unshare-user', '--ro-bind', '/', '/', 'test', '-r']
  try {
    execFileSync(trial[0]!, [...trial.slice(1), import.meta.filename], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!canBeNobody)('a server that is not root', () => {
  test('runs the programs of RUN as the one user it has, and says so', async () => {
    const bin = join(home, 'context/bin')
    mkdirSync(bin)
    copyFileSync(BUSYBOX, join(bin, 'busybox'))
    chmodSync(join(bin, 'busybox'), 0o755)
    for (const name of ['sh', 'id', 'mkdir', 'stat', 'echo'])
      symlinkSync('busybox', join(bin, name))
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home])
    const dockerfile = `FROM scratch
COPY bin /bin
RUN id && mkdir -p /made/deep && echo text > /made/deep/file
RUN stat -c '%u:%g %n' /made/deep/file
USER 1000
RUN id
`
    const env = { PATH: process.env['PATH'], HOME: home }
    const lines = await build(dockerfile, env, asNobody)
    expect(lines.join('\n')).toContain('Programs of RUN have one user, root.')
    expect(lines).toContain('uid=0 gid=0')
    expect(lines).toContain('0:0 /made/deep/file')
    expect(lines.at(-1)).toMatch(/^Dockerfile:6: RUN as user 1000 needs Docker, or this server to/)
  })
})
