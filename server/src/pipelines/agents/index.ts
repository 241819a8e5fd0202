import { Agents, type AgentsParts } from './agents.ts'
import { connectEdge } from './connect-edge.ts'
import type { IdentityPort } from '../ports.ts'
import { agentMigrations } from './migrations.ts'
import { agentRoutes } from './routes.ts'

export { pauseNode, removeAgent } from './administration.ts'
export { type Agents } from './agents.ts'
export { type AntPatterns, antTest } from './ant.ts'
export { type FileFacts, type Files, type FoundFile, isWithin, localFiles } from './files.ts'
export { AgentRefusal } from './link.ts'
export type { Machine } from './machine.ts'

/** Machines that join by `madang agent` and run steps. */
export async function createAgents(
  parts: AgentsParts & { identity: Pick<IdentityPort, 'audit'> },
): Promise<Agents> {
  const { kernel, identity } = parts
  await kernel.database.migrate('pipelines-agents', agentMigrations)
  const agents = new Agents(parts)
  await agents.load()
  kernel.http.add(agentRoutes({ kernel, identity, agents }))
  kernel.http.upgrade(connectEdge(kernel, agents))
  return agents
}
