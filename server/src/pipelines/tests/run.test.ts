import { expect, test } from 'vitest'
import type { RunDetail, TestResult } from '@madang/api'
import { as, bedOfFile, call, finished, logOf, runFile, runFor, until } from './bed.ts'

const { bed, clone } = await bedOfFile()

const run = (jenkinsfile: string, files: Record<string, string> = {}, branch = 'main') =>
  runFile(clone, bed.origin, jenkinsfile, files, branch)
const scripted = (body: string) => run(`node {\n${body}\n}`)
const count = (text: string, part: string) => text.split(part).length - 1

test('a push runs the Jenkinsfile, and the log reads as in Jenkins', async () => {
  const { run: found, log } = await run(`pipeline {
  agent any
  environment { GREETING = "hello \${BRANCH_NAME}" }
  stages {
    stage('Build') { steps { sh 'echo "$GREETING from $(basename $PWD)"' } }
    stage('Skip') {
      when { branch 'release/*' }
      steps { echo 'never' }
    }
  }
  post { always { echo "over: \${currentBuild.currentResult}" } }
}`)
  expect(found).toMatchObject({ result: 'SUCCESS', branch: 'main', repo: 'app' })
  const lines = log.split('\n')
  expect(lines.slice(0, 4)).toEqual([
    'Started by a push to main',
    `Obtained Jenkinsfile from ${found.commit}`,
    '[Pipeline] Start of Pipeline',
    '[Pipeline] node',
  ])
  expect(lines).toEqual(
    expect.arrayContaining([
      '[Pipeline] { (Declarative: Checkout SCM)',
      '+ echo hello main from app_main',
      'hello main from app_main',
      'Stage "Skip" skipped due to when conditional',
      '[Pipeline] { (Declarative: Post Actions)',
      'over: SUCCESS',
    ]),
  )
  expect(lines.slice(-4)).toEqual([
    '[Pipeline] // node',
    '[Pipeline] End of Pipeline',
    'Finished: SUCCESS',
    '',
  ])
  expect(found.stages.map(({ name, result }) => [name, result])).toEqual([
    ['Declarative: Checkout SCM', 'SUCCESS'],
    ['Build', 'SUCCESS'],
    ['Skip', 'SKIPPED'],
    ['Declarative: Post Actions', 'SUCCESS'],
  ])
  const build = found.stages.find((stage) => stage.name === 'Build')!
  const part = await logOf(bed.origin, found.id, build.id)
  expect(part).toContain('hello main')
  expect(part).not.toContain('over:')
})

test('a failing step: later stages are skipped, post runs in the order of Jenkins', async () => {
  const { run: found, log } = await run(`pipeline {
  agent any
  stages {
    stage('One') {
      steps { sh 'exit 3' }
      post { failure { echo 'stage failure' } }
    }
    stage('Two') { steps { echo 'never' } }
  }
  post {
    cleanup { echo 'p cleanup' }
    failure { echo 'p failure' }
    unsuccessful { echo 'p unsuccessful' }
    success { echo 'p success' }
    regression { echo 'p regression' }
    changed { echo 'p changed' }
    always { echo 'p always' }
  }
}`)
  expect(found.result).toBe('FAILURE')
  expect(log).toContain('Stage "Two" skipped due to earlier failure(s)')
  expect(log).toContain('stage failure')
  expect(log.match(/^p \w+/gm)).toEqual([
    'p always',
    'p changed',
    'p regression',
    'p unsuccessful',
    'p failure',
    'p cleanup',
  ])
  expect(log).toContain('ERROR: script returned exit code 3\nFinished: FAILURE')
  const fixed = await run(`pipeline {
  agent none
  stages { stage('One') { steps { echo 'fine' } } }
  post {
    fixed { echo 'p fixed' }
    regression { echo 'p regression' }
  }
}`)
  expect(fixed.log).toContain('p fixed')
  expect(fixed.log).not.toContain('p regression')
})

test('conditions of when', async () => {
  const stages = Object.entries({
    branch: "branch 'main'",
    glob: "branch pattern: 'm*n', comparator: 'GLOB'",
    regexp: "branch pattern: 'rel.*', comparator: 'REGEXP'",
    expression: "expression { return env.FLAG == 'yes' }",
    environment: "environment name: 'FLAG', value: 'no'",
    not: "not { branch 'dev' }",
    allOf: "allOf {\n branch 'main'\n environment name: 'FLAG', value: 'yes'\n }",
    anyOf: "anyOf {\n branch 'dev'\n branch 'other'\n }",
    equals: 'equals expected: 2, actual: 1 + 1',
    changeRequest: 'changeRequest()',
    changeset: "changeset 'src/**'",
    tag: "tag 'v*'",
    triggeredBy: "triggeredBy 'SCMTrigger'",
  }).map(
    ([name, condition]) =>
      `stage('${name}') {\n when { ${condition} }\n steps { echo 'ran ${name}' }\n}`,
  )
  // A first run has no changes to look at.
  await run("echo 'the run before'")
  const { log } = await run(
    `pipeline {\n agent none\n environment { FLAG = 'yes' }\n stages {\n${stages.join('\n')}\n}\n}`,
    { 'src/a.txt': String(Math.random()) },
  )
  expect(log.match(/^ran \w+/gm)).toEqual(
    ['branch', 'glob', 'expression', 'not', 'allOf', 'equals', 'changeset', 'triggeredBy'].map(
      (name) => `ran ${name}`,
    ),
  )
})

test('parallel: branches have prefixes, an error waits for the others, failFast does not', async () => {
  const slow = await scripted(`
    parallel a: { sh 'sleep 0.5; echo from-a' }, b: { error 'b is broken' }`)
  expect(slow.run.result).toBe('FAILURE')
  expect(slow.log).toContain('\nfrom-a\n')
  expect(slow.log).toContain('Failed in branch b')
  expect(slow.log).toContain('ERROR: b is broken')
  const fast = await scripted(`
    parallel a: { sh 'sleep 30; echo never-a' }, b: { sleep 1; error 'b is broken' }, failFast: true`)
  expect(fast.run.result).toBe('FAILURE')
  expect(fast.log).not.toContain('\nnever-a')
  expect(fast.run.stages.map(({ name, result }) => [name, result])).toEqual([
    ['a', 'ABORTED'],
    ['b', 'FAILURE'],
  ])
})

test('timeout kills the program with its children', async () => {
  const mark = `madang-${process.pid}-${Date.now()}`
  const { run: found, log } = await scripted(
    `timeout(time: 1, unit: 'SECONDS') { sh '(exec -a ${mark} sleep 60) & sh -c "sleep 61; echo ${mark}"' }`
      .replace(/sh '/, "sh '''#!/bin/bash\n")
      .replace(/' }$/, "''' }"),
  )
  expect(found.result).toBe('ABORTED')
  expect(log).toContain('Timeout set to expire in 1 sec')
  expect(log).toContain('Cancelling nested steps due to timeout')
  expect(log).toContain('Timeout has been exceeded')
  const { execFileSync } = await import('node:child_process')
  const left = execFileSync('ps', ['-eo', 'args']).toString()
  expect(left).not.toContain(mark)
})

test('abort ends the program, and post says so', async () => {
  const commit = await clone.push('main', {
    Jenkinsfile: `pipeline {
  agent any
  stages { stage('Long') { steps { sh 'echo begun; sleep 60' } } }
  post { aborted { echo 'was aborted' } }
}`,
  })
  const { id } = await runFor(bed.origin, commit)
  await until('the program', async () => (await logOf(bed.origin, id)).includes('\nbegun'))
  expect(await call(bed.origin, `/runs/${id}/abort`, {}, 'viewer')).toMatchObject({
    error: { code: 'forbidden' },
  })
  await call(bed.origin, `/runs/${id}/abort`, {})
  const { run: found, log } = await finished(bed.origin, id)
  expect(found.result).toBe('ABORTED')
  expect(log).toContain('Aborted by maintainer')
  expect(log).toContain('was aborted')
  expect(await call(bed.origin, `/runs/${id}/abort`, {})).toMatchObject({
    error: { code: 'runFinished' },
  })
})

test('secrets: bound, never shown, never given out', async () => {
  const put = (body: object) => call(bed.origin, '/credentials', body)
  await put({ kind: 'secretText', id: 'token', secret: `s3cr'et$value` })
  await put({ kind: 'usernamePassword', id: 'login', username: 'kim', password: 'pass-w0rd' })
  const contentBase64 = Buffer.from('line-one-secret\nline-two-secret\n').toString('base64')
  await put({ kind: 'file', id: 'config', fileName: 'c.txt', contentBase64 })
  const listed = await call<object>(bed.origin, '/credentials')
  expect(JSON.stringify(listed)).not.toMatch(/pass-w0rd|s3cr|bGluZS1/)
  expect(await call(bed.origin, '/credentials', undefined, 'developer')).toMatchObject({
    error: { code: 'forbidden' },
  })
  const { run: found, log } = await run(`pipeline {
  agent any
  environment {
    TOKEN = credentials('token')
    LOGIN = credentials('login')
  }
  stages {
    stage('Use') {
      steps {
        sh 'echo "$TOKEN"; echo "$LOGIN_PSW" | base64; echo "user=$LOGIN_USR"; printf "%s" "$LOGIN_PSW" | base64'
        sh 'printf pass-; sleep 0.2; printf "w0rd\\\\n"; test "$LOGIN" = kim:pass-w0rd && echo equal'
        echo "in text: \${LOGIN_PSW}"
        withCredentials([file(credentialsId: 'config', variable: 'CONFIG')]) {
          sh 'cat "$CONFIG"; test -f "$CONFIG" && echo there'
          sh 'echo "$MADANG_TOKEN $AWS_SECRET_ACCESS_KEY"'
        }
      }
    }
  }
}`)
  expect(found.result).toBe('SUCCESS')
  expect(log).not.toMatch(/s3cr'et|pass-w0rd|secret-of|-secret|cGFzcy13MHJk/)
  expect(log).toContain('user=kim')
  expect(log).toContain('equal')
  expect(log).toContain('in text: ****')
  expect(log).toContain('there')
  expect(log).toContain('Masking supported pattern matches of $CONFIG')
})

test('junit: failed tests make the run unstable, with their stack traces', async () => {
  const report = `<?xml version="1.0"?><testsuites><testsuite name="Cart" tests="3">
<testcase classname="cart.Add" name="adds 한글" time="0.25"/>
<testcase classname="cart.Add" name="refuses" time="1.5"><failure message="expected 1">at cart.js:3
at run.js:9</failure></testcase>
<testcase classname="cart.Old" name="later"><skipped message="not yet"/></testcase>
</testsuite></testsuites>`
  const { run: found, log } = await run(
    `pipeline {
  agent any
  options { skipStagesAfterUnstable() }
  stages {
    stage('Test') { steps { junit 'reports/**/*.xml' } }
    stage('Deploy') { steps { echo 'never' } }
  }
}`,
    { 'reports/unit/a.xml': report },
  )
  expect(found).toMatchObject({
    result: 'UNSTABLE',
    tests: { passed: 1, failed: 1, skipped: 1 },
  })
  expect(log).toContain('skipped due to earlier stage(s) marking the build as unstable')
  const { items } = await call<{ items: TestResult[] }>(bed.origin, `/runs/${found.id}/tests`)
  expect(items).toMatchObject([
    {
      name: 'refuses',
      status: 'failed',
      message: 'expected 1',
      stackTrace: 'at cart.js:3\nat run.js:9',
      durationMs: 1500,
    },
    { name: 'adds 한글', status: 'passed', className: 'cart.Add' },
    { name: 'later', status: 'skipped', message: 'not yet' },
  ])
  const broken = await run("node { checkout scm\n junit 'b.xml' }", { 'b.xml': '<testsuite><oops' })
  expect(broken.run).toMatchObject({ result: 'UNSTABLE', tests: { failed: 1 } })
  const unread = await call<{ items: TestResult[] }>(bed.origin, `/runs/${broken.run.id}/tests`)
  expect(unread.items).toMatchObject([{ className: 'b.xml', name: '[failed-to-read]' }])
})

test('files, stash, archive: and no way out of the workspace', async () => {
  const { run: found, log } = await scripted(`
    writeFile file: 'out/a.txt', text: 'alpha'
    writeFile file: 'out/b.log', text: 'beta'
    stash name: 'files', includes: 'out/**', excludes: '**/*.log'
    archiveArtifacts artifacts: 'out/*.txt'
    dir('elsewhere') {
      unstash 'files'
      echo "read \${readFile('out/a.txt')} \${fileExists('out/b.log')} \${pwd().endsWith('elsewhere')}"
    }
    def data = readJSON text: '{"n": 1, "list": [true, 2.5]}'
    echo "json \${data.n + 1} \${data.list[1]}"
    deleteDir()
    echo "gone \${fileExists('out/a.txt')}"`)
  expect(found.result).toBe('SUCCESS')
  expect(log).toContain('read alpha false true')
  expect(log).toContain('json 2 2.5')
  expect(log).toContain('gone false')
  const version = `main-${found.number}`
  const reply = await fetch(`${bed.origin}/artifacts/GB/app/${version}/out/a.txt`, {
    headers: as('viewer'),
  })
  expect(await reply.text()).toBe('alpha')
  for (const step of [
    "dir('../..') { sh 'ls' }",
    "readFile '/etc/passwd'",
    "sh 'ln -sfn /etc link'\nreadFile 'link/passwd'",
    "sh 'ln -sfn /etc link'\ndir('link') { writeFile file: 'x', text: 'y' }",
  ]) {
    const refused = await scripted(step)
    expect([step, refused.run.result]).toEqual([step, 'FAILURE'])
    expect(refused.log).toContain('is outside the workspace')
  }
})

test('scripted: stages, returnStatus, returnStdout, try and catch, retry, catchError', async () => {
  const { run: found, log } = await scripted(`
    def tries = 0
    stage('A') { echo "status \${sh(script: 'exit 4', returnStatus: true)}" }
    stage('B') {
      retry(3) { tries++; if (tries < 3) { error "try \${tries}" } }
      echo "tries \${tries}"
    }
    try { sh 'exit 7' } catch (e) { echo "caught \${e.message}" } finally { echo 'finally' }
    catchError(buildResult: 'UNSTABLE', stageResult: 'FAILURE') { error 'soft' }
    echo "out [\${sh(script: 'printf hi', returnStdout: true)}] \${currentBuild.currentResult}"
    withEnv(['PATH+X=/opt/x', 'NAME=v']) { sh 'echo "$NAME $PATH"' }
    ['x', 'y'].each { name -> sh "echo item-\${name}" }`)
  expect(found.result).toBe('UNSTABLE')
  for (const text of [
    'status 4',
    'tries 3',
    'caught script returned exit code 7',
    'finally',
    'ERROR: soft',
    'out [hi] UNSTABLE',
    'v /opt/x:',
    '\nitem-x\n',
    '\nitem-y\n',
  ]) {
    expect(log).toContain(text)
  }
})

test('what cannot be: a bad Jenkinsfile, an unknown step, a missing node', async () => {
  const bad = await run("pipeline {\n  stages {\n    stage('A') { steps { echo 'x' } }\n  }\n}")
  expect(bad.run.result).toBe('FAILURE')
  expect(bad.log).toContain(
    'WorkflowScript: 1: Missing required section "agent" @ line 1, column 1.',
  )
  const unknown = await scripted("nobodyHasThis 'dir'")
  expect(unknown.log).toContain(
    "java.lang.NoSuchMethodError: No such DSL method 'nobodyHasThis' found",
  )
  const windows = await scripted("bat 'dir'")
  expect(windows.log).toContain('java.io.IOException: Batch scripts can only be run on Windows')
  const bare = await run("sh 'true'")
  expect(bare.log).toContain('Perhaps you forgot to surround the sh step')
  const check = await call<{ isValid: boolean; findings: object[] }>(
    bed.origin,
    '/jenkinsfile/validate',
    { jenkinsfile: 'pipeline { agent any }' },
  )
  expect(check.isValid).toBe(false)
  expect(check.findings.length).toBeGreaterThan(0)
})

test('parameters: started by hand, checked, and again with the same', async () => {
  await run(`pipeline {
  agent none
  parameters {
    string(name: 'WHO', defaultValue: 'world', description: 'whom')
    choice(name: 'SIZE', choices: ['small', 'big'])
    booleanParam(name: 'LOUD', defaultValue: true)
    password(name: 'PIN', defaultValue: 'zero-pin')
  }
  stages { stage('Say') { steps { echo "hi \${params.WHO} \${SIZE} \${params.LOUD} \${params.PIN}" } } }
}`)
  const start = (parameters: object) =>
    call<RunDetail>(bed.origin, '/runs', { repo: 'app', branch: 'main', parameters })
  expect(await start({ NOPE: '1' })).toMatchObject({ error: { code: 'parameterUnknown' } })
  expect(await start({ SIZE: 'huge' })).toMatchObject({ error: { code: 'parameterChoice' } })
  const given = await start({ WHO: 'kim', SIZE: 'big', LOUD: false, PIN: 'nine-nine' })
  const one = await finished(bed.origin, given.id)
  expect(one.log).toContain('Started by user maintainer')
  expect(one.log).toContain('hi kim big false ****')
  expect(one.run.parameters).toEqual({ WHO: 'kim', SIZE: 'big', LOUD: false })
  const again = await call<RunDetail>(bed.origin, `/runs/${given.id}/again`, {})
  const two = await finished(bed.origin, again.id)
  expect(two.log).toContain('hi kim big false ****')
  expect(two.run.number).toBe(one.run.number + 1)
})

test('input: who may answer, and abort by answer', async () => {
  const commit = await clone.push('main', {
    Jenkinsfile: `pipeline {
  agent none
  stages {
    stage('Ask') {
      input {
        message 'Ship it?'
        ok 'Ship'
        submitter 'developer'
        parameters { string(name: 'TARGET', defaultValue: 'test') }
      }
      steps { echo "to \${TARGET}" }
    }
    stage('Announce') {
      input {
        message 'Tell all?'
        submitter 'developer'
      }
      steps { echo 'never' }
    }
  }
}`,
  })
  const { id } = await runFor(bed.origin, commit)
  const asked = (message: string) =>
    until('the question', async () => {
      const found = await call<RunDetail>(bed.origin, `/runs/${id}`)
      return found.state === 'paused' && found.inputs.find((each) => each.message === message)
    })
  const question = await asked('Ship it?')
  expect(question).toMatchObject({ message: 'Ship it?', ok: 'Ship', submitter: 'developer' })
  const pathOf = (input: { id: string }) => `/runs/${id}/inputs/${encodeURIComponent(input.id)}`
  const path = pathOf(question)
  expect(await call(bed.origin, path, { proceed: true })).toMatchObject({
    error: { code: 'inputForbidden' },
  })
  await call(bed.origin, path, { proceed: true, parameters: { TARGET: 'live' } }, 'developer')
  await call(bed.origin, pathOf(await asked('Tell all?')), { proceed: false })
  const { log, run: found } = await finished(bed.origin, id)
  expect(found.result).toBe('ABORTED')
  expect(log).toContain('to live')
  expect(log).toContain('\nRejected by maintainer\nFinished: ABORTED')
  expect(log).not.toContain('never')
})

test('the log can be followed while it grows', async () => {
  const commit = await clone.push('main', {
    Jenkinsfile: "node { sh 'for i in 1 2 3; do echo line-$i; sleep 0.2; done' }",
  })
  const { id } = await runFor(bed.origin, commit)
  const reply = await fetch(`${bed.origin}/runs/GB/${id}/log`, { headers: as('viewer') })
  const followed = await reply.text()
  expect(followed).toContain('line-3')
  expect(followed.endsWith('Finished: SUCCESS\n')).toBe(true)
  expect(followed).toBe(await logOf(bed.origin, id))
  expect(count(followed, '\nline-2\n')).toBe(1)
})

test('a run pushes with its own token, without any set-up', async () => {
  const { run: found, log } = await scripted(`
    checkout scm
    sh 'git -c user.name=ci -c user.email=ci@x tag -f v\${BUILD_NUMBER} && git push -f origin v\${BUILD_NUMBER}'
    sh 'printf zip > a.zip; curl -sf -H "Authorization: Bearer $MADANG_TOKEN" -T a.zip "$MADANG_URL/artifacts/GB/tool/$BUILD_NUMBER/a.zip"'`)
  expect([found.result, log]).toEqual(['SUCCESS', expect.any(String)])
  const list = await call<{ items: { name: string }[] }>(bed.origin, `/artifacts?runId=${found.id}`)
  expect(list.items).toMatchObject([{ name: 'tool' }])
})

test('matrix, retry and timestamps as options', async () => {
  const { run: found, log } = await run(`pipeline {
  agent any
  options { timestamps() }
  stages {
    stage('Cells') {
      matrix {
        axes {
          axis { name 'OS'
            values 'linux', 'mac' }
          axis { name 'DB'
            values 'pg', 'lite' }
        }
        excludes { exclude {
          axis { name 'OS'
            values 'mac' }
          axis { name 'DB'
            values 'pg' }
        } }
        stages { stage('Run') { steps { echo "cell \${OS}-\${DB}" } } }
      }
    }
  }
}`)
  expect([found.result, log]).toEqual(['SUCCESS', expect.any(String)])
  const cells = [...log.matchAll(/cell (\w+-\w+)/g)].map((match) => match[1])
  expect(cells.sort()).toEqual(['linux-lite', 'linux-pg', 'mac-lite'])
  expect(log).toMatch(/^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] cell linux-pg$/m)
})
