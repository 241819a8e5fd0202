import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, it } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { startCloud } from '../../../tests/cloud-under-test.ts'

it.each(testDatabases())('parameters outlive a restart on $name', async ({ config }) => {
  const home = await mkdtemp(join(tmpdir(), 'madang-ssm-'))
  const values = { home, ...(await config()) }
  let under = await startCloud(values)
  const before = new SSM(under.config())
  for (const Value of ['one', 'two']) {
    await before.putParameter({ Name: '/kept', Value, Type: 'SecureString', Overwrite: true })
  }
  await before.labelParameterVersion({ Name: '/kept', ParameterVersion: 1, Labels: ['first'] })
  await before.putParameter({ Name: '/gone', Value: 'x', Type: 'String' })
  await before.deleteParameter({ Name: '/gone' })
  await under.stop()
  under = await startCloud(values)
  const after = new SSM(under.config())
  const { Parameters, InvalidParameters } = await after.getParameters({
    Names: ['/kept', '/kept:first', '/gone'],
    WithDecryption: true,
  })
  expect(Parameters!.map(({ Value, Version }) => [Value, Version])).toEqual([
    ['two', 2],
    ['one', 1],
  ])
  expect(InvalidParameters).toEqual(['/gone'])
  await under.stop()
  await rm(home, { recursive: true, force: true })
})
