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
    .option('--project <project>', say('ownKeys'))
    .action(async ({ project }: { project?: string }) => {
      const lines = project ? await ownKeys(project) : await anyKeys()
      for (const [name, value] of lines) console.log(`export ${name}=${quote(value)}`)
    })
  cloud
    .command('services')
    .description(say('list'))
    .action(async () => {
      const { services } = await call(cloudEndpoints.cloudGet, {})
      printTable(services, { service: (s) => s.id, built: (s) => s.built, of: (s) => s.total })
    })
}

async function anyKeys(): Promise<[string, string][]> {
  const { environment } = await call(cloudEndpoints.cloudGet, {})
  return environment.map(({ name, value }) => [name, value])
}

/** Short-lived keys of the person, which strict mode takes, too. */
async function ownKeys(project: string): Promise<[string, string][]> {
  const keys = await call(cloudEndpoints.cloudKeysCreate, { params: { project }, body: {} })
  return [
    ['AWS_ENDPOINT_URL', keys.endpointUrl],
    ['AWS_REGION', keys.region],
    ['AWS_DEFAULT_REGION', keys.region],
    ['AWS_ACCESS_KEY_ID', keys.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', keys.secretAccessKey],
    ['AWS_SESSION_TOKEN', keys.sessionToken],
  ]
}

const quote = (value: string) => `'${value.replaceAll("'", String.raw`'\''`)}'`
