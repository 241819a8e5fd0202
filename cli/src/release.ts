import { releasesEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { moment, printDone, printTable } from './output.ts'

export function releaseCommands(program: Command): void {
  const release = program.command('release').description(say('release'))
  release
    .command('list <project>')
    .description(say('list'))
    .option('--environment <environment>')
    .action(async (project: string, given: { environment?: string }) => {
      const { items } = await call(releasesEndpoints.deploymentList, {
        params: { project },
        query: { limit: 50, ...given },
      })
      printTable(items, {
        deployment: (d) => d.id,
        environment: (d) => d.environment,
        service: (d) => d.service,
        version: (d) => d.version,
        status: (d) => (d.isCurrent ? `${d.status} *` : d.status),
        by: (d) => d.actorName,
        at: (d) => moment(d.at),
      })
    })
  release
    .command('rollback <project> <deployment>')
    .description(say('rollback'))
    .action(async (project: string, deployment: string) => {
      const params = { project, deployment }
      const begun = await call(releasesEndpoints.deploymentRollback, { params, body: {} })
      printDone(begun, say('created', { what: begun.rollbackId }))
    })
}
