import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  createBubblewrapProcesses,
  createHostProcesses,
  type OutputLine,
  probeBubblewrap,
  type Processes,
} from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'madang-processes-'))
const host = createHostProcesses(join(folder, 'marks'))
const confined = {
  program: '/bin/sh',
  readOnly: [],
  user: { name: 'guest', uid: 1234, gid: 1234 },
  temporary: join(folder, 'tmp'),
  temporaryBytes: 1024 * 1024,
  memoryBytes: 64 * 1024 * 1024,
}
const found = await probeBubblewrap(join(folder, 'sandbox'), {
  confined,
  command: '/bin/sh',
  args: ['-c', 'true'],
})
const adapters: [string, Processes][] = [['plain processes', host]]
if (!('missing' in found)) adapters.push(['bubblewrap', createBubblewrapProcesses(host, found)])
afterAll(async () => {
  await host.stopAll()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(adapters)('%s', (name, processes) => {
  const isConfined = name === 'bubblewrap'

  function sh(script: string) {
    const lines: OutputLine[] = []
    const env = { PATH: '/usr/bin:/bin' }
    const output = (line: OutputLine) => void lines.push(line)
    const cwd = '/'
    const command = '/bin/sh'
    const given = { command, args: ['-c', script], cwd, env, output, confined }
    return { started: processes.start(given), texts: () => lines.map((line) => line.text) }
  }

  it('gives its output line by line, and its exit', async () => {
    const { started, texts } = sh('echo one; echo two >&2; printf three; exit 3')
    expect(await started.exited).toEqual({ code: 3, signal: null })
    expect(texts().sort()).toEqual(['one', 'three', 'two'])
    expect(readdirSync(join(folder, 'marks'))).toEqual([])
  })

  it('tells the signal that ended it', async () => {
    expect(await sh('kill -ABRT $$').started.exited).toEqual({ code: null, signal: 'SIGABRT' })
  })

  it('inherits no environment', async () => {
    const { started, texts } = sh('env | grep -c MADANG || true; echo "$HOME"')
    await started.exited
    expect(texts()).toEqual(['0', ''])
  })

  it('ends together with what it started', async () => {
    const { started, texts } = sh('sleep 298.5 & echo ready; wait')
    await expect.poll(texts).toEqual(['ready'])
    expect(sleepers('298.5')).toBe(1)
    expect(started.memory()!.nowBytes).toBeGreaterThan(0)
    await started.kill()
    await expect.poll(() => sleepers('298.5')).toBe(0)
  })

  it('sees of the machine what it may', async () => {
    const { started, texts } = sh(
      `ls ${folder} >/dev/null 2>&1 && echo seen || echo hidden; ${isConfined ? 'touch /usr/x 2>/dev/null || echo refused' : ''}
id -u`,
    )
    await started.exited
    if (isConfined) expect(texts()).toEqual(['hidden', 'refused', '1234'])
    else expect(texts()[0]).toBe('seen')
  })

  it('stands still while it is frozen', async () => {
    const { started, texts } = sh('while true; do echo tick; sleep 0.02; done')
    await expect.poll(() => texts().length).toBeGreaterThan(1)
    started.freeze()
    await started.drained()
    let before = texts().length
    // What it was just writing on the other processor still comes; then there are no ticks any more.
    await expect
      .poll(async () => {
        const seen = before
        await new Promise((resolve) => setTimeout(resolve, 150))
        before = texts().length
        return before - seen
      })
      .toBe(0)
    started.thaw()
    await expect.poll(() => texts().length).toBeGreaterThan(before)
    await started.kill()
  })

  it('tells that a command is not there', async () => {
    const place = { command: '/nowhere', args: [], cwd: '/', env: {}, output: () => undefined }
    const none = processes.start({ ...place, confined: { ...confined, program: '/nowhere' } })
    expect((await none.exited).error).toBeInstanceOf(Error)
  })
})

function sleepers(seconds: string): number {
  const { stdout } = spawnSync('ps', ['-eo', 'stat=,args='])
  const lines = stdout
    .toString()
    .split('\n')
    .map((line) => line.trim())
  return lines.filter(
    (line) =>
      !line.startsWith('Z') &&
      line.endsWith(` sleep ${seconds}`) &&
      !line.includes('bwrap') &&
      !line.includes('-c'),
  ).length
}

/** An ended process stays in the table as a zombie where nobody collects orphans (containers). */
function isRunning(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
  return status === 0 && !stdout.toString().trim().startsWith('Z')
}

it('ends when the server that started it is killed', async () => {
  const home = mkdtempSync(join(tmpdir(), 'madang-killed-'))
  const index = new URL('../index.ts', import.meta.url).href
  const program = `
    const { createHostProcesses } = await import(${JSON.stringify(index)})
    const one = createHostProcesses(${JSON.stringify(home)}).start({
      command: 'sleep', args: ['300'], cwd: '/', env: { PATH: process.env.PATH }, output() {} })
    one.freeze()
    console.log(one.pid)
    setInterval(() => {}, 1000)`
  const server = spawn(process.execPath, ['--input-type=module', '-e', program])
  const pid = await new Promise<number>((done) => {
    server.stdout.once('data', (text: Buffer) => done(Number(text.toString())))
  })
  expect(isRunning(pid)).toBe(true)
  server.kill('SIGKILL')
  await expect.poll(() => isRunning(pid)).toBe(false)
  await expect.poll(() => readdirSync(home)).toEqual([])
  rmSync(home, { recursive: true, force: true })
})
