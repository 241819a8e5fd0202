import { expect, test } from 'vitest'
import type { Job, MailMessage, Run } from '@madang/api'
import { bedOfFile, call, finished, logOf, runFile, runFor, until } from './bed.ts'

const { bed, clone } = await bedOfFile()

const run = (branch: string, jenkinsfile: string) =>
  runFile(clone, bed.origin, jenkinsfile, {}, branch)
const runsOf = async (branch: string) => {
  const path = `/runs?branch=${encodeURIComponent(branch)}`
  return (await call<{ items: Run[] }>(bed.origin, path)).items
}
const nth = (branch: string, number: number) =>
  until(`run ${number} of ${branch}`, async () =>
    (await runsOf(branch)).find((one) => one.number === number),
  )
const jobOf = async (branch: string) =>
  (await call<{ items: Job[] }>(bed.origin, '/jobs')).items.find((job) => job.branch === branch)

test('a pushed tag is a job of its own, and its run knows the tag', async () => {
  await run(
    'main',
    `pipeline {
  agent none
  stages {
    stage('Release') {
      when { tag 'v*' }
      steps { echo "release \${env.TAG_NAME} as \${env.BRANCH_NAME}" }
    }
    stage('Any') {
      when { buildingTag() }
      steps { echo "a tag of \${TAG_UNIXTIME}, \${TAG_TIMESTAMP}, \${TAG_DATE}" }
    }
  }
}`,
  )
  const { host } = new URL(bed.origin)
  await clone.git('tag', '-a', 'v1.2', '-m', 'the release')
  await clone.git('push', '-q', `http://maintainer:x@${host}/git/GB/app.git`, 'v1.2')
  const { log, run: found } = await finished(bed.origin, (await nth('v1.2', 1)).id)
  expect(found.commit).toBe(await clone.git('rev-parse', 'HEAD'))
  expect(log).toContain('Started by a push to tag v1.2')
  expect(log).toContain('release v1.2 as v1.2')
  expect(log).toMatch(/a tag of (\d{10}), \1(?:000), (\w{3} ){2}\d\d [\d:]{8} UTC \d{4}/)
  await clone.git('push', '-q', `http://maintainer:x@${host}/git/GB/app.git`, ':refs/tags/v1.2')
  await until('the rest', async () => (await jobOf('v1.2'))?.disabled === 'branchDeleted')
})

test('properties of a Scripted Pipeline are the job’s: parameters, cron, no two at once', async () => {
  const jenkinsfile = `properties([
  parameters([choice(name: 'WHERE', choices: ['dev', 'prod'])]),
  pipelineTriggers([cron('H 3 * * *')]),
  disableConcurrentBuilds(),
  buildDiscarder(logRotator(numToKeepStr: '3')),
])
node { echo "to \${params.WHERE}"; sh 'sleep 0.3' }`
  const first = await run('scripted', jenkinsfile)
  expect(first.log).toContain('to dev')
  expect(await jobOf('scripted')).toMatchObject({
    cron: ['H 3 * * *'],
    parameters: [{ name: 'WHERE', kind: 'choice', choices: ['dev', 'prod'] }],
  })
  const start = (WHERE: string) =>
    call<Run>(bed.origin, '/runs', { repo: 'app', branch: 'scripted', parameters: { WHERE } })
  const wrong = await start('moon')
  expect(wrong.error?.code).toBe('parameterChoice')
  const [two, three] = [await start('prod'), await start('prod')]
  const second = await finished(bed.origin, two.id)
  const third = await finished(bed.origin, three.id)
  expect(second.log).toContain('to prod')
  expect(Date.parse(third.run.startedAt!)).toBeGreaterThanOrEqual(
    Date.parse(second.run.finishedAt!),
  )
  bed.kernel.clock.advance(24 * 3_600_000)
  expect((await finished(bed.origin, (await nth('scripted', 4)).id)).log).toContain('by timer')
  await until('the discard', async () => (await runsOf('scripted')).length <= 4)
})

test('upstream: a job starts when the one before it has ended well enough', async () => {
  await run(
    'after',
    `pipeline {
  agent none
  triggers { upstream(upstreamProjects: 'before', threshold: hudson.model.Result.UNSTABLE) }
  stages { stage('After') {
    when { triggeredBy 'UpstreamCause' }
    steps { echo 'went after' } } }
}`,
  )
  await run('before', "error 'not good enough'")
  await run('before', "unstable 'good enough'")
  const { log } = await finished(bed.origin, (await nth('after', 2)).id)
  expect(log).toContain('Started by upstream project "app/before" build number 2')
  expect(log).toContain('went after')
})

test('build: another job with parameters, waited for; its result is this one’s', async () => {
  await run(
    'child',
    `properties([parameters([string(name: 'WHAT', defaultValue: 'ok')])])
if (params.WHAT == 'bad') unstable 'it is bad'
echo "child got \${params.WHAT}"`,
  )
  const good = await run(
    'parent',
    `def b = build job: 'child', parameters: [string(name: 'WHAT', value: 'good')]
echo "child: \${b.result} \${b.number} \${b.fullProjectName}"`,
  )
  expect(good.log).toContain(
    'Scheduling project: app » child\nStarting building: app » child #2\n' +
      'Build app » child #2 completed: SUCCESS\n',
  )
  expect(good.log).toContain('child: SUCCESS 2 app/child')
  const bad = await run(
    'parent',
    "build job: 'child', parameters: [string(name: 'WHAT', value: 'bad')]",
  )
  expect(bad.run.result).toBe('UNSTABLE')
  expect(bad.log).toContain(
    'app » child #3 completed with status UNSTABLE (propagate: false to ignore)',
  )
  await run(
    'picky',
    `properties([parameters([choice(name: 'FRUIT', choices: ['pear', 'fig']),
  booleanParam(name: 'WASHED', defaultValue: false)])])
echo "picky got \${params}"`,
  )
  const invalid = await run(
    'parent',
    `build job: 'picky', parameters: [string(name: 'WASHED', value: 'true'), string(name: 'NUTS', value: '1')]
build job: 'picky', parameters: [string(name: 'FRUIT', value: 'nut')]`,
  )
  expect(invalid.log).toContain(
    "The parameter 'WASHED' did not have the type expected by app » picky. " +
      'Converting to Boolean Parameter.\nStarting building: app » picky #2\n',
  )
  expect(invalid.log).toContain(
    "ERROR: Invalid parameter value: (StringParameterValue) FRUIT='nut'\nFinished: FAILURE",
  )
  const missing = await run('parent', "build 'nowhere'")
  expect(missing.log).toContain('ERROR: No item named nowhere found')
})

test('a replay runs an edited file, a restart begins with a stage', async () => {
  const file = (word: string) => `pipeline {
  agent any
  options { preserveStashes() }
  stages {
    stage('Build') { steps {
      writeFile file: 'made.txt', text: '${word}'
      stash name: 'made', includes: 'made.txt' } }
    stage('Use') { steps {
      dir('in') {
        unstash 'made'
        echo "made \${readFile 'made.txt'}" } } }
  }
}`
  const { run: first } = await run('replay', file('one'))
  const again = await call<Run>(bed.origin, `/runs/${first.id}/replay`, {
    jenkinsfile: file('two'),
  })
  const replayed = await finished(bed.origin, again.id)
  expect(replayed.log).toContain('Replayed #1')
  expect(replayed.log).toContain('made two')
  const shown = await call<{ stages: string[] }>(bed.origin, `/runs/${first.id}/jenkinsfile`)
  expect(shown.stages).toEqual(['Build', 'Use'])
  const restart = await call<Run>(bed.origin, `/runs/${again.id}/restart`, { stage: 'Use' })
  const { log, run: restarted } = await finished(bed.origin, restart.id)
  expect(restarted.result).toBe('SUCCESS')
  expect(log).toContain('Restarted from build #2, stage Use')
  expect(log).toContain('Stage "Build" skipped due to this build restarting at stage "Use"')
  expect(log).toContain('made two')
  const wrong = await call(bed.origin, `/runs/${first.id}/restart`, { stage: 'Nope' })
  expect(wrong.error?.code).toBe('stageNotRestartable')
})

test('mail goes to the mailbox, and a lock is had by one run at a time', async () => {
  await run('mail', "mail to: 'kim@example.com', subject: 'Hello', body: 'A body'")
  const { items } = await call<{ items: MailMessage[] }>(bed.origin, '/mail')
  expect(items[0]).toMatchObject({ to: ['kim@example.com'], subject: 'Hello', text: 'A body' })
  const holder = (text: string) =>
    `node { lock('db') { sh 'echo ${text}-has; sleep ${text === 'one' ? 6 : 0}' } }`
  const ids: string[] = []
  for (const name of ['one', 'two']) {
    const commit = await clone.push(`lock-${name}`, { Jenkinsfile: holder(name) })
    ids.push((await runFor(bed.origin, commit)).id)
    if (name === 'one') {
      await until('the lock', async () => (await logOf(bed.origin, ids[0]!)).includes('one-has'))
    }
  }
  const second = await finished(bed.origin, ids[1]!)
  const first = await finished(bed.origin, ids[0]!)
  expect(second.log).toContain('[Resource: db] is not free, waiting for execution ...')
  expect([first.run.result, second.run.result]).toEqual(['SUCCESS', 'SUCCESS'])
})
