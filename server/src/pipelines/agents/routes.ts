import { agentEndpoints as api, agentErrors, type AgentToken } from '@madang/api'
import { type Actor, refusals, type Route, route } from '../../kernel/index.ts'
import { type AdministrationParts as Parts, pauseNode, removeAgent } from './administration.ts'
import * as store from './store-agents.ts'

const refuse = refusals(agentErrors)

export function agentRoutes(parts: Parts): Route[] {
  const { kernel, agents } = parts
  const { database } = kernel
  return [
    route(api.agentList, async () => ({ items: agents.list() })),
    route(api.agentRemove, async ({ actor, params: { agent } }) => {
      await removeAgent(parts, actor, agent)
      return {}
    }),
    route(api.agentPause, ({ actor, params: { agent }, body: { reason } }) =>
      pauseNode(parts, actor, agent, reason),
    ),
    route(api.agentResume, ({ actor, params: { agent } }) => pauseNode(parts, actor, agent)),
    route(api.agentTokenList, async () => {
      const rows = await store.tokensIn(database.tables<store.AgentTables>())
      return { items: rows.map(shown) }
    }),
    route(api.agentTokenCreate, ({ actor, body: { name } }) =>
      database.write(async (tx) => {
        const { token, row } = await store.tokenMake(kernel, tx, name)
        const subject = `agentToken:${row.id}`
        await parts.identity.audit(tx, { actor, action: 'agentToken.created', subject })
        return { token, entry: shown(row) }
      }),
    ),
    route(api.agentTokenRevoke, async ({ actor, params: { token } }) => {
      await revoke(parts, actor, token)
      return {}
    }),
  ]
}

async function revoke({ kernel, identity, agents }: Parts, actor: Actor, id: string) {
  await kernel.database.write(async (tx) => {
    const row = await store.tokenDelete(tx.tables<store.AgentTables>(), id)
    if (!row) throw refuse('agentTokenNotFound')
    const names = agents.ofToken(id)
    for (const name of names) await store.agentDelete(tx.tables<store.AgentTables>(), name)
    const subject = `agentToken:${id}`
    await identity.audit(tx, { actor, action: 'agentToken.revoked', subject })
    tx.afterCommit(() => names.forEach((name) => agents.remove(name)))
  })
}

function shown({ id, name, created_at, used_at }: store.AgentTokenRow): AgentToken {
  const createdAt = new Date(created_at).toISOString()
  return { id, name, createdAt, ...(used_at && { usedAt: new Date(used_at).toISOString() }) }
}
