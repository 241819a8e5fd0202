// Where no Docker Engine answers, docker.build and push of a Jenkinsfile are done by Madang.
import { expect, test } from 'vitest'
import { bedOfFile, runFile } from './bed.ts'

const { bed, clone } = await bedOfFile()

/** Nobody answers at this port: as a machine without an engine. */
const withoutEngine = (body: string) =>
  `node {
  checkout scm
  withEnv(['DOCKER_HOST=tcp://127.0.0.1:9', 'WHO=you']) {
${body}
  }
}`
const run = (body: string, files: Record<string, string>) =>
  runFile(clone, bed.origin, withoutEngine(body), files, 'main')

test('build, push and tag go into the registry and say so', async () => {
  const { run: found, log } = await run(
    `def image = docker.build("shop:1", "-f docker/Dockerfile --build-arg WHO --label a=b .")
image.push()
image.push('latest')
echo "built \${image.id}"`,
    { 'docker/Dockerfile': 'FROM scratch\nARG WHO\nENV FOR=$WHO\nCOPY app /app\n', app: 'hello' },
  )
  expect(found.result).toBe('SUCCESS')
  expect(log).toContain('Madang builds the image itself')
  expect(log).toMatch(/^Step 4\/4 : COPY app \/app$/m)
  expect(log).toMatch(/^127\.0\.0\.1:\d+\/gb\/shop:latest is in Madang's registry$/m)
  expect(log).toContain('built shop:1')
  expect(log).not.toContain('[Pipeline] docker')
})

test('what is wrong is told with its line', async () => {
  const { run: found, log } = await run(`docker.build('shop:2')`, {
    Dockerfile: 'FROM scratch\nCOPY ../../etc/passwd /\n',
  })
  expect(found.result).toBe('FAILURE')
  expect(log).toContain(
    'ERROR: Dockerfile:2: forbidden path outside the build context: ../../etc/passwd',
  )
  const secret = await run(`docker.build('shop:2', '--secret id=x .')`, {
    Dockerfile: 'FROM scratch',
  })
  expect(secret.log).toContain('ERROR: docker build --secret needs Docker')
  const elsewhere = await run(`docker.image('quay.io/a/b:1').push()`, {
    Dockerfile: 'FROM scratch',
  })
  expect(elsewhere.log).toContain('pushing there needs Docker')
})
