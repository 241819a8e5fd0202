import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createHostProcesses, type OutputLine } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'madang-processes-'))
const processes = createHostProcesses(folder)
afterAll(async () => {
  await processes.stopAll()
  rmSync(folder, { recursive: true, force: true })
})

function sh(script: string) {
  const lines: OutputLine[] = []
  const env = { PATH: process.env['PATH'] ?? '' }
  const output = (line: OutputLine) => void lines.push(line)
  const started = processes.start({ command: 'sh', args: ['-c', script], cwd: folder, env, output })
  return { started, texts: () => lines.map((line) => line.text) }
}

it('gives its output line by line, and its exit', async () => {
  const { started, texts } = sh('echo one; echo two >&2; printf three; exit 3')
  expect(await started.exited).toEqual({ code: 3, signal: null })
  expect(texts().sort()).toEqual(['one', 'three', 'two'])
  expect(readdirSync(folder)).toEqual([])
})

it('inherits no environment', async () => {
  const { started, texts } = sh('env | grep -c MADANG || true; echo "$HOME"')
  await started.exited
  expect(texts()).toEqual(['0', ''])
})

it('ends together with what it started', async () => {
  const { started, texts } = sh('sleep 300 & echo $!; wait')
  await expect.poll(() => texts().length).toBe(1)
  const child = Number(texts()[0])
  expect(isRunning(child)).toBe(true)
  await started.kill()
  await expect.poll(() => isRunning(child)).toBe(false)
})

/** An ended process stays in the table as a zombie where nobody collects orphans (containers). */
function isRunning(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
  return status === 0 && !stdout.toString().trim().startsWith('Z')
}

it('stands still while it is frozen', async () => {
  const { started, texts } = sh('while true; do echo tick; sleep 0.02; done')
  await expect.poll(() => texts().length).toBeGreaterThan(1)
  started.freeze()
  await started.drained()
  const before = texts().length
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(texts().length).toBe(before)
  started.thaw()
  await expect.poll(() => texts().length).toBeGreaterThan(before)
  await started.kill()
})

it('tells that a command is not there', async () => {
  const env = {}
  const output = () => undefined
  const none = processes.start({ command: '/nowhere', args: [], cwd: folder, env, output })
  expect((await none.exited).error).toBeInstanceOf(Error)
})

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
}, 60_000)
