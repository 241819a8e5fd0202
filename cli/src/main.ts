import { Command } from 'commander'
import { accountCommands } from './account.ts'
import { agentCommands } from './agent.ts'
import { artifactCommands } from './artifact.ts'
import { CliError } from './client.ts'
import { cloudCommands } from './cloud.ts'
import { issueCommands } from './issue.ts'
import { say } from './messages.ts'
import { printJson } from './output.ts'
import { projectCommands } from './project.ts'
import { pullCommands } from './pull.ts'
import { releaseCommands } from './release.ts'
import { repoCommands } from './repo.ts'
import { runCommands } from './run.ts'
import { threadCommands } from './thread.ts'

/** Runs one command line; gives the exit code. */
export async function run(argv: string[]): Promise<number> {
  const program = new Command('madang').description(say('about')).option('--json', say('json'))
  program.hook('preAction', (command) => {
    if (command.opts()['json']) printJson()
  })
  // In the order of the loop.
  for (const add of [
    accountCommands,
    projectCommands,
    issueCommands,
    repoCommands,
    pullCommands,
    runCommands,
    agentCommands,
    artifactCommands,
    releaseCommands,
    cloudCommands,
    threadCommands,
  ]) {
    add(program)
  }
  try {
    await program.parseAsync(argv)
    return 0
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    console.error(error.message)
    return 1
  }
}
