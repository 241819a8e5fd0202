import { agentErrors } from '@madang/api'
import { type Actor, type Kernel, refusals } from '../../kernel/index.ts'
import type { IdentityPort } from '../ports.ts'
import type { Agents } from './agents.ts'
import * as store from './store-agents.ts'

const refuse = refusals(agentErrors)

export interface AdministrationParts {
  kernel: Kernel
  identity: Pick<IdentityPort, 'audit'>
  agents: Agents
}

/** Forgets an agent that is not connected; runs that wait for it fail. */
export async function removeAgent(
  { kernel, identity, agents }: AdministrationParts,
  actor: Actor,
  name: string,
): Promise<void> {
  if (!agents.isKnown(name)) throw refuse('agentNotFound', { agent: name })
  if (agents.isOnline(name)) throw refuse('agentOnline', { agent: name })
  await kernel.database.write(async (tx) => {
    await store.agentDelete(tx.tables<store.AgentTables>(), name)
    await identity.audit(tx, { actor, action: 'agent.removed', subject: `agent:${name}` })
    tx.afterCommit(() => agents.remove(name))
  })
}

/** Takes a node out of service with a reason, or puts it back without one. */
export async function pauseNode(
  { kernel, identity, agents }: AdministrationParts,
  actor: Actor,
  name: string,
  reason?: string,
) {
  if (!agents.has(name)) throw refuse('agentNotFound', { agent: name })
  await kernel.database.write(async (tx) => {
    const action = reason === undefined ? 'agent.resumed' : 'agent.paused'
    await identity.audit(tx, { actor, action, subject: `agent:${name}` })
    await agents.pause(tx, name, reason === undefined ? undefined : { by: actor.name, reason })
  })
  return {}
}
