import { type AgentPlace, inheritedEnvironment, type Scope } from '../engine/index.ts'
import type { ContainerEntry } from '../shell/index.ts'

/** What a program of this scope finds in its environment. */
export async function programEnvironment(scope: Scope): Promise<Record<string, string>> {
  const { session, environment, aws, node } = scope
  const own = await session.access.variables({ aws, node })
  const set = environment.all()
  const place = node ? { PWD: scope.folder ?? node.workspace } : undefined
  if (!node?.agent) return { ...own, ...set, ...place }
  const { agent } = node
  const origin = session.parts.originUrl()
  // What this machine's own programs inherit means nothing on another.
  const host = session.inherited
  const kept = Object.entries(set).filter(
    ([name, value]) => host[name] !== value || agent.environment[name] === value,
  )
  const reached = Object.entries(own).map(([name, text]) => [name, reachedBy(agent, origin, text)])
  const cloud = { AWS_ENDPOINT_URL: cloudUrl(agent, own['AWS_ENDPOINT_URL']!) }
  return { ...Object.fromEntries(reached), ...cloud, ...Object.fromEntries(kept), ...place }
}

/** Addresses of this server as the agent reaches them. */
export function reachedBy({ url }: AgentPlace, origin: string, text: string): string {
  return text.replaceAll(new RegExp(`${literal(origin)}(?!\\d)`, 'g'), url)
}

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The cloud is on the same host under a port of its own. */
function cloudUrl({ url }: AgentPlace, endpoint: string): string {
  const reached = new URL(endpoint)
  reached.hostname = new URL(url).hostname
  return reached.href.replace(/\/$/, '')
}

/** What programs in a container get: the run's variables, without what is the node's own. */
export async function containerEnvironment(scope: Scope): Promise<Record<string, string>> {
  const host = scope.node?.agent?.environment ?? inheritedEnvironment(process.env, '')
  const all = Object.entries(await programEnvironment(scope))
  // A PATH of the node means nothing in the image.
  const own = all.filter(([name, value]) => !HOST_ONLY.has(name) && host[name] !== value)
  return Object.fromEntries(own)
}

const HOST_ONLY = new Set(['PATH', 'PWD', 'HOME', 'DOCKER_CONFIG', 'DOCKER_HOST'])

/** The way into the container around a step, where there is one. */
export async function entryOf(scope: Scope): Promise<ContainerEntry | undefined> {
  const { container, folder, node } = scope
  if (container === undefined) return undefined
  // By name only: the client takes the values from its own environment, and `ps` shows no secret.
  const names = Object.keys(await containerEnvironment(scope)).flatMap((name) => ['-e', name])
  const env = await programEnvironment(scope)
  const place = ['-w', folder ?? node!.workspace]
  return {
    enter: ['docker', 'exec', ...place, ...names, container],
    plain: ['docker', 'exec', container],
    env,
  }
}
