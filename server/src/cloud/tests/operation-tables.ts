import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operationTable, type Service } from '../gateway/index.ts'

const marker = '<!-- operations -->'
const services = join(import.meta.dirname, '../services')

/** Services that share a folder with another whose tables they read. */
const folderOf: Record<string, string> = { s3control: 's3/control' }

export interface ServiceReadme {
  file: string
  now: string
  /** The same with the table that is true. */
  wanted: string
}

/** READMEs of services that carry the marker, with the table that belongs below it. */
export function serviceReadmes(all: Service[]): ServiceReadme[] {
  return all.flatMap((service) => {
    const file = join(services, folderOf[service.id] ?? service.id, 'README.md')
    if (!existsSync(file)) return []
    const now = readFileSync(file, 'utf8')
    if (!now.includes(marker)) return []
    const head = now.slice(0, now.indexOf(marker) + marker.length)
    return [{ file, now, wanted: `${head}\n${tableOf(service)}` }]
  })
}

function tableOf(service: Service): string {
  const table = operationTable(service)
  const built = table.filter((operation) => operation.built).map(({ name }) => name)
  const rest = table.filter((operation) => !operation.built).map(({ name }) => name)
  return `
## Operations: ${built.length} of ${table.length}
| | |
|---|---|
| works | ${built.join(', ')} |
| answers 501 and its name | ${rest.join(', ') || '–'} |
`
}
