import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agentIs, ask, endAgents, newToken, startAgent } from './agent-process.ts'
import {
  as,
  type Bed,
  call,
  Clone,
  discard,
  finished,
  logOf,
  runFile,
  runFor,
  startBed,
  temporary,
  until,
} from './bed.ts'

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
})
afterAll(async () => {
  endAgents()
  await bed.stop()
  discard(home)
  discard(clone.folder)
})

test('a program runs on the agent that has the label, with the variables of that machine', async () => {
  await call(bed.origin, '/repos/app/pipeline-ssh/key', {})
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `node('remote && big') {
  sh 'pwd; echo "$NODE_NAME [$NODE_LABELS] $HOME $MADANG_URL $AWS_ENDPOINT_URL"; test -n "$MADANG_TOKEN"'
  echo "out: \${sh(script: 'printf quiet', returnStdout: true)}"
  echo "status: \${sh(script: 'exit 3', returnStatus: true)}"
  sh 'eval "head -1 \${GIT_SSH_COMMAND##* }"'
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
  // The repository's own SSH key is a file of that machine while the block lasts.
  expect(log).toContain('-----BEGIN OPENSSH PRIVATE KEY-----\n')
  expect(existsSync(`${workspace}@tmp/ssh-${run.id}`)).toBe(false)
  expect(log).toContain('then built-in\n')
  // What the programs left behind of themselves is gone with the run.
  await until('the end of its traces', async () => !existsSync(join(home, 'far/runs', run.id)))
})

test('sources, files, stashes, artifacts and reports come from the agent and go to it', async () => {
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `pipeline {
  agent { label 'remote' }
  stages {
    stage('Far') {
      steps {
        sh 'cat given.txt; mkdir -p out; printf made > out/made.txt; chmod 755 out/made.txt'
        writeFile file: 'deep/er/note.txt', text: '안녕'
        echo "read \${readFile('deep/er/note.txt')} \${fileExists('nothing')}"
        dir('out') { script { echo "found \${findFiles(glob: '*').collect { it.path }.join(',')}" } }
        sh 'head -c 3000000 /dev/zero > out/large.bin'
        writeFile file: 'report.xml', text: '<testsuite><testcase name="a"/></testsuite>'
        junit 'report.xml'
        archiveArtifacts 'out/**'
        stash name: 'made', includes: 'out/**'
      }
    }
    stage('Here') {
      agent { label 'built-in' }
      steps {
        unstash 'made'
        sh 'stat -c "%a %s" out/made.txt out/large.bin; printf back > back.txt'
        stash name: 'back', includes: 'back.txt'
      }
    }
    stage('Far again') {
      steps {
        unstash 'back'
        sh 'echo "came $(cat back.txt)"; git log -1 --format=%s; git remote get-url origin'
        deleteDir()
        sh 'ls -A | wc -l'
        error readFile('../../../data/madang.db')
      }
    }
  }
}`,
    { 'given.txt': 'from the repository\n' },
  )
  const lines = log.split('\n')
  for (const line of [
    'from the repository',
    'read 안녕 false',
    'found made.txt',
    '755 4',
    '644 3000000',
    'Stashed 2 file(s)',
    'came back',
    `${bed.origin}/git/GB/app.git`,
    '0',
  ]) {
    expect(lines).toContain(line)
  }
  expect(run.tests).toEqual({ passed: 1, failed: 0, skipped: 0 })
  expect(log).toContain('ERROR: ../../../data/madang.db is outside the workspace')
})

test('a wrong token, a revoked one and a name that is taken are sent away in words', async () => {
  const wrong = startAgent(bed.origin, 'madang_agent_no', { home, name: 'wrong' })
  await once(wrong.child, 'exit')
  expect(wrong.said()).toContain('The agent token is wrong or was revoked')

  const other = await newToken(bed.origin)
  const twin = startAgent(bed.origin, other.token, { home: join(home, 'twin') })
  await once(twin.child, 'exit')
  expect(twin.said()).toContain('another agent is called far')

  const joined = startAgent(bed.origin, other.token, { home, name: 'brief', label: 'brief' })
  await agentIs(bed.origin, 'online', 'brief')
  const ended = once(joined.child, 'exit')
  await ask(bed.origin, `/agent-tokens/${other.entry.id}`, { method: 'DELETE' })
  await ended
  expect(joined.said()).toContain('the agent token was revoked')
})

test('a label that no machine has is waited for, as in Jenkins, until one joins that has it', async () => {
  const Jenkinsfile = `node('late && !early') { echo "on $NODE_NAME" }`
  const { id } = await runFor(bed.origin, await clone.push('main', { Jenkinsfile }))
  const said =
    'Still waiting to schedule task\nThere are no nodes with the label ‘late && !early’\n'
  await until('the wait', async () => (await logOf(bed.origin, id)).includes(said))
  startAgent(bed.origin, token, { home, name: 'one', label: 'late' })
  const { run, log } = await finished(bed.origin, id)
  expect(run.result).toBe('SUCCESS')
  expect(log).toContain('\non one\n')
})

test('a machine that is out of service takes nothing new until it is back', async () => {
  startAgent(bed.origin, token, { home, name: 'rest', label: 'rest' })
  await agentIs(bed.origin, 'online', 'rest')
  await ask(bed.origin, '/agents/rest/pause', { method: 'PUT', body: { reason: 'new disk' } })
  const paused = await agentIs(bed.origin, 'offline', 'rest')
  expect(paused.pause).toMatchObject({ by: 'administrator', reason: 'new disk' })
  const Jenkinsfile = `node('rest') { echo 'here' }`
  const { id } = await runFor(bed.origin, await clone.push('main', { Jenkinsfile }))
  await until('the wait', async () => (await logOf(bed.origin, id)).includes('‘rest’ is offline\n'))
  await ask(bed.origin, '/agents/rest/pause', { method: 'DELETE' })
  expect((await finished(bed.origin, id)).run.result).toBe('SUCCESS')
})

test('what waits for an agent that is offline says so, and goes on when it is back', async () => {
  const place = { home, name: 'shy', label: 'shy' }
  const first = startAgent(bed.origin, token, place)
  await agentIs(bed.origin, 'online', 'shy')
  await first.kill()
  await agentIs(bed.origin, 'offline', 'shy')
  const commit = await clone.push('main', { Jenkinsfile: `node('shy') { sh 'echo here' }` })
  const { id } = await runFor(bed.origin, commit)
  await until('the wait', async () =>
    (await logOf(bed.origin, id)).includes('Still waiting to schedule task\n‘shy’ is offline\n'),
  )
  startAgent(bed.origin, token, place)
  expect((await finished(bed.origin, id)).run.result).toBe('SUCCESS')
})

test('only an administrator sees agents and makes their tokens', async () => {
  for (const [method, path] of [
    ['GET', '/agents'],
    ['DELETE', '/agents/far'],
    ['PUT', '/agents/far/pause'],
    ['DELETE', '/agents/far/pause'],
    ['GET', '/agent-tokens'],
    ['POST', '/agent-tokens'],
    ['DELETE', '/agent-tokens/x'],
  ] as const) {
    const send = (headers: Record<string, string>) =>
      fetch(`${bed.origin}/api${path}`, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        ...(method.startsWith('P') && { body: '{"name":"x","reason":""}' }),
      })
    expect([path, (await send({})).status]).toEqual([path, 401])
    expect([path, (await send(as('maintainer'))).status]).toEqual([path, 403])
  }
})
