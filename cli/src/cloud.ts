import { cloudEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { printTable } from './output.ts'

export function cloudCommands(program: Command): void {
  const cloud = program.command('cloud').description(say('cloud'))
  cloud
    .command('env')
    .description(say('environment'))
    .action(async () => {
      const { environment } = await call(cloudEndpoints.cloudGet, {})
      for (const { name, value } of environment) console.log(`export ${name}=${quote(value)}`)
    })
  cloud
    .command('services')
    .description(say('list'))
    .action(async () => {
      const { services } = await call(cloudEndpoints.cloudGet, {})
      printTable(services, { service: (s) => s.id, built: (s) => s.built, of: (s) => s.total })
    })
}

const quote = (value: string) => `'${value.replaceAll("'", String.raw`'\''`)}'`
