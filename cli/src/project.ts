import { identityEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { printDone, printTable } from './output.ts'

export function projectCommands(program: Command): void {
  const project = program.command('project').description(say('project'))
  project
    .command('list')
    .description(say('list'))
    .action(async () => {
      const { items } = await call(identityEndpoints.projectList, {})
      printTable(items, { key: (p) => p.key, name: (p) => p.name, role: (p) => p.role })
    })
  project
    .command('create <key> <name>')
    .description(say('create'))
    .option('--description <text>', '', '')
    .action(async (key: string, name: string, given: { description: string }) => {
      const body = { key, name, description: given.description }
      const made = await call(identityEndpoints.projectCreate, { body })
      printDone(made, say('created', { what: made.key }))
    })
}
