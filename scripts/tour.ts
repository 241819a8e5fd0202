// `npm run tour`: the sample's loop on a throw-away data folder, told in the terminal.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SampleStage, sampleStages, type Thread } from '@madang/api'
import { configFor, createLog, type Log, systemActor } from '../server/src/kernel/index.ts'
import { type Madang, startMadang } from '../server/src/madang.ts'
import { terminalLanguage } from '../server/src/terminal-language.ts'
import { tourTexts } from './tour-texts.ts'

const POLL_MS = 100
const say = tourTexts[terminalLanguage(process.env)]
const home = mkdtempSync(join(tmpdir(), 'madang-tour-'))
const lines: string[] = []
let kept: string | undefined

async function tour(): Promise<number> {
  process.stdout.write(`${say.begin}\n\n`)
  const log = createLog({ level: 'debug', format: 'text', write: (line) => lines.push(line) })
  const madang = await started(log)
  try {
    await madang.sample.make()
    const failed = await followed(madang)
    if (failed) return give(failed)
    process.stdout.write(`\n${say.thread}\n\n${await threadText(madang)}\n\n${say.done}\n`)
    return 0
  } finally {
    await madang.stop()
    if (!kept) rmSync(home, { recursive: true, force: true })
  }
}

async function started(log: Log): Promise<Madang> {
  return startMadang(configFor({ home, logLevel: 'debug' }), { log })
}

/** Prints each stage as it ends; gives the one that failed. */
async function followed(madang: Madang): Promise<SampleStage | undefined> {
  for (const name of sampleStages) {
    const ended = await stageEnd(madang, name)
    const seconds = (Date.parse(ended.finishedAt!) - Date.parse(ended.startedAt!)) / 1000
    const mark = ended.state === 'done' ? '✓' : '✗'
    const detail = ended.state === 'done' ? ended.detail : ''
    process.stdout.write(`  ${mark} ${say.stages[name]}  ${detail}  ${seconds.toFixed(1)} s\n`)
    if (ended.state === 'failed') return ended
  }
  return undefined
}

async function stageEnd(madang: Madang, name: string): Promise<SampleStage> {
  for (;;) {
    const { stages } = await madang.sample.progress()
    const stage = stages.find((entry) => entry.name === name)!
    if (stage.state === 'done' || stage.state === 'failed') return stage
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Keeps the server's log and says where it is. */
function give(failed: SampleStage): number {
  kept = join(home, 'tour.log')
  writeFileSync(kept, lines.join('\n') + '\n')
  process.stdout.write(
    `\n${say.failed(say.stages[failed.name], failed.detail)}\n${say.log(kept)}\n`,
  )
  return 1
}

async function threadText(madang: Madang): Promise<string> {
  await madang.kernel.events.settled()
  const thread: Thread = await madang.thread.of(systemActor, { kind: 'issue', id: 'GB-1' })
  return thread.nodes
    .map((node) => {
      const url = node.url?.startsWith('/') ? madang.origin + node.url : (node.url ?? '')
      const state = node.state ? ` (${node.state})` : ''
      return `  ${node.kind.padEnd(12)} ${node.title}${state}\n  ${' '.repeat(12)} ${url}`
    })
    .join('\n')
}

process.exitCode = await tour()
