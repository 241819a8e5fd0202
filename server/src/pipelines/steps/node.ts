import { join } from 'node:path'
import { abortException, type Call, type NodeLease, type Step } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { workspaceName } from '../model.ts'
import { reachedBy } from './program-environment.ts'

/** Takes an executor and a workspace; both are the same again after a restart. */
export const node: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['label'],
  async run(call) {
    const label = call.args.optionalText('label') ?? ''
    const lease = await leaseFor(call, label)
    // The built-in node is called "Jenkins" here, and `built-in` in NODE_NAME.
    const name = lease.agent ? lease.name : 'Jenkins'
    call.say(`Running on ${name} in ${lease.workspace}`)
    const environment = call.scope.environment
      .with(agentVariables(call, lease))
      .with(Object.entries(nodeVariables(lease)))
    try {
      await makeWorkspace(call, lease)
      return await call.body({
        node: lease,
        folder: lease.workspace,
        container: undefined,
        environment,
      })
    } finally {
      call.close()
      await giveBack(call, lease)
    }
  },
}

/** What programs inherit on the agent, and the run's own addresses as they are reached from there. */
function agentVariables({ scope, session }: Call, { agent }: NodeLease): [string, string][] {
  if (!agent) return []
  const origin = session.parts.originUrl()
  const urls = Object.entries(scope.environment.all())
    .filter(([, text]) => text.includes(origin))
    .map(([name, text]): [string, string] => [name, reachedBy(agent, origin, text)])
  return [...Object.entries(agent.environment), ...urls]
}

async function makeWorkspace({ scope, session }: Call, lease: NodeLease): Promise<void> {
  const { files } = session.parts.agents.machineOf(lease)
  await scope.interrupts.during(() => files.makeFolder(lease.workspace))
}

export function nodeVariables(lease: NodeLease): Record<string, string> {
  return {
    NODE_NAME: lease.name,
    NODE_LABELS: lease.labels.join(' '),
    EXECUTOR_NUMBER: String(lease.executor),
    WORKSPACE: lease.workspace,
    WORKSPACE_TMP: `${lease.workspace}@tmp`,
  }
}

async function leaseFor(call: Call, label: string): Promise<NodeLease> {
  const { session, scope, path } = call
  const { nodes } = session.parts
  const known = session.journal.get(path)
  if (known) return known.result as NodeLease
  const startedMs = session.nowMs()
  const lease = await scope.interrupts.during((signal) =>
    nodes.lease({
      label,
      run: session.record.id,
      workspace: customWorkspace(call) ?? workspaceName(session.record),
      signal,
      waits: (reason) => call.say(reason),
    }),
  )
  await session.journal.put(path, call.name, 'open', lease, startedMs)
  return lease
}

function customWorkspace(call: Call): string | undefined {
  const name = call.args.optionalText('customWorkspace')
  if (name === undefined) return undefined
  const parts = name.split('/').filter((part) => part !== '')
  if (parts.length > 0 && !parts.some((part) => part === '..' || part === '.')) {
    return join(call.session.record.project, 'custom', ...parts)
  }
  throw abortException(`customWorkspace "${name}" has to be a folder name`)
}

async function giveBack({ session, path, name }: Call, lease: NodeLease): Promise<Value> {
  if (session.letGo.signal.aborted) return null
  const isOpen = session.journal.get(path)?.state === 'open'
  if (!isOpen) return null
  session.parts.nodes.release(lease)
  await session.access.leave(lease)
  await session.journal.put(path, name, 'done', lease, session.nowMs())
  return null
}
