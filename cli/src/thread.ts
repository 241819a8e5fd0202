import { threadEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { printTable } from './output.ts'

export function threadCommands(program: Command): void {
  program
    .command('thread <kind> <id>')
    .description(say('thread'))
    .action(async (kind: string, id: string) => {
      const { nodes } = await call(threadEndpoints.threadGet, { query: { kind, id } })
      printTable(nodes, {
        kind: (n) => n.kind,
        title: (n) => n.title,
        state: (n) => n.state,
        side: (n) => n.side,
        url: (n) => n.url,
      })
    })
  program
    .command('search <text>')
    .description(say('search'))
    .action(async (text: string) => {
      const { items } = await call(threadEndpoints.search, { query: { q: text } })
      printTable(items, {
        kind: (i) => i.kind,
        title: (i) => i.title,
        state: (i) => i.state,
        url: (i) => i.url,
      })
    })
}
