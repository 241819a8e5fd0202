import { pipelinesEndpoints, type Run } from '@madang/api'
import type { Command } from 'commander'
import { call, CliError } from './client.ts'
import { say } from './messages.ts'
import { moment, printDone, printTable, printThing } from './output.ts'
import { repoOf } from './repo.ts'

const POLL_MS = 500

export function runCommands(program: Command): void {
  const run = program.command('run').description(say('run'))
  run
    .command('list <project>')
    .description(say('list'))
    .option('--branch <branch>')
    .action(async (project: string, { branch }: { branch?: string }) => {
      const query = { limit: 50, ...(branch ? { branch } : {}) }
      const { items } = await call(pipelinesEndpoints.runList, { params: { project }, query })
      printTable(items, {
        run: (r) => r.id,
        branch: (r) => `${r.repo}/${r.branch} #${r.number}`,
        state: (r) => r.result ?? r.state,
        started: (r) => moment(r.startedAt),
        commit: (r) => r.commitTitle,
      })
    })
  run
    .command('show <project> <run>')
    .description(say('show'))
    .action(async (project: string, id: string) => {
      const found = await call(pipelinesEndpoints.runGet, { params: { project, run: id } })
      printThing(found, {
        run: `${found.repo}/${found.branch} #${found.number}`,
        state: found.result ?? found.state,
        cause: found.cause.text,
        commit: `${found.commit.slice(0, 8)} ${found.commitTitle}`,
        stages: found.stages.map(({ name, result, state }) => `${name}: ${result ?? state}`),
        tests:
          found.tests && `${found.tests.passed} / ${found.tests.failed} / ${found.tests.skipped}`,
      })
    })
  run
    .command('start <project/repo> <branch>')
    .description(say('start'))
    .action(async (text: string, branch: string) => {
      const { project, repo } = repoOf(text)
      const body = { repo, branch }
      const made = await call(pipelinesEndpoints.runStart, { params: { project }, body })
      printDone(made, say('created', { what: made.id }))
    })
  run
    .command('log <project> <run>')
    .description(say('log'))
    .option('--follow', say('follow'))
    .action((project: string, id: string, { follow }: { follow?: true }) =>
      printLog({ project, run: id }, follow === true),
    )
  run
    .command('abort <project> <run>')
    .description(say('abort'))
    .action(async (project: string, id: string) => {
      const ended = await call(pipelinesEndpoints.runAbort, { params: { project, run: id } })
      printDone(ended, say('changed', { what: id, state: ended.result ?? ended.state }))
    })
}

/** Prints what there is of a log; with `isFollowing` until the run ends, which a failed one does with an error. */
async function printLog(
  params: { project: string; run: string },
  isFollowing: boolean,
): Promise<void> {
  let offset = 0
  for (;;) {
    const part = await call(pipelinesEndpoints.runLog, { params, query: { offset } })
    process.stdout.write(part.text)
    const isMore = part.nextOffset > offset
    offset = part.nextOffset
    if (part.isWhole || (!isFollowing && !isMore)) break
    if (!isMore) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  if (isFollowing) failUnlessGood(await call(pipelinesEndpoints.runGet, { params }))
}

function failUnlessGood(run: Run): void {
  if (run.result === 'SUCCESS') return
  throw new CliError(say('changed', { what: run.id, state: run.result ?? run.state }))
}
