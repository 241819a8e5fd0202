import { expect, test } from 'vitest'
import { bedOfFile, call, finished, logOf, runFile, runFor, until } from './bed.ts'

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
