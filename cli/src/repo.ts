import { codeEndpoints, codeMemberEndpoints, type Role } from '@madang/api'
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
  repo
    .command('move <project/repo> <project>')
    .description(say('repoMove'))
    .action(async (text: string, project: string) => {
      const moved = await call(codeEndpoints.repoMove, { params: repoOf(text), body: { project } })
      printDone(moved, say('changed', { what: text, state: `${moved.project}/${moved.name}` }))
    })
  memberCommands(repo)
}

/** Roles in one repository, over those in its project. */
function memberCommands(repo: Command): void {
  const member = repo.command('member').description(say('repoMember'))
  member
    .command('list <project/repo>')
    .description(say('list'))
    .action(async (text: string) => {
      const { items } = await call(codeMemberEndpoints.repoMemberList, { params: repoOf(text) })
      printTable(items, { name: (m) => m.name, person: (m) => m.displayName, role: (m) => m.role })
    })
  member
    .command('set <project/repo> <name> <role>')
    .description(say('repoMemberSet'))
    .action(async (text: string, name: string, role: Role) => {
      const params = { ...repoOf(text), name }
      const set = await call(codeMemberEndpoints.repoMemberSet, { params, body: { role } })
      printDone(set, say('changed', { what: set.name, state: set.role }))
    })
  member
    .command('remove <project/repo> <name>')
    .description(say('repoMemberRemove'))
    .action(async (text: string, name: string) => {
      const params = { ...repoOf(text), name }
      const done = await call(codeMemberEndpoints.repoMemberRemove, { params })
      printDone(done, say('removed', { what: name }))
    })
}
