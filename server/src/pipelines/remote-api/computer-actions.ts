import { pauseNode, removeAgent } from '../agents/index.ts'
import { NODE_NAME, type NodeView } from '../engine/index.ts'
import { nodeNamed } from './computer-bean.ts'
import { type Call, redirect, type Reply, xml } from './exchange.ts'
import { Failure, notFound } from './failure.ts'

export function nodeAt(call: Call, name: string): NodeView {
  const node = nodeNamed(call, name)
  if (node) return node
  throw notFound(`computer/${name}`)
}

const place = ({ base }: Call, { name }: NodeView) =>
  redirect(`${base}computer/${name === NODE_NAME ? '(built-in)' : encodeURIComponent(name)}/`)

/** `toggleOffline?offlineMessage=`: takes a node out of service, or puts it back. */
export async function toggleOffline(call: Call, name: string): Promise<Reply> {
  const node = nodeAt(call, name)
  await call.needAdministrator(node.pause ? 'Agent/Connect' : 'Agent/Disconnect')
  await pauseNode(call.parts, call.actor, node.name, node.pause ? undefined : await message(call))
  return place(call, node)
}

export async function changeOfflineCause(call: Call, name: string): Promise<Reply> {
  const node = nodeAt(call, name)
  await call.needAdministrator('Agent/Disconnect')
  if (!node.pause) throw new Failure(400, `${name} is not temporarily offline`)
  await pauseNode(call.parts, call.actor, node.name, await message(call))
  return place(call, node)
}

/** In a field, or in the JSON that Jenkins' own forms send along. */
async function message(call: Call): Promise<string> {
  const plain = await call.given('offlineMessage')
  if (plain !== undefined) return plain
  const text = await call.given('json')
  if (text === undefined) return ''
  try {
    const { offlineMessage = '' } = JSON.parse(text) as { offlineMessage?: string }
    return offlineMessage
  } catch (error) {
    throw new Failure(400, `json cannot be read: ${(error as Error).message}`)
  }
}

/** The agent connects anew by itself, as an inbound agent of Jenkins does; its programs go on. */
export async function disconnect(call: Call, name: string): Promise<Reply> {
  const node = agentAt(call, name)
  await call.needAdministrator('Agent/Disconnect')
  call.parts.agents.disconnect(node.name)
  return place(call, node)
}

export async function deleteNode(call: Call, name: string): Promise<Reply> {
  const node = agentAt(call, name)
  await call.needAdministrator('Agent/Delete')
  await removeAgent(call.parts, call.actor, node.name)
  return redirect(`${call.base}computer/`)
}

function agentAt(call: Call, name: string): NodeView {
  const node = nodeAt(call, name)
  if (node.name !== NODE_NAME) return node
  throw new Failure(400, 'The built-in node is this server; it cannot be disconnected or deleted')
}

export async function configXml(call: Call, name: string): Promise<Reply> {
  const node = agentAt(call, name)
  await call.needAdministrator('Agent/ExtendedRead')
  const member = (tag: string, text: string) => `  <${tag}>${escaped(text)}</${tag}>\n`
  return xml(
    `<?xml version="1.1" encoding="UTF-8"?>\n<slave>\n${member('name', node.name)}` +
      `  <description></description>\n${member('remoteFS', node.folder)}` +
      `${member('numExecutors', String(node.executors))}  <mode>EXCLUSIVE</mode>\n` +
      '  <retentionStrategy class="hudson.slaves.RetentionStrategy$Always"/>\n' +
      '  <launcher class="hudson.slaves.JNLPLauncher"/>\n' +
      `${member('label', node.labels.join(' '))}  <nodeProperties/>\n</slave>`,
  )
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Labels and executors are what the agent says when it joins. */
export async function refuseConfig(call: Call, name: string): Promise<Reply> {
  nodeAt(call, name)
  const how = 'madang agent --label … --executors …'
  throw new Failure(403, `A node is configured where it runs: start it again with ${how}`)
}
