import { join } from 'node:path'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { openCredential, secretFile, withLineEnd } from './bindings.ts'
import { filesOf } from './machine.ts'
import { nodeProgram } from './node-program.ts'

interface Agent {
  SSH_AUTH_SOCK: string
  SSH_AGENT_PID: string
}

interface Key {
  username: string
  description: string
  privateKey: string
  passphrase: string
}

/**
 * `sshagent(['id']) { sh 'git push' }`: an ssh-agent of the block's own that holds the keys. It
 * outlives the server, as the programs of the block do, and ends with the block.
 */
export const sshagent: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  positional: ['credentials'],
  async run(call) {
    const { session, scope, path } = call
    if (scope.container !== undefined) {
      throw abortException('sshagent: the agent of the node cannot be used inside a container')
    }
    const keys = await keysOf(call)
    for (const { username, description } of keys) {
      const name = description === '' ? username : `${username} (${description})`
      call.say(`[ssh-agent] Using credentials ${name}`)
    }
    const agent = await session.journal.fixed(`${path}:agent`, () => start(call, keys))
    call.say('[ssh-agent] Started.')
    try {
      const environment = scope.environment.with(Object.entries(agent))
      return await call.body({ environment })
    } finally {
      if (!session.isLetGo) await stop(call, agent)
      call.close()
    }
  },
}

async function keysOf({ args, scope, session }: Call): Promise<Key[]> {
  const { credentials } = session.parts
  const { project } = session.record
  const shown = new Map((await credentials.list(project)).map((each) => [each.id, each]))
  const keys: Key[] = []
  for (const id of new Set(args.texts('credentials'))) {
    const known = shown.get(id)
    if (known?.kind === 'sshKey') {
      const { username, privateKey, passphrase } = await openCredential(scope, id, ['sshKey'])
      const { description } = known
      keys.push({ username, privateKey, passphrase: passphrase ?? '', description })
    } else if (!args.flag('ignoreMissing')) {
      throw abortException('[ssh-agent] Could not find specified credentials')
    }
  }
  return keys
}

async function start(call: Call, keys: Key[]): Promise<Agent> {
  call.say('$ ssh-agent')
  const { code, output } = await program(call, ['ssh-agent', '-s'])
  if (code !== 0) throw abortException('Failed to run ssh-agent')
  const valueOf = (name: string) => new RegExp(`${name}=([^;\\s]+)`).exec(output)?.[1] ?? ''
  const agent: Agent = {
    SSH_AUTH_SOCK: valueOf('SSH_AUTH_SOCK'),
    SSH_AGENT_PID: valueOf('SSH_AGENT_PID'),
  }
  for (const [name, value] of Object.entries(agent)) call.say(`${name}=${value}`)
  try {
    for (const [at, key] of keys.entries()) await add(call, agent, key, `private_key_${at}.key`)
  } catch (error) {
    await stop(call, agent)
    throw error
  }
  return agent
}

async function add(call: Call, agent: Agent, key: Key, name: string): Promise<void> {
  const { path, folder } = await secretFile(call.scope, name, withLineEnd(key.privateKey))
  try {
    // The program asks for a passphrase by running another one, when there is no terminal.
    const askpass = join(folder, 'askpass.sh')
    const script = '#!/bin/sh\nprintf "%s\\n" "$SSH_PASSPHRASE"\nrm "$0"\n'
    // Written by a process of its own: what this one has open for writing, a process that it begins at that
    // moment has open as well, and what anybody writes cannot be run ("text file busy").
    await program(call, ['sh', '-c', 'cat > "$0" && chmod 700 "$0"', askpass], {}, script)
    call.say('Running ssh-add (command line suppressed)')
    const { code, output } = await program(call, ['ssh-add', path], {
      ...agent,
      SSH_PASSPHRASE: key.passphrase,
      SSH_ASKPASS: askpass,
      DISPLAY: ':0',
    })
    if (output.trim() !== '') call.say(output.trimEnd())
    if (code !== 0) throw abortException('Failed to run ssh-add')
  } finally {
    await filesOf(call).remove(folder)
  }
}

async function stop(call: Call, agent: Agent): Promise<void> {
  call.say('$ ssh-agent -k')
  const { output } = await program(call, ['ssh-agent', '-k'], { ...agent })
  if (output.trim() !== '') call.say(output.trimEnd())
  call.say('[ssh-agent] Stopped.')
}

/** What the program printed on either stream. */
async function program(
  call: Call,
  command: string[],
  env: Record<string, string> = {},
  input?: string,
): Promise<{ code: number; output: string }> {
  const answer = await nodeProgram(call, command, {
    env,
    leavesDaemon: true,
    ...(input !== undefined && { input }),
  })
  if (answer) return { code: answer.code, output: answer.output + answer.errors }
  throw abortException(`sshagent: the program ${command[0]} is not on ${call.scope.node!.name}`)
}
