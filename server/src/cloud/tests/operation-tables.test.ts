import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { operationTable } from '../gateway/index.ts'
import { startCloud } from './cloud-under-test.ts'
import { serviceReadmes } from './operation-tables.ts'

// UPDATE_TABLES=1 npx vitest run operation-tables writes them anew.
it('the READMEs say which operations work', async () => {
  const cloud = await startCloud()
  const readmes = serviceReadmes(cloud.cloud.services)
  await cloud.stop()
  for (const { file, now, wanted } of readmes) {
    if (process.env['UPDATE_TABLES']) writeFileSync(file, wanted)
    else expect(now, file).toBe(wanted)
  }
})

// Here and not at each start, which it would make read every service's table.
it('every operation that is built is one that AWS has', async () => {
  const cloud = await startCloud()
  const { services } = cloud.cloud
  await cloud.stop()
  for (const service of services) {
    const known = new Set(operationTable(service).map(({ name }) => name))
    const unknown = Object.keys(service.operations).filter((name) => !known.has(name))
    expect(unknown, service.id).toEqual([])
  }
})
