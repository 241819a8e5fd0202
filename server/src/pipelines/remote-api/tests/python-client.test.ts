// python-jenkins as it is; Debian's python3-jenkins or pip's, where the machine has one.
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Server, startServer } from './server.ts'

const exec = promisify(execFile)
/** Another Python than the machine's: one in whose environment python-jenkins was installed. */
const python = process.env['MADANG_PYTHON'] ?? 'python3'
const isHere = hasClient()

function hasClient(): boolean {
  try {
    execFileSync(python, ['-c', 'import jenkins; jenkins.Jenkins'], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write('python-jenkins is not installed; its suite is left out\n')
    return false
  }
}

let server: Server

beforeAll(async () => {
  if (isHere) server = await startServer()
})

afterAll(() => server?.close())

test.skipIf(!isHere)('python-jenkins works unchanged', async () => {
  const script = join(import.meta.dirname, 'python_client.py')
  const { jenkins, password, token } = server
  const { stdout } = await exec(python, [script, jenkins, 'ada', password, token])
  expect(stdout.trim().split('\n')).toEqual(
    ['jobs', 'builds', 'running', 'folders', 'credentials', 'rest'].map((part) => `${part} well`),
  )
})
