import { codeEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { printDone, printTable } from './output.ts'

/** `GB/guestbook` */
export function repoOf(text: string): { project: string; repo: string } {
  const [project = '', repo = ''] = text.split('/')
  return { project, repo }
}

export function repoCommands(program: Command): void {
  const repo = program.command('repo').description(say('repo'))
  repo
    .command('list <project>')
    .description(say('list'))
    .action(async (project: string) => {
      const { items } = await call(codeEndpoints.repoList, { params: { project } })
      printTable(items, {
        name: (r) => `${r.project}/${r.name}`,
        branch: (r) => r.defaultBranch,
        clone: (r) => r.cloneUrl,
      })
    })
  repo
    .command('create <project/repo>')
    .description(say('create'))
    .action(async (text: string) => {
      const { project, repo: name } = repoOf(text)
      const made = await call(codeEndpoints.repoCreate, { params: { project }, body: { name } })
      printDone(made, say('created', { what: made.cloneUrl }))
    })
}
