import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pipelinesEndpoints } from '@madang/api'
import { type Figure, ratios, ratioText, spreadOf, withUnit } from './figure.ts'
import { firstParsing, parsing } from './parse.ts'
import { KEY, openProject, type Project } from './project.ts'

const exec = promisify(execFile)
const STEPS = 200
const STEP_BYTES = 300_000
const LINE = `${'x'.repeat(119)}\n`
const LOG_ROUNDS = 5
const RUNS = Number(process.env['MADANG_BENCH_COUNT'] ?? 1000)
const LOG_BOUND_MB = 100
const PAGE_BOUND_MS = 200
const POLL_MS = 20

/** Parsing, the log of many steps at once, and a long queue. */
export async function pipeline(): Promise<Figure[]> {
  const source = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const home = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const project = await openProject({ home })
  try {
    const git = (...args: string[]) => exec('git', ['-C', source, ...args])
    await git('init', '-q', '-b', 'main')
    await git('config', 'user.name', 'Ada')
    await git('config', 'user.email', 'ada@example.com')
    const figures = [
      parsing(),
      ...(await throughput(project, source)),
      await draining(project, source),
    ]
    await project.server.stop()
    return [...figures, await firstParsing(home, project.browser.headers)]
  } finally {
    await project.server.stop()
    for (const folder of [source, home]) rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The log's bytes per second, and what a page of the project waits for its list of runs meanwhile. The steps print a file: what
 * made its lines would take more than the log itself. Beside it the same programs into files, started by a bare shell.
 */
async function throughput(project: Project, source: string): Promise<Figure[]> {
  const lines = join(source, '.git', 'lines')
  writeFileSync(lines, LINE.repeat(STEP_BYTES / LINE.length))
  const rates: number[] = []
  const bare: number[] = []
  const samples: number[] = []
  for (let round = 1; round <= LOG_ROUNDS; round++) {
    const jenkinsfile = `// ${round}
node {
  def branches = [:]
  for (int i = 0; i < ${STEPS}; i++) { branches["b\${i}"] = { sh 'cat ${lines}' } }
  parallel branches
}
`
    await push(project, source, 'main', { Jenkinsfile: jenkinsfile })
    const over = new AbortController()
    const waits = listTimes(project, over.signal)
    rates.push(await rate(() => untilFinished(project, round).finally(() => over.abort())))
    samples.push(...(await waits))
    bare.push(await rate(() => bareShell(lines, source)))
  }
  return [
    {
      what: `log of ${STEPS} sh steps at once`,
      ours: withUnit(rates, 'MB/s'),
      peer: `bare sh, into files ${withUnit(bare, 'MB/s')}`,
      ratio: ratioText(ratios(rates, bare)),
      bound: `≥ ${LOG_BOUND_MB} MB/s`,
      isMet: spreadOf(rates).median >= LOG_BOUND_MB,
    },
    {
      what: 'a page’s list of runs meanwhile',
      ours: withUnit(samples, 'ms'),
      peer: '',
      ratio: '–',
      bound: `≤ ${PAGE_BOUND_MS} ms at any time`,
      isMet: spreadOf(samples).max <= PAGE_BOUND_MS,
    },
  ]
}

/** MB/s of all steps' output. */
async function rate(move: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await move()
  return (STEPS * STEP_BYTES) / 1000 / (performance.now() - startedAt)
}

async function bareShell(lines: string, folder: string): Promise<void> {
  const each = `sh -xec 'cat "$0"' ${lines} > ${join(folder, '.git', 'bare')}-$i 2>&1 &`
  await exec('sh', ['-c', `i=0; while [ $i -lt ${STEPS} ]; do i=$((i+1)); ${each} done; wait`])
}

async function listTimes({ browser }: Project, over: AbortSignal): Promise<number[]> {
  const samples: number[] = []
  do {
    const startedAt = performance.now()
    await browser.call(pipelinesEndpoints.runList, {
      params: { project: KEY },
      query: { limit: 50 },
    })
    samples.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  } while (!over.aborted)
  return samples
}

/** As many branches as runs: each must end well, none may be lost. */
async function draining(project: Project, source: string): Promise<Figure> {
  writeFileSync(join(source, 'Jenkinsfile'), "node { echo 'x' }\n")
  await exec('git', ['-C', source, 'commit', '-qam', 'Queue'])
  const refs = Array.from({ length: RUNS }, (_, at) => `HEAD:refs/heads/q${at}`)
  await exec('git', ['-C', source, 'push', '-q', project.gitUrl, ...refs])
  const startedAt = performance.now()
  await untilFinished(project, RUNS + LOG_ROUNDS)
  const seconds = (performance.now() - startedAt) / 1000
  return {
    what: `${RUNS} queued runs, all ended`,
    ours: withUnit([RUNS / seconds], 'runs/s'),
    peer: '',
    ratio: '–',
    bound: 'none lost',
    isMet: true,
  }
}

async function push(
  { gitUrl }: Project,
  source: string,
  branch: string,
  files: Record<string, string>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text)
  await exec('git', ['-C', source, 'add', '.'])
  await exec('git', ['-C', source, 'commit', '-qm', 'Change'])
  await exec('git', ['-C', source, 'push', '-q', gitUrl, `HEAD:refs/heads/${branch}`])
}

/** Waits until so many runs have ended, and throws when one of them didn't end well. */
async function untilFinished({ script }: Project, count: number): Promise<void> {
  for (;;) {
    let finished = 0
    let cursor: string | undefined
    do {
      const page = await script.call(pipelinesEndpoints.runList, {
        params: { project: KEY },
        query: { limit: 200, ...(cursor !== undefined && { cursor }) },
      })
      for (const { state, result, number } of page.items) {
        if (state !== 'finished') continue
        if (result !== 'SUCCESS') throw new Error(`run ${number} ended ${result}`)
        finished += 1
      }
      cursor = page.nextCursor
    } while (cursor !== undefined)
    if (finished >= count) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
