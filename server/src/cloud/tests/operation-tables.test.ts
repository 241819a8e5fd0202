import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
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
