import { pipelinesEndpoints } from '@madang/api'
import { parseJenkinsfile } from '../server/src/pipelines/declarative/index.ts'
import { Client } from '../server/src/testing/client.ts'
import { type Figure, spreadOf, withUnit } from './figure.ts'
import { KEY } from './project.ts'
import { startServer } from './server.ts'

const PARSES = 15
const STARTS = 5
const BOUND_MS = 20
/** As long as a server is left alone after its start before somebody pushes. */
const AFTER_START_MS = 2000

const stages = Array.from(
  { length: 125 },
  (_, at) =>
    `    stage('S${at}') {\n      environment { A = "x\${BUILD_NUMBER}" }\n      steps {\n` +
    `        sh 'make ${at}'\n        script {\n          [1, 2].each { echo "\${it}" }\n        }\n      }\n    }`,
)
const text = `pipeline {\n  agent any\n  stages {\n${stages.join('\n')}\n  }\n}\n`
const lines = text.split('\n').length

/** Time of this thread alone: others of the process compile and collect meanwhile, and hold nobody up. */
export function parsing(): Figure {
  const samples = Array.from({ length: PARSES }, (_, at) => {
    const before = process.threadCpuUsage()
    const { findings } = parseJenkinsfile(`${text}// ${at}\n`)
    const { user, system } = process.threadCpuUsage(before)
    if (findings.length > 0) throw new Error('the file of the bench has findings')
    return (user + system) / 1000
  })
  return figureOf(`parse ${lines} lines (CPU)`, samples)
}

/** The first large file of a server with pipelines that was started a moment ago; with the request it comes by. */
export async function firstParsing(home: string, ada: Record<string, string>): Promise<Figure> {
  const samples: number[] = []
  for (let round = 0; round < STARTS; round++) {
    const server = await startServer({ home })
    await new Promise((resolve) => setTimeout(resolve, AFTER_START_MS))
    samples.push(await validated(new Client(server.origin, ada)))
    await server.stop()
  }
  return figureOf(`the first ${lines} lines of a server, whole request`, samples)
}

async function validated(browser: Client): Promise<number> {
  const ask = (jenkinsfile: string) =>
    browser.call(pipelinesEndpoints.jenkinsfileValidate, {
      params: { project: KEY },
      body: { jenkinsfile },
    })
  // The connection, the session and the reader of requests are there; of files it has read none.
  await ask('')
  const startedAt = performance.now()
  const { findings } = await ask(text)
  if (findings.length > 0) throw new Error('the file of the bench has findings')
  return performance.now() - startedAt
}

function figureOf(what: string, samples: number[]): Figure {
  const isMet = spreadOf(samples).median <= BOUND_MS
  return {
    what,
    ours: withUnit(samples, 'ms'),
    peer: '',
    ratio: '–',
    bound: `≤ ${BOUND_MS} ms`,
    isMet,
  }
}
