import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Agent, AgentToken } from '@madang/api'
import { as, until } from './bed.ts'

const program = fileURLToPath(new URL('../../../../cli/bin/madang.mjs', import.meta.url))
const children: ChildProcess[] = []

/** What an administrator asks of the agents' endpoints. */
export async function ask<T>(
  origin: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: object } = {},
): Promise<T> {
  const reply = await fetch(`${origin}/api${path}`, {
    method,
    headers: { ...as('administrator'), 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await reply.json()) as T
}

export function newToken(origin: string): Promise<{ token: string; entry: AgentToken }> {
  return ask(origin, '/agent-tokens', { method: 'POST', body: { name: 'test' } })
}

export interface AgentProcess {
  child: ChildProcess
  said(): string
  kill(): Promise<void>
}

/** The real command in a process of its own. */
export function startAgent(
  url: string,
  token: string,
  options: { home: string; name?: string; label?: string; more?: string[] },
): AgentProcess {
  const { home, name = 'far', label = 'remote', more = [] } = options
  const flags = ['--url', url, '--token', token, '--name', name, '--label', label]
  const place = ['--work-dir', join(home, name), ...more]
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, 'agent', ...flags, ...place],
    { env: { PATH: process.env['PATH'], HOME: home, LANG: 'en_US.UTF-8' } },
  )
  children.push(child)
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  return {
    child,
    said: () => said,
    async kill() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

export function agentIs(origin: string, state: Agent['state'], name = 'far'): Promise<Agent> {
  return until(`agent ${name} ${state}`, async () => {
    const { items } = await ask<{ items: Agent[] }>(origin, '/agents')
    return items.find((one) => one.name === name && one.state === state)
  })
}

export function endAgents(): void {
  for (const child of children) child.kill('SIGKILL')
}
