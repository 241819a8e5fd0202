import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Job, Run, RunDetail, TestResult } from '@madang/api'
import type { Config } from '../../kernel/index.ts'
import { Client } from '../../testing/client.ts'
import { testDatabases } from '../../testing/databases.ts'
import { probeGuards } from '../../testing/guards.ts'
import {
  as,
  type Bed,
  call,
  Clone,
  discard,
  finished,
  runFile,
  runFor,
  startBed,
  temporary,
  until,
} from './bed.ts'

const jenkinsfile = `pipeline {
  agent any
  parameters {
    string(name: 'WHO', defaultValue: 'x')
    password(name: 'PIN', defaultValue: 'hidden-pin')
  }
  triggers { cron('H 3 * * *') }
  stages {
    stage('Test') {
      steps {
        junit 'report.xml'
        archiveArtifacts 'report.xml'
      }
    }
    stage('Ask') {
      input { message 'Go on?' }
      steps { sh 'echo "$WHO $PIN"' }
    }
    stage('Ask again') {
      steps {
        input message: 'To staging?', id: 'ship'
        input message: 'To production?', id: 'ship'
      }
    }
  }
}`
const report =
  '<testsuite name="s"><testcase classname="c" name="t"/><testcase classname="c" name="u"/></testsuite>'

describe.each(testDatabases())('over $name', (database) => {
  const home = temporary()
  let config: Partial<Config>
  let bed: Bed
  let clone: Clone

  beforeAll(async () => {
    config = await database.config()
    bed = await startBed(home, { config })
    clone = new Clone(bed.origin)
  })
  afterAll(async () => {
    await bed.stop()
    discard(home)
    discard(clone.folder)
  })

  test('a run with tests, an artifact, a question and a restart in between', async () => {
    const files = { Jenkinsfile: jenkinsfile, 'report.xml': report }
    const commit = await clone.push('main', files)
    const { id } = await runFor(bed.origin, commit)
    const asked = (message: string) =>
      until(message, async () => {
        const found = await call<RunDetail>(bed.origin, `/runs/${id}`)
        return found.state === 'paused' && found.inputs.find((each) => each.message === message)
      })
    await asked('Go on?')
    await bed.stop()
    bed = await startBed(home, { config })
    for (const message of ['Go on?', 'To staging?', 'To production?']) {
      const question = await asked(message)
      const path = `/runs/${id}/inputs/${encodeURIComponent(question.id)}`
      await call(bed.origin, path, { proceed: true })
    }
    const { run, log } = await finished(bed.origin, id)
    expect(run).toMatchObject({
      result: 'SUCCESS',
      tests: { passed: 2, failed: 0, skipped: 0 },
      parameters: { WHO: 'x' },
    })
    expect(log).toContain('\nx hidden-pin\n')
    const tests = await call<{ items: TestResult[]; nextCursor?: string }>(
      bed.origin,
      `/runs/${id}/tests?limit=1`,
    )
    expect(tests).toMatchObject({ items: [{ name: 't' }], nextCursor: '1' })
  })

  test('lists page', async () => {
    const own = new Clone(bed.origin)
    for (const n of [1, 2, 3]) await runFile(own, bed.origin, `echo '${n}'`, {}, 'lists')
    const first = await call<{ items: Run[]; nextCursor: string }>(
      bed.origin,
      '/runs?branch=lists&limit=2',
    )
    expect(first.items.map((run) => run.number)).toEqual([3, 2])
    const rest = await call<{ items: Run[]; nextCursor?: string }>(
      bed.origin,
      `/runs?branch=lists&limit=2&cursor=${first.nextCursor}`,
    )
    expect(rest.items.map((run) => run.number)).toEqual([1])
    const jobs = await call<{ items: Job[] }>(bed.origin, '/jobs')
    expect(jobs.items.map((job) => [job.branch, job.lastRun?.number])).toEqual([
      ['main', 1],
      ['lists', 3],
    ])
    expect(jobs.items[0]).toMatchObject({ cron: ['H 3 * * *'], parameters: [{}, {}] })
    discard(own.folder)
  })
})

test('every endpoint asks who it is and what they may', async () => {
  const home = temporary()
  const bed = await startBed(home)
  const findings = await probeGuards(bed.kernel, {
    nobody: new Client(bed.origin),
    outsider: new Client(bed.origin, as('outsider')),
    project: 'GB',
    only: (path) => /\/(jobs|runs|credentials|jenkinsfile|artifacts)(\/|$)/.test(path),
  })
  expect(findings.length).toBeGreaterThan(14)
  for (const { endpoint, nobody, outsider } of findings) {
    expect([endpoint, nobody, outsider]).toEqual([endpoint, 401, 403])
  }
  const follow = (headers: Record<string, string>) =>
    fetch(`${bed.origin}/runs/GB/run_x/log`, { headers }).then((reply) => reply.status)
  expect([await follow({}), await follow(as('outsider')), await follow(as('viewer'))]).toEqual([
    401, 403, 404,
  ])
  await bed.stop()
  discard(home)
})
