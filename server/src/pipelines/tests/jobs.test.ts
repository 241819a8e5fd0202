import { expect, test } from 'vitest'
import type { Job, Run, RunDetail } from '@madang/api'
import { bedOfFile, call, finished, logOf, runFile, runFor, until } from './bed.ts'

const { bed, clone, again } = await bedOfFile()

const file = (options: string, steps: string) => `pipeline {
  agent any
  options { ${options} }
  stages { stage('Work') { steps { ${steps} } } }
}`
const push = async (branch: string, jenkinsfile: string) => {
  const commit = await clone.push(branch, { Jenkinsfile: jenkinsfile })
  return (await runFor(bed.origin, commit)).id
}
const jobOf = async (branch: string) => {
  const { items } = await call<{ items: Job[] }>(bed.origin, '/jobs')
  return items.find((job) => job.branch === branch)
}

test('each branch with a Jenkinsfile is a job; without the branch or the file it rests', async () => {
  await finished(bed.origin, await push('main', 'echo "default"'))
  await finished(bed.origin, await push('feature/one', 'echo "on ${env.JOB_NAME}"'))
  expect(await jobOf('feature/one')).toMatchObject({ repo: 'app', lastRun: { number: 1 } })
  const { host } = new URL(bed.origin)
  await clone.git('push', '-q', `http://maintainer:x@${host}/git/GB/app.git`, ':feature/one')
  await until('the rest', async () => (await jobOf('feature/one'))?.disabled === 'branchDeleted')
  const started = await call(bed.origin, '/runs', { repo: 'app', branch: 'feature/one' })
  expect(started).toMatchObject({ error: { code: 'jobNotFound' } })
})

test('disableConcurrentBuilds: the next waits, or ends the one before', async () => {
  const slow = "sh 'sleep 1; echo done'"
  const one = await push('wait', file('disableConcurrentBuilds()', slow))
  const two = await push('wait', `${file('disableConcurrentBuilds()', slow)}\n`)
  const second = await finished(bed.origin, two)
  const first = await finished(bed.origin, one)
  expect([first.run.result, second.run.result]).toEqual(['SUCCESS', 'SUCCESS'])
  expect(Date.parse(second.run.startedAt!)).toBeGreaterThanOrEqual(
    Date.parse(first.run.finishedAt!),
  )

  const long = "sh 'echo begun; sleep 60'"
  const options = 'disableConcurrentBuilds(abortPrevious: true)'
  const three = await push('abort', file(options, long))
  await until('the program', async () => (await logOf(bed.origin, three)).includes('\nbegun'))
  const four = await push('abort', file(options, 'echo "quick"'))
  expect((await finished(bed.origin, four)).run.result).toBe('SUCCESS')
  const ended = await finished(bed.origin, three)
  expect(ended.run.result).toBe('NOT_BUILT')
  expect(ended.log).toContain('Superseded by #2')
})

test('buildDiscarder keeps the last runs', async () => {
  const options = "buildDiscarder(logRotator(numToKeepStr: '2'))"
  for (let n = 1; n <= 4; n++) {
    await runFile(clone, bed.origin, `${file(options, "echo 'x'")}${'\n'.repeat(n)}`, {}, 'keep')
  }
  const numbers = async () => {
    const { items } = await call<{ items: Run[] }>(bed.origin, '/runs?branch=keep')
    return items.map((run) => run.number)
  }
  await until('the discard', async () => (await numbers()).length === 2)
  expect(await numbers()).toEqual([4, 3])
})

test('cron starts runs as time passes', async () => {
  const jenkinsfile = `pipeline {
  agent none
  triggers { cron('H H(1-5) * * *') }
  stages { stage('Nightly') {
    when { triggeredBy 'TimerTrigger' }
    steps { echo 'nightly ran' } } }
}`
  const first = await runFile(clone, bed.origin, jenkinsfile, {}, 'nightly')
  expect(first.log).not.toContain('nightly ran')
  bed.kernel.clock.advance(24 * 3_600_000)
  const second = await until('the timer', async () => {
    const { items } = await call<{ items: Run[] }>(bed.origin, '/runs?branch=nightly&number=2')
    return items[0]
  })
  const { log } = await finished(bed.origin, second.id)
  expect(log).toContain('Started by timer')
  expect(log).toContain('nightly ran')
})

test('a run of a branch in an open pull request knows it', async () => {
  await finished(bed.origin, await push('main', "echo 'main'"))
  await finished(bed.origin, await push('change', "echo 'before'"))
  const opened = await call<{ number: number }>(bed.origin, '/repos/app/pulls', {
    title: 'Better',
    source: 'change',
    target: 'main',
  })
  expect(opened.number).toBeGreaterThan(0)
  await bed.kernel.events.settled()
  const { log } = await finished(
    bed.origin,
    await push('change', 'echo "PR ${env.CHANGE_ID} to ${env.CHANGE_TARGET}: ${env.CHANGE_TITLE}"'),
  )
  expect(log).toContain(`PR ${opened.number} to main: Better`)
  const events = await bed.kernel.events.list({ project: 'GB', limit: 1000 })
  const edges = events.flatMap((event) => event.edges)
  const from = { kind: 'pullRequest', id: `GB/app#${opened.number}` }
  expect(edges.filter((edge) => edge.from.id === from.id && edge.to.kind === 'run').length).toBe(2)
})

const changesShown = `def shown(build) {
  build.changeSets.collectMany { set ->
    set.items.collect { "\${it.msg}: " + it.affectedFiles.collect { f -> "\${f.editType.name} \${f.path}" } }
  }
}
pipeline {
  agent none
  stages {
    stage('Recipes') {
      when { changeset 'recipes/**' }
      steps { echo 'recipes were changed' }
    }
    stage('Menu') {
      when { not { changeset 'menu/**' } }
      steps { script {
        echo "now \${shown(currentBuild)}"
        echo "before \${shown(currentBuild.previousBuild)}"
        for (set in currentBuild.changeSets) {
          def entries = set.items
          for (int i = 0; i < entries.length; i++) echo "by \${entries[i].author} \${entries[i].commitId.size()}"
        }
      } }
    }
  }
}`

test('conditions on changes look at all runs of a proposed branch', async () => {
  const pushed = async (files: Record<string, string>) =>
    finished(bed.origin, (await runFor(bed.origin, await clone.push('menu', files))).id)
  const first = await pushed({ Jenkinsfile: changesShown })
  expect(first.log).toContain(
    '[Pipeline] echo\nWarning, empty changelog. Probably because this is the first build.\n',
  )
  await call(bed.origin, '/repos/app/pulls', { title: 'Soup', source: 'menu', target: 'main' })
  await bed.kernel.events.settled()
  await pushed({ Jenkinsfile: changesShown, 'recipes/수프.txt': 'soup' })
  const { log } = await pushed({ Jenkinsfile: changesShown, 'other.txt': 'x' })
  expect(log).toContain(
    '[Pipeline] echo\nExamining changelog from all builds of this change request.\n',
  )
  expect(log).toContain('recipes were changed')
  expect(log).toContain('now [change: [add other.txt]]')
  expect(log).toContain('before [change: [add recipes/수프.txt]]')
  expect(log).toMatch(/\nby .+ 40\n/)
  expect(log).not.toContain('Warning, empty changelog')
})

test('the commit carries the verdict', async () => {
  const commit = await clone.push('main', { Jenkinsfile: "error 'no'" })
  await finished(bed.origin, (await runFor(bed.origin, commit)).id)
  const events = await bed.kernel.events.list({ project: 'GB', limit: 1000 })
  const kinds = events.filter((event) => event.subject.startsWith('run:')).map(({ type }) => type)
  expect(kinds).toEqual(expect.arrayContaining(['pipelines.runStarted', 'pipelines.runFinished']))
  const status = await call<{ items?: object[] }>(
    bed.origin,
    `/repos/app/commits/${commit}/statuses`,
  )
  expect(JSON.stringify(status)).toContain('failure')
})

test('a printer without end is cut, and a background process does not stay', async () => {
  const mark = `left-${process.pid}-${Date.now()}`
  const { run } = await runFile(
    clone,
    bed.origin,
    `node {
  sh 'yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 80000000'
  sh '''#!/bin/bash
  (exec -a ${mark} sleep 300) > /dev/null 2>&1 &
  '''
  echo 'after'
}`,
    {},
    'loud',
  )
  expect(run.result).toBe('SUCCESS')
  const whole = await call<{ nextOffset: number }>(
    bed.origin,
    `/runs/${run.id}/log?offset=66000000&limitBytes=4000000`,
  )
  expect(whole.nextOffset).toBeLessThan(68_000_000)
  const first = await call<{ text: string }>(bed.origin, `/runs/${run.id}/log`)
  expect(first.text.length).toBeLessThan(1_000_001)
  const { execFileSync } = await import('node:child_process')
  await until('the end of it', async () => {
    return !execFileSync('ps', ['-eo', 'args']).toString().includes(mark)
  })
})

test('a stop of the server in the middle: the run goes on after the next start', async () => {
  const id = await push(
    'stop',
    "node { dir('d') { sh 'echo one; sleep 2; echo two' } ; echo 'end' }",
  )
  await until('the program', async () => (await logOf(bed.origin, id)).includes('\none'))
  await again()
  const { run, log } = await finished(bed.origin, id)
  expect([run.result, log]).toEqual(['SUCCESS', expect.any(String)])
  const lines = log
    .split('\n')
    .filter((line) => /^(one|two|end|\[Pipeline\] (\/\/ dir|dir))$/.test(line))
  expect(lines).toEqual(['[Pipeline] dir', 'one', 'two', '[Pipeline] // dir', 'end'])
  const detail = await call<RunDetail>(bed.origin, `/runs/${id}`)
  expect(detail.state).toBe('finished')
})
