import { spawn } from 'node:child_process'
import { inheritedEnvironment, type Scope } from '../engine/index.ts'
import type { ContainerEntry } from '../shell/index.ts'

/** What a program of this scope finds in its environment. */
export async function programEnvironment(scope: Scope): Promise<Record<string, string>> {
  const { session, environment, aws, node } = scope
  const own = await session.access.variables(aws)
  const set = environment.all()
  const place = node ? { PWD: scope.folder ?? node.workspace } : undefined
  return { ...own, ...set, ...place }
}

/** What programs in a container get: the run's variables, without what is the node's own. */
export async function containerEnvironment(scope: Scope): Promise<Record<string, string>> {
  const host = inheritedEnvironment(process.env, '')
  const all = Object.entries(await programEnvironment(scope))
  // A PATH of this machine means nothing in the image.
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
    enter: (command) => ['docker', 'exec', ...place, ...names, container, ...command],
    run(command) {
      const child = spawn('docker', ['exec', container, ...command], { env, stdio: 'ignore' })
      child.once('error', () => undefined) // without its client there is nobody to tell
    },
  }
}
