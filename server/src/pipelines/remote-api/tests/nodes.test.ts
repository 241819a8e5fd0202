// Nodes as Jenkins' clients see them: agents that joined, out of service and back, and what waits for them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentEndpoints } from '@madang/api'
import Jenkins from 'jenkins'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endAgents, startAgent } from '../../tests/agent-process.ts'
import { basic, pipelineXml, type Server, startServer, until } from './server.ts'

const home = mkdtempSync(join(tmpdir(), 'remote-nodes-'))
let server: Server
let jenkins: Jenkins

interface Computer {
  _class: string
  displayName: string
  offline: boolean
  temporarilyOffline: boolean
  offlineCauseReason: string
  executors: { idle: boolean; currentExecutable: { url: string } | null }[]
}

const send = (path: string, method = 'GET', token = server.token) =>
  fetch(server.jenkins + path, { method, headers: basic('ada', token), redirect: 'manual' })

const computer = async (name: string) =>
  (await (await send(`computer/${name}/api/json?depth=1`)).json()) as Computer

beforeAll(async () => {
  server = await startServer()
  const url = new URL(server.jenkins)
  url.username = 'ada'
  url.password = server.token
  jenkins = new Jenkins({ baseUrl: url.href.replace(/\/$/, '') })
  const { token } = await server.ada.call(agentEndpoints.agentTokenCreate, { body: { name: 'x' } })
  startAgent(server.yard.origin, token, { home, label: 'linux big', more: ['--executors', '2'] })
  await until('the agent', async () => (await send('computer/far/api/json')).status === 200)
})
afterAll(async () => {
  endAgents()
  await server?.close()
  rmSync(home, { recursive: true, force: true })
})

test('agents stand beside the built-in node', async () => {
  const set = (await (await send('computer/api/json')).json()) as Record<string, unknown>
  expect(set).toMatchObject({
    _class: 'hudson.model.ComputerSet',
    busyExecutors: 0,
    displayName: 'Nodes',
    totalExecutors: 6,
  })
  expect(await computer('far')).toMatchObject({
    _class: 'hudson.slaves.SlaveComputer',
    absoluteRemotePath: join(home, 'far/workspaces'),
    assignedLabels: [{ name: 'linux' }, { name: 'big' }, { name: 'far' }],
    displayName: 'far',
    idle: true,
    jnlpAgent: true,
    launchSupported: false,
    numExecutors: 2,
    offline: false,
    offlineCause: null,
    offlineCauseReason: '',
    temporarilyOffline: false,
  })
  expect(await jenkins.label.get('big')).toMatchObject({ totalExecutors: 2, offline: false })
  const xml = await (await send('computer/far/config.xml')).text()
  expect(xml).toContain('<label>linux big</label>')
  expect(xml).toContain('<numExecutors>2</numExecutors>')
  expect((await send('computer/nobody/api/json')).status).toBe(404)
})

test('a node is taken out of service and put back; what waits for it says so in the queue', async () => {
  await jenkins.node.disable('far', 'new disk')
  expect(await computer('far')).toMatchObject({
    offline: true,
    offlineCause: { _class: 'hudson.slaves.OfflineCause$UserCause' },
    offlineCauseReason: 'new disk',
    temporarilyOffline: true,
  })
  await jenkins.job.create(
    'waits',
    pipelineXml(`node('far') { sh 'while [ ! -e ${home}/go ]; do sleep 0.1; done' }`),
  )
  await jenkins.job.build('waits')
  const [item] = await until('the queue', async () => {
    const items = await jenkins.queue.list()
    return items.some(({ why }) => why === '‘far’ is offline') && items
  })
  expect(item).toMatchObject({ _class: 'hudson.model.Queue$BuildableItem', buildable: true })
  await jenkins.node.enable('far')
  const busy = await until('the build there', async () => {
    const { executors } = await computer('far')
    return executors.some(({ idle }) => !idle) && executors
  })
  expect(busy).toMatchObject([
    { currentExecutable: { url: `${server.jenkins}job/waits/1/` } },
    { idle: true },
  ])
  // It connects anew by itself, and what runs there goes on.
  expect((await send('computer/far/doDisconnect?offlineMessage=x', 'POST')).status).toBe(302)
  writeFileSync(join(home, 'go'), '')
  await until('its end', async () => {
    const { result } = await jenkins.build.get('waits', 1)
    return result === 'SUCCESS'
  })
})

test('only an administrator changes nodes; the built-in one stays', async () => {
  const token = await server.tokenOf('dev', 'developer')
  const headers = basic('dev', token)
  const reply = await fetch(`${server.jenkins}computer/far/toggleOffline`, {
    method: 'POST',
    headers,
  })
  expect(reply.status).toBe(403)
  expect(await reply.text()).toContain('is missing the Agent/Disconnect permission')
  expect((await send('computer/(built-in)/doDelete', 'POST')).status).toBe(400)
  expect((await send('computer/far/doDelete', 'POST')).status).toBe(409)
  expect((await send('computer/far/configSubmit', 'POST')).status).toBe(403)
  expect((await send('computer/nobody/toggleOffline', 'POST')).status).toBe(404)
})
