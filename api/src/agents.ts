import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

/** A machine that runs steps: this server's own, or one that joined with `madang agent`. */
export const agent = z.object({
  name: z.string(),
  labels: z.array(z.string()),
  executors: z.number().int(),
  /** Executors that are lent. */
  busy: z.number().int(),
  state: z.enum(['online', 'offline']),
  /** The server's own machine: always there. */
  isBuiltIn: z.boolean(),
  /** Since when it is in this state; the built-in one has always been. */
  since: z.string().optional(),
  /** Why there is no connection to it. */
  reason: z.string().optional(),
  /** Somebody took it out of service: it takes no new work. */
  pause: z.object({ by: z.string(), reason: z.string(), since: z.string() }).optional(),
  /** What runs there: the workspaces that are in use. */
  workspaces: z.array(z.string()),
})
export type Agent = Infer<typeof agent>

/** What machines join with. The text is told once, when it is made. */
export const agentToken = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  /** When an agent last joined with it. */
  usedAt: z.string().optional(),
})
export type AgentToken = Infer<typeof agentToken>

const done = z.object({})

export const agentEndpoints = {
  agentList: endpoint({
    method: 'GET',
    path: '/api/agents',
    access: 'administrator',
    result: z.object({ items: z.array(agent) }),
  }),
  /** Forgets an agent that is offline: runs that wait for it fail. */
  agentRemove: endpoint({
    method: 'DELETE',
    path: '/api/agents/:agent',
    access: 'administrator',
    params: z.object({ agent: z.string() }),
    result: done,
  }),
  /** Takes a machine out of service for a while: what runs there goes on, and nothing new begins. */
  agentPause: endpoint({
    method: 'PUT',
    path: '/api/agents/:agent/pause',
    access: 'administrator',
    params: z.object({ agent: z.string() }),
    body: z.object({ reason: z.string().trim().max(500) }),
    result: done,
  }),
  agentResume: endpoint({
    method: 'DELETE',
    path: '/api/agents/:agent/pause',
    access: 'administrator',
    params: z.object({ agent: z.string() }),
    result: done,
  }),
  agentTokenList: endpoint({
    method: 'GET',
    path: '/api/agent-tokens',
    access: 'administrator',
    result: z.object({ items: z.array(agentToken) }),
  }),
  agentTokenCreate: endpoint({
    method: 'POST',
    path: '/api/agent-tokens',
    access: 'administrator',
    body: z.object({ name: z.string().trim().min(1).max(100) }),
    result: z.object({ token: z.string(), entry: agentToken }),
  }),
  /** Agents that joined with it are sent away at once and forgotten. */
  agentTokenRevoke: endpoint({
    method: 'DELETE',
    path: '/api/agent-tokens/:token',
    access: 'administrator',
    params: z.object({ token: z.string() }),
    result: done,
  }),
}

export const agentErrors = defineErrors({
  agentNotFound: {
    status: 404,
    en: 'There is no agent {agent}.',
    ko: '에이전트 {agent}이(가) 없습니다.',
  },
  agentOnline: {
    status: 409,
    en: 'The agent {agent} is connected. Stop it first.',
    ko: '에이전트 {agent}이(가) 연결되어 있습니다. 먼저 중지하세요.',
  },
  agentTokenNotFound: {
    status: 404,
    en: 'There is no such agent token.',
    ko: '그런 에이전트 토큰이 없습니다.',
  },
  agentTokenWrong: {
    status: 401,
    en: 'The agent token is wrong or was revoked. An administrator makes a new one.',
    ko: '에이전트 토큰이 잘못되었거나 폐기되었습니다. 관리자가 새로 만들 수 있습니다.',
  },
})
