import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { freePort } from '../../testing/free-port.ts'
import { agentIs, ask, endAgents, newToken, startAgent } from './agent-process.ts'
import { Clone, discard, finished, logOf, runFor, startBed, temporary, until } from './bed.ts'

const folders: string[] = []
const servers: ChildProcess[] = []
afterEach(endAgents)
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL')
  for (const folder of folders) discard(folder)
})

function fresh(): string {
  const folder = temporary()
  folders.push(folder)
  return folder
}

function cloneOf(origin: string): Clone {
  const clone = new Clone(origin)
  folders.push(clone.folder)
  return clone
}

const TICKS = `node('remote') {
  sh '''echo once >> "$HOME/side"
for i in 1 2 3 4 5 6 7 8; do echo "tick $i"; sleep 0.5; done'''
  echo 'after'
}`

function expectAllOnce(log: string): void {
  for (let tick = 1; tick <= 8; tick++) {
    expect([tick, log.split(`\ntick ${tick}\n`).length - 1]).toEqual([tick, 1])
  }
  expect(log.split('\nafter\n')).toHaveLength(2)
}

test('kill -9 of the agent in the middle of a program: it goes on, no line is lost or doubled', async () => {
  const home = fresh()
  const bed = await startBed(join(home, 'data'))
  const { token } = await newToken(bed.origin)
  const first = startAgent(bed.origin, token, { home })
  await agentIs(bed.origin, 'online')
  const commit = await cloneOf(bed.origin).push('main', { Jenkinsfile: TICKS })
  const { id } = await runFor(bed.origin, commit)
  await until('the program', async () => (await logOf(bed.origin, id)).includes('tick 2'))
  await first.kill()
  await agentIs(bed.origin, 'offline')
  await until('the word of it', async () =>
    (await logOf(bed.origin, id)).includes('Cannot contact far: the connection was lost'),
  )
  startAgent(bed.origin, token, { home })
  const { run, log } = await finished(bed.origin, id)
  expect([run.result, log]).toEqual(['SUCCESS', expect.any(String)])
  expectAllOnce(log)
  await bed.stop()
})

test('kill -9 of the server in the middle of a program on an agent: the same', async () => {
  const home = fresh()
  const port = String(await freePort())
  const first = await startServer(home, port)
  const { token } = await newToken(first.origin)
  const agent = startAgent(first.origin, token, { home })
  await agentIs(first.origin, 'online')
  const commit = await cloneOf(first.origin).push('main', { Jenkinsfile: TICKS })
  const { id } = await runFor(first.origin, commit)
  await until('the program', async () => (await logOf(first.origin, id)).includes('tick 2'))
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  await until('the agent notices', async () => agent.said().includes('again in'))
  const second = await startServer(home, port)
  const { run, log } = await finished(second.origin, id)
  expect([run.result, log]).toEqual(['SUCCESS', expect.any(String)])
  expectAllOnce(log)
  second.child.kill('SIGKILL')
})

test('an agent that never comes back: the run fails after the limit, and says why', async () => {
  const home = fresh()
  const bed = await startBed(join(home, 'data'))
  const { token } = await newToken(bed.origin)
  const agent = startAgent(bed.origin, token, { home })
  await agentIs(bed.origin, 'online')
  const Jenkinsfile = `node('remote') { sh 'echo begun; sleep 600' }`
  const commit = await cloneOf(bed.origin).push('main', { Jenkinsfile })
  const { id } = await runFor(bed.origin, commit)
  await until('the program', async () => (await logOf(bed.origin, id)).includes('\nbegun'))
  await agent.kill()
  await agentIs(bed.origin, 'offline')
  bed.kernel.clock.advance(4 * 60_000)
  expect((await ask<{ state: string }>(bed.origin, `/projects/GB/runs/${id}`)).state).not.toBe(
    'finished',
  )
  bed.kernel.clock.advance(61_000)
  const { run, log } = await finished(bed.origin, id)
  expect(run.result).toBe('FAILURE')
  expect(log).toContain('ERROR: Agent far has been away for 5 minutes (the connection was lost)')
  // It learns of the end when it is back: what it still runs is ended.
  startAgent(bed.origin, token, { home })
  await agentIs(bed.origin, 'online')
  await bed.stop()
})

/** The same port again: an agent comes back to the address that it knows. */
async function startServer(home: string, port: string) {
  const script = fileURLToPath(new URL('./server-process.ts', import.meta.url))
  const args = ['--disable-warning=ExperimentalWarning', script, join(home, 'data'), port]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  servers.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, origin: line.toString().trim() }
}
