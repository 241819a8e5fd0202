import { hostname, homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { agentEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { account, call, CliError } from './client.ts'
import { say } from './messages.ts'
import { moment, printDone, printTable } from './output.ts'

interface JoinOptions {
  url?: string
  token?: string
  label: string
  executors: string
  name: string
  workDir: string
}

export function agentCommands(program: Command): void {
  const agent = program
    .command('agent')
    .description(say('agent'))
    .option('--url <url>', say('signInUrl'))
    .option('--token <token>', say('agentToken'))
    .option('--label <labels>', say('agentLabel'), '')
    .option('--executors <count>', say('agentExecutors'), '1')
    .option('--name <name>', say('agentName'), hostname().split('.')[0]!)
    .option('--work-dir <folder>', say('agentFolder'), join(homedir(), '.madang-agent'))
    .action(joinAsAgent)
  agent
    .command('list')
    .description(say('list'))
    .action(async () => {
      const { items } = await call(agentEndpoints.agentList, {})
      printTable(items, {
        agent: (one) => one.name,
        state: (one) => one.state,
        labels: (one) => one.labels.join(' '),
        busy: (one) => `${one.busy}/${one.executors}`,
        since: (one) => moment(one.since),
      })
    })
  agent
    .command('remove <agent>')
    .description(say('agentRemove'))
    .action(async (name: string) => {
      await call(agentEndpoints.agentRemove, { params: { agent: name } })
      printDone({}, say('removed', { what: name }))
    })
  tokenCommands(agent.command('token').description(say('agentTokens')))
}

function tokenCommands(token: Command): void {
  token
    .command('create <name>')
    .description(say('create'))
    .action(async (name: string) => {
      const made = await call(agentEndpoints.agentTokenCreate, { body: { name } })
      const { url } = account()
      printDone(made, say('agentTokenMade', { url, token: made.token }))
    })
  token
    .command('list')
    .description(say('list'))
    .action(async () => {
      const { items } = await call(agentEndpoints.agentTokenList, {})
      printTable(items, {
        id: (one) => one.id,
        name: (one) => one.name,
        created: (one) => moment(one.createdAt),
        used: (one) => moment(one.usedAt),
      })
    })
  token
    .command('revoke <id>')
    .description(say('agentTokenRevoke'))
    .action(async (id: string) => {
      await call(agentEndpoints.agentTokenRevoke, { params: { token: id } })
      printDone({}, say('removed', { what: id }))
    })
}

/** Works for the server until that sends this machine away. */
async function joinAsAgent(options: JoinOptions): Promise<void> {
  const { label, name, workDir } = options
  // Not MADANG_TOKEN: in a run that is the run's own, and no agent token.
  const token = options.token ?? process.env['MADANG_AGENT_TOKEN']
  if (!token) throw new CliError(say('agentTokenMissing'))
  const url = (options.url ?? process.env['MADANG_URL'] ?? 'http://127.0.0.1:4500').replace(
    /\/$/,
    '',
  )
  const executors = Number(options.executors)
  if (!Number.isInteger(executors) || executors < 1) throw new CliError(say('agentExecutorsWrong'))
  const labels = label.split(/[\s,]+/).filter((one) => one !== '')
  // Loaded here: it is the only command that runs programs.
  const { joinServer } = await import('@madang/server/agent')
  const reason = await joinServer({
    url,
    token,
    name,
    labels,
    executors,
    folder: resolve(workDir),
    tell: (event) =>
      console.log(
        event.kind === 'joined'
          ? say('agentJoined', { name, url })
          : say('agentLost', { url, reason: event.reason, seconds: event.againInMs / 1000 }),
      ),
  })
  throw new CliError(say('agentSentAway', { url, reason }))
}
