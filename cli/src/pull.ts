import { codeEndpoints } from '@madang/api'
import { type Command, Option } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { printDone, printTable, printThing } from './output.ts'
import { repoOf } from './repo.ts'

type Strategy = 'merge' | 'squash' | 'rebase'

export function pullCommands(program: Command): void {
  const pull = program.command('pull').description(say('pull'))
  pull
    .command('list <project/repo>')
    .description(say('list'))
    .addOption(
      new Option('--state <state>').choices(['open', 'merged', 'declined', 'all']).default('open'),
    )
    .action(async (text: string, { state }: { state: 'open' | 'merged' | 'declined' | 'all' }) => {
      const params = repoOf(text)
      const { items } = await call(codeEndpoints.pullRequestList, { params, query: { state } })
      printTable(items, {
        number: (p) => `#${p.number}`,
        state: (p) => p.state,
        source: (p) => p.source,
        author: (p) => p.author.name,
        title: (p) => p.title,
      })
    })
  pull
    .command('show <project/repo> <number>')
    .description(say('show'))
    .action(async (text: string, number: string) => {
      const params = { ...repoOf(text), number: Number(number) }
      const found = await call(codeEndpoints.pullRequestGet, { params })
      const { title, state, source, target, merge, description } = found
      const blockers = merge?.blockers
      printThing(found, { number, title, state, source, target, blockers, description })
    })
  pull
    .command('create <project/repo> <source> <title>')
    .description(say('create'))
    .option('--description <markdown>', '', '')
    .action(async (text: string, source: string, title: string, given: { description: string }) => {
      const body = { source, title, description: given.description }
      const made = await call(codeEndpoints.pullRequestCreate, { params: repoOf(text), body })
      printDone(made, say('created', { what: `#${made.number}` }))
    })
  pull
    .command('merge <project/repo> <number>')
    .description(say('merge'))
    .addOption(
      new Option('--strategy <strategy>').choices(['merge', 'squash', 'rebase']).default('merge'),
    )
    .action(async (text: string, number: string, { strategy }: { strategy: Strategy }) => {
      const params = { ...repoOf(text), number: Number(number) }
      const merged = await call(codeEndpoints.pullRequestMerge, { params, body: { strategy } })
      printDone(merged, say('changed', { what: `#${number}`, state: merged.state }))
    })
}
