import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasDocker, makeImage, removeImages } from '../../testing/docker.ts'
import { type Bed, call, Clone, discard, finished, logOf, runFile, runFor } from './bed.ts'
import { startBed, temporary, until } from './bed.ts'

const IMAGE = 'madang-test/busybox:1'

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim()
const containersOf = (id: string) => docker('ps', '-aq', '--filter', `label=madang.run=${id}`)

describe.skipIf(!hasDocker)('with a Docker Engine', () => {
  let bed: Bed
  let clone: Clone
  const home = temporary()

  beforeAll(async () => {
    makeImage(IMAGE, 'sh cat echo sleep kill touch ls true'.split(' '))
    bed = await startBed(home)
    clone = new Clone(bed.origin)
  })
  afterAll(async () => {
    await bed.stop()
    discard(home)
    discard(clone.folder)
    removeImages()
  })
  const run = (jenkinsfile: string, files: Record<string, string> = {}) =>
    runFile(clone, bed.origin, jenkinsfile, files, 'main')
  const linesIn = (log: string) => log.split('\n')

  test('agent docker: steps run in a container with the workspace, the variables and the masks', async () => {
    await call(bed.origin, '/repos/app/pipeline-ssh/key', {})
    const { run: found, log } = await run(`pipeline {
  agent { docker { image '${IMAGE}'; args '-e FROM_ARGS=yes' } }
  environment { GREETING = 'hello there' }
  stages {
    stage('In') {
      steps {
        sh 'test ! -e /usr && echo "$GREETING $FROM_ARGS"; echo made > made.txt; echo "token $MADANG_TOKEN"'
        echo "read: \${readFile('made.txt').trim()}"
        script {
          echo "out: \${sh(script: 'echo quiet', returnStdout: true).trim()}"
          echo "status: \${sh(script: 'exit 3', returnStatus: true)}"
        }
        dir('deeper') { sh 'pwd' }
        sh 'eval "test -r \${GIT_SSH_COMMAND##* }" && echo "key at hand"'
      }
    }
  }
}`)
    expect(linesIn(log)).toEqual(
      expect.arrayContaining([
        `+ docker inspect -f . ${IMAGE}`,
        '[Pipeline] withDockerContainer',
        'Jenkins does not seem to be running inside a container',
        '[Pipeline] // withDockerContainer',
        'hello there yes',
        'token ****',
        'read: made',
        'out: quiet',
        'status: 3',
        'key at hand',
        expect.stringMatching(/^\/.*\/deeper$/),
        expect.stringMatching(
          /^\$ docker run -t -d -u \d+:\d+ -e FROM_ARGS=yes -w \/\S+ -v .* cat$/,
        ),
        expect.stringMatching(/^\$ docker stop --time=1 [0-9a-f]{64}$/),
        expect.stringMatching(/^\$ docker rm -f --volumes [0-9a-f]{64}$/),
      ]),
    )
    expect(found.result).toBe('SUCCESS')
    expect(containersOf(found.id)).toBe('')
  })

  test('a script builds an image, runs in it, and runs one beside', async () => {
    const { run: found, log } = await run(
      `node {
  checkout scm
  def image = docker.build("madang-test/made:\${env.BUILD_NUMBER}", '--label madang.test=1 .')
  echo "id \${image.id} name \${image.imageName()}"
  image.inside { sh 'cat /greeting' }
  docker.image('${IMAGE}').withRun('--label madang.test=1', 'sleep 100') { c ->
    sh "docker inspect -f '{{.State.Running}}' \${c.id}"
  }
  sh "docker rmi -f \${image.id}"
}`,
      { Dockerfile: `FROM ${IMAGE}\nCOPY greeting /greeting\n`, greeting: 'baked in\n' },
    )
    expect(linesIn(log)).toEqual(expect.arrayContaining(['baked in', 'true']))
    expect(log).toMatch(/^id madang-test\/made:\d+ name madang-test\/made:\d+$/m)
    expect(found.result).toBe('SUCCESS')
    expect(docker('ps', '-aq', '--filter', 'label=madang.test=1')).toBe('')
  })

  test('agent dockerfile builds first, in a stage of its own', async () => {
    const { run: found, log } = await run(
      `pipeline {
  agent { dockerfile { dir 'docker'; additionalBuildArgs '--build-arg WHO=you' } }
  stages { stage('In') { steps { sh 'cat /who' } } }
}`,
      { 'docker/Dockerfile': `FROM ${IMAGE}\nARG WHO\nRUN echo "for $WHO" > /who\n` },
    )
    expect(found.result).toBe('SUCCESS')
    expect(found.stages.map(({ name }) => name)).toEqual([
      'Declarative: Checkout SCM',
      'Declarative: Agent Setup',
      'In',
    ])
    expect(linesIn(log)).toContain('for you')
    const [, image = ''] = /docker build -t ([0-9a-f]{40}) /.exec(log) ?? []
    docker('rmi', '-f', image)
  })

  test('newContainerPerStage: each stage finds a fresh container, and the same workspace', async () => {
    const { run: found, log } = await run(`pipeline {
  agent { docker '${IMAGE}' }
  options { newContainerPerStage() }
  stages {
    stage('One') { steps { sh 'touch /tmp/mine here.txt' } }
    stage('Two') { steps { sh 'test ! -e /tmp/mine && test -e here.txt && echo fresh' } }
  }
}`)
    expect(found.result).toBe('SUCCESS')
    expect(linesIn(log)).toContain('fresh')
    expect(log.match(/^\$ docker run /gm)).toHaveLength(2)
  })

  const shown = (text: string) => async (id: string) => (await logOf(bed.origin, id)).includes(text)
  test.each([
    ['is about to start', shown('$ docker run ')],
    ['is there', async (id: string) => containersOf(id) !== ''],
    ['is looked at', shown('$ docker top ')],
  ])('an abort when the container %s leaves none behind', async (_when, isSo) => {
    const Jenkinsfile = `pipeline { agent { docker '${IMAGE}' }
  stages { stage('Long') { steps { sh 'sleep 300' } } } }`
    const { id } = await runFor(bed.origin, await clone.push('main', { Jenkinsfile }))
    await until('the moment', () => isSo(id))
    await call(bed.origin, `/runs/${id}/abort`, {})
    expect((await finished(bed.origin, id)).run.result).toBe('ABORTED')
    expect(containersOf(id)).toBe('')
  })

  test('abort ends the program in the container, and the container', async () => {
    const commit = await clone.push('main', {
      Jenkinsfile: `pipeline { agent { docker '${IMAGE}' }
  stages { stage('Long') { steps { sh 'echo under way; sleep 600' } } } }`,
    })
    const { id } = await runFor(bed.origin, commit)
    await until('the program', async () => /^under way$/m.test(await logOf(bed.origin, id)))
    await call(bed.origin, `/runs/${id}/abort`, {})
    const { run: found, log } = await finished(bed.origin, id)
    expect(found.result).toBe('ABORTED')
    expect(log).toContain('Sending interrupt signal to process')
    expect(containersOf(id)).toBe('')
  })

  test('an image that cannot be had fails the run with what docker says', async () => {
    const { run: found, log } = await run(`node {
  docker.image('127.0.0.1:9/no/such:image').inside { echo 'never' }
}`)
    expect(found.result).toBe('FAILURE')
    expect(log).toContain('+ docker pull 127.0.0.1:9/no/such:image')
    expect(log).toContain('ERROR: script returned exit code 1')
    expect(log).not.toContain('never')
  })

  test('kill -9 of the server: the program in the container goes on, and is not repeated', async () => {
    const folder = temporary()
    const first = await startServer(folder)
    const own = new Clone(first.origin)
    const commit = await own.push('main', {
      Jenkinsfile: `pipeline { agent { docker '${IMAGE}' }
  stages { stage('Count') { steps { sh 'set +x; for i in 1 2 3 4 5 6 7 8; do echo "tick $i"; sleep 0.5; done' } } } }`,
    })
    const { id } = await runFor(first.origin, commit)
    await until('a tick', async () => /^tick 2$/m.test(await logOf(first.origin, id)))
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const second = await startServer(folder)
    const { run: found, log } = await finished(second.origin, id)
    expect(found.result).toBe('SUCCESS')
    expect(log.match(/^tick \d$/gm)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `tick ${n}`))
    expect(log.match(/^\$ docker run /gm)).toHaveLength(1)
    expect(containersOf(id)).toBe('')
    second.child.kill('SIGKILL')
    discard(folder)
    discard(own.folder)
  })
})

async function startServer(home: string) {
  const script = fileURLToPath(new URL('./server-process.ts', import.meta.url))
  const options = ['--disable-warning=ExperimentalWarning', script, join(home, 'data')]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, origin: line.toString().trim() }
}
