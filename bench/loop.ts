import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pipelinesEndpoints, type RunDetail } from '@madang/api'
import { type Figure, spreadOf, withUnit } from './figure.ts'
import { KEY, openProject, type Project } from './project.ts'

const exec = promisify(execFile)
const PUSHES = 15
const ROUNDS = 5
const STEPS = 50
const FIRST_LINE_BOUND_MS = 150
const STEP_BOUND_MS = 15
const POLL_MS = 3

/** A push to the run's first line, and what a `sh` step adds to the process it starts. */
export async function loop(): Promise<Figure[]> {
  const source = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const project = await openProject()
  try {
    const git = (...args: string[]) => exec('git', ['-C', source, ...args])
    await git('init', '-q', '-b', 'main')
    await git('config', 'user.name', 'Ada')
    await git('config', 'user.email', 'ada@example.com')
    return [await firstLine(project, source), await perStep(project, source)]
  } finally {
    await project.server.stop()
    rmSync(source, { recursive: true, force: true })
  }
}

async function firstLine(project: Project, source: string): Promise<Figure> {
  const jenkinsfile = pipelineOf("echo 'hello'")
  const samples: number[] = []
  for (let number = 1; number <= PUSHES + 1; number++) {
    const acceptedAt = await push(project, source, `${jenkinsfile}// ${number}\n`)
    const run = await runNumbered(project, number)
    await firstByte(project, run)
    // The first push also makes the job.
    if (number > 1) samples.push(performance.now() - acceptedAt)
    await finished(project, run)
  }
  return {
    what: 'push accepted → first line of the run’s log',
    ours: withUnit(samples, 'ms'),
    peer: '',
    ratio: '–',
    bound: `≤ ${FIRST_LINE_BOUND_MS} ms`,
    isMet: spreadOf(samples).median <= FIRST_LINE_BOUND_MS,
  }
}

async function perStep(project: Project, source: string): Promise<Figure> {
  const jenkinsfile = pipelineOf(Array.from({ length: STEPS }, () => "sh 'true'").join('\n'))
  const added: number[] = []
  const steps: number[] = []
  const bare: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    await push(project, source, `${jenkinsfile}// steps ${round}\n`)
    const run = await finished(project, await runNumbered(project, PUSHES + 1 + round))
    if (run.result !== 'SUCCESS') throw new Error(`the run of ${STEPS} steps ended ${run.result}`)
    const stage = run.stages.find(({ name }) => name === 'Bench')!
    const stageMs = Date.parse(stage.finishedAt!) - Date.parse(stage.startedAt)
    steps.push(stageMs / STEPS)
    bare.push(await bareProcesses())
    added.push(steps.at(-1)! - bare.at(-1)!)
  }
  return {
    what: `a sh step, of ${STEPS} in a run`,
    ours: withUnit(steps, 'ms'),
    peer: `bare process ${withUnit(bare, 'ms')}`,
    ratio: `+ ${withUnit(added, 'ms')}`,
    bound: `≤ + ${STEP_BOUND_MS} ms`,
    isMet: spreadOf(added).median <= STEP_BOUND_MS,
  }
}

function pipelineOf(steps: string): string {
  return `pipeline {
  agent any
  stages {
    stage('Bench') {
      steps {
${steps}
      }
    }
  }
}
`
}

/** Commits and pushes a Jenkinsfile; gives the moment git said that the branch was taken. */
async function push({ gitUrl }: Project, source: string, jenkinsfile: string): Promise<number> {
  writeFileSync(join(source, 'Jenkinsfile'), jenkinsfile)
  await exec('git', ['-C', source, 'add', '.'])
  await exec('git', ['-C', source, 'commit', '-qm', 'Change'])
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', source, 'push', gitUrl, 'main'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (piece: Buffer) => {
      said += String(piece)
      if (said.includes('main -> main')) resolve(performance.now())
    })
    child.once('exit', (code) => code !== 0 && reject(new Error(said)))
  })
}

async function runNumbered({ script }: Project, number: number): Promise<string> {
  for (;;) {
    const { items } = await script.call(pipelinesEndpoints.runList, {
      params: { project: KEY },
      query: { number, limit: 1 },
    })
    if (items[0]) return items[0].id
    await pause()
  }
}

/** Follows the log as a page does; resolves at its first bytes. */
async function firstByte({ script }: Project, run: string): Promise<void> {
  const url = `${script.origin}/runs/${KEY}/${run}/log`
  const leaving = new AbortController()
  const response = await fetch(url, { headers: script.headers, signal: leaving.signal })
  await response.body!.getReader().read()
  leaving.abort()
}

async function finished({ script }: Project, run: string): Promise<RunDetail> {
  for (;;) {
    const detail = await script.call(pipelinesEndpoints.runGet, { params: { project: KEY, run } })
    if (detail.finishedAt) return detail
    await pause()
  }
}

/** ms a process of `sh -c true` takes, one after another. */
async function bareProcesses(): Promise<number> {
  const started = performance.now()
  for (let index = 0; index < STEPS; index++) await exec('sh', ['-c', 'true'])
  return (performance.now() - started) / STEPS
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS))
}
