import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunDetail } from '@madang/api'
import { afterAll, expect, test } from 'vitest'
import { call, Clone, discard, finished, logOf, runFor, temporary, until } from './bed.ts'

const homes: string[] = []
const children: ChildProcess[] = []

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const home of homes) discard(home)
})

function newHome(): string {
  const home = temporary()
  homes.push(home)
  return home
}

/** A server in a process of its own; gives its address. */
async function startServer(home: string) {
  const script = fileURLToPath(new URL('./server-process.ts', import.meta.url))
  const options = ['--disable-warning=ExperimentalWarning', script, join(home, 'data')]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, origin: line.toString().trim() }
}

async function killServer(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const linesOf = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
const count = (text: string, part: string) => text.split(part).length - 1

test('kill -9 in the middle of a parallel sh: the run finishes, nothing happens twice', async () => {
  const home = newHome()
  const side = join(home, 'side')
  const first = await startServer(home)
  const clone = new Clone(first.origin)
  homes.push(clone.folder)
  const commit = await clone.push('main', { Jenkinsfile: crashFile(side) })
  const { id } = await runFor(first.origin, commit)
  await until(
    'the slow program',
    async () =>
      (await logOf(first.origin, id)).includes('tick 2') && linesOf(side).includes('quick'),
  )
  await killServer(first.child)

  const second = await startServer(home)
  const { run, log } = await finished(second.origin, id)
  expect([run.result, log]).toEqual(['SUCCESS', expect.stringContaining('Finished: SUCCESS')])
  const done = ['before', 'slow', 'slow-end', 'after-slow', 'quick', 'after']
  expect(linesOf(side).sort()).toEqual(done.sort())
  expect(log).not.toContain('secret-of-')
  expect(count(log, '\nown ****')).toBe(12)
  for (let tick = 1; tick <= 12; tick++) {
    expect([tick, count(log, `\ntick ${tick}\n`)]).toEqual([tick, 1])
  }
  const stamps = [...log.matchAll(/stamp (\d+)/g)].map((match) => match[1])
  expect(stamps).toHaveLength(3)
  expect(new Set(stamps).size).toBe(1)
  for (const mark of ['Start of Pipeline', '{ (Before)', '{ (Branch: Slow)', 'End of Pipeline']) {
    expect([mark, count(log, `[Pipeline] ${mark}`)]).toEqual([mark, 1])
  }
  expect(run.stages.every((stage) => stage.state === 'finished')).toBe(true)
  await killServer(second.child)
})

test('kill -9 again and again, and while nobody is there the program ends', async () => {
  const home = newHome()
  const side = join(home, 'side')
  let server = await startServer(home)
  const clone = new Clone(server.origin)
  homes.push(clone.folder)
  const commit = await clone.push('main', {
    Jenkinsfile: `node { for (int i = 0; i < 6; i++) { sh "echo \${i} >> ${side}; sleep 0.4" } }`,
  })
  const { id } = await runFor(server.origin, commit)
  for (const seen of ['1', '3']) {
    await until(`step ${seen}`, async () => linesOf(side).includes(seen))
    await killServer(server.child)
    await new Promise((resolve) => setTimeout(resolve, 500))
    server = await startServer(home)
  }
  const { run } = await finished(server.origin, id)
  expect(run.result).toBe('SUCCESS')
  expect(linesOf(side)).toEqual(['0', '1', '2', '3', '4', '5'])
  await killServer(server.child)
})

test('a question stands after kill -9, and its answer goes on with the run', async () => {
  const home = newHome()
  const first = await startServer(home)
  const clone = new Clone(first.origin)
  homes.push(clone.folder)
  const commit = await clone.push('main', {
    Jenkinsfile: `node { echo 'asking' }
def name = input(message: 'Go?', id: 'go', parameters: [string(name: 'WHO', defaultValue: 'x')])
echo "went with \${name}"`,
  })
  const { id } = await runFor(first.origin, commit)
  const isPaused = (origin: string) => async () =>
    (await call<RunDetail>(origin, `/runs/${id}`)).state === 'paused'
  await until('the question', isPaused(first.origin))
  await killServer(first.child)

  const second = await startServer(home)
  await until('the question again', isPaused(second.origin))
  const paused = await call<RunDetail>(second.origin, `/runs/${id}`)
  expect(paused.inputs).toMatchObject([{ id: 'go', message: 'Go?' }])
  await call(second.origin, `/runs/${id}/inputs/go`, { proceed: true, parameters: { WHO: 'lee' } })
  const { run, log } = await finished(second.origin, id)
  expect(run.result).toBe('SUCCESS')
  expect(log).toContain('Approved by maintainer')
  expect(log).toContain('went with lee')
  await killServer(second.child)
})

const crashFile = (side: string) => `pipeline {
  agent any
  stages {
    stage('Before') {
      steps {
        sh 'echo before >> ${side}'
        script { env.STAMP = sh(script: 'date +%s%N', returnStdout: true).trim() }
        echo "stamp \${env.STAMP}"
      }
    }
    stage('Both') {
      parallel {
        stage('Slow') {
          steps {
            sh '''
              echo slow >> ${side}
              for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
                echo tick $i; echo own $AWS_SECRET_ACCESS_KEY; sleep 0.3
              done
              echo slow-end >> ${side}
            '''
            sh 'echo after-slow >> ${side}'
          }
        }
        stage('Quick') {
          steps {
            sh 'echo quick >> ${side}'
            echo "stamp \${env.STAMP}"
          }
        }
      }
    }
    stage('After') {
      steps {
        echo "stamp \${env.STAMP}"
        sh 'echo after >> ${side}'
      }
    }
  }
}`
