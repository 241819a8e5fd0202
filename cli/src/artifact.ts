import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { registryEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { account, call, send } from './client.ts'
import { say } from './messages.ts'
import { printDone, printTable } from './output.ts'

export function artifactCommands(program: Command): void {
  const artifact = program.command('artifact').description(say('artifact'))
  artifact
    .command('list <project>')
    .description(say('list'))
    .option('--text <text>')
    .action(async (project: string, { text }: { text?: string }) => {
      const query = { limit: 100, ...(text ? { text } : {}) }
      const { items } = await call(registryEndpoints.artifactList, { params: { project }, query })
      printTable(items, {
        id: (a) => a.id,
        name: (a) => a.name,
        version: (a) => a.version,
        path: (a) => a.path,
        bytes: (a) => a.sizeBytes,
      })
    })
  artifact
    .command('get <project> <id>')
    .description(say('download'))
    .option('-o, --output <file>')
    .action(async (project: string, id: string, { output }: { output?: string }) => {
      const params = { project, artifact: id }
      const found = await call(registryEndpoints.artifactGet, { params })
      const file = output ?? basename(found.path)
      const response = await send(account(), found.downloadUrl, {})
      await pipeline(Readable.fromWeb(response.body as never), createWriteStream(file))
      printDone(found, say('saved', { file }))
    })
  artifact
    .command('put <project> <name> <version> <file>')
    .description(say('upload'))
    .action(async (project: string, name: string, version: string, file: string) => {
      const path = [project, name, version, basename(file)].map(encodeURIComponent).join('/')
      const { size } = await stat(file)
      const init = { method: 'PUT', body: Readable.toWeb(createReadStream(file)), duplex: 'half' }
      const headers = { 'content-length': String(size) }
      const response = await send(account(), `/artifacts/${path}`, { ...init, headers } as never)
      printDone(await response.json(), say('created', { what: `${name} ${version}` }))
    })
}
