import type { RunDetail } from '@madang/api'
import { expect, test } from 'vitest'
import type { PipelinesTables } from '../tables.ts'
import { bedOfFile, call, Clone, discard, finished, logOf } from './bed.ts'
import { runFile, runFor, startBed, temporary, until } from './bed.ts'

// Runs that don't come to the end of their file.

const { bed, clone } = await bedOfFile()

test('a Jenkinsfile of more than a mebibyte has a run that says so', async () => {
  const { run: found, log } = await runFile(clone, bed.origin, `// ${'x'.repeat(1_200_000)}\n`)
  expect(found.result).toBe('FAILURE')
  expect(log).toContain('The Jenkinsfile is larger than 1048576 characters')
})

test('an aborted run ends aborted, also when its script catches that', async () => {
  const commit = await clone.push('main', {
    Jenkinsfile: "try { sleep 60 } catch (e) { echo 'caught' }\necho 'goes on'",
  })
  const { id } = await runFor(bed.origin, commit)
  await until('the step', async () => (await logOf(bed.origin, id)).includes('Sleeping for'))
  await call(bed.origin, `/runs/${id}/abort`, {})
  const { run: found, log } = await finished(bed.origin, id)
  expect(log).toContain('goes on')
  expect(found.result).toBe('ABORTED')
})

test('a run that cannot be taken up again ends; the server starts, and the others go on', async () => {
  const home = temporary()
  const before = await startBed(home)
  const own = new Clone(before.origin)
  const begin = async (branch: string) => {
    const { id } = await runFor(before.origin, await own.push(branch, { Jenkinsfile: 'sleep 600' }))
    await until('the step', async () => (await logOf(before.origin, id)).includes('Sleeping for'))
    return id
  }
  const broken = await begin('main')
  const whole = await begin('other')
  await before.kernel.database.write(async (tx) => {
    await tx
      .tables<PipelinesTables>()
      .updateTable('pipelines_step')
      .set({ result: '"no longer what was sealed"' })
      .where('run_id', '=', broken)
      .where('path', '=', 'variables')
      .execute()
  })
  await before.stop()
  const after = await startBed(home)
  const { run: found, log } = await finished(after.origin, broken)
  expect(found.result).toBe('FAILURE')
  expect(log).toMatch(/^ERROR: .+\nFinished: FAILURE\n$/m)
  expect((await call<RunDetail>(after.origin, `/runs/${whole}`)).state).toBe('running')
  await call(after.origin, `/runs/${whole}/abort`, {})
  expect((await finished(after.origin, whole)).run.result).toBe('ABORTED')
  await after.stop()
  discard(home)
  discard(own.folder)
})
