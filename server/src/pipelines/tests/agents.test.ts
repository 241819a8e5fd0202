import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { agentIs, endAgents, newToken, startAgent } from './agent-process.ts'
import { type Bed, Clone, discard, runFile, startBed, temporary, until } from './bed.ts'

vi.setConfig({ testTimeout: 120_000 })

const home = temporary()
let bed: Bed
let clone: Clone
let token = ''

beforeAll(async () => {
  bed = await startBed(join(home, 'data'))
  clone = new Clone(bed.origin)
  token = (await newToken(bed.origin)).token
  startAgent(bed.origin, token, { home, label: 'remote big', more: ['--executors', '2'] })
  await agentIs(bed.origin, 'online')
}, 60_000)
afterAll(async () => {
  endAgents()
  await bed.stop()
  discard(home)
  discard(clone.folder)
})

test('a program runs on the agent that has the label, with the variables of that machine', async () => {
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `node('remote && big') {
  sh 'pwd; echo "$NODE_NAME [$NODE_LABELS] $HOME $MADANG_URL $AWS_ENDPOINT_URL"; test -n "$MADANG_TOKEN"'
  echo "out: \${sh(script: 'printf quiet', returnStdout: true)}"
  echo "status: \${sh(script: 'exit 3', returnStatus: true)}"
}
node { echo "then \${env.NODE_NAME}" }`,
  )
  const workspace = join(home, 'far/workspaces/GB/app_main')
  expect([run.result, log]).toEqual(['SUCCESS', expect.any(String)])
  expect(log).toContain(`Running on far in ${workspace}\n`)
  expect(log).toContain(`\n${workspace}\n`)
  expect(log).toContain(`\nfar [remote big] ${home} ${bed.origin} ${bed.origin}\n`)
  expect(log).toContain('out: quiet\n')
  expect(log).toContain('status: 3\n')
  expect(log).toContain('then built-in\n')
  // What the programs left behind of themselves is gone with the run.
  await until('the end of its traces', async () => !existsSync(join(home, 'far/runs', run.id)))
})
