import { type Job, type Transaction } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { codeTables, openRow } from '../context.ts'
import { isFinal } from '../remote/index.ts'
import { repoById } from '../store-repos.ts'
import { clearStage, importGit } from './import-git.ts'
import { importPulls, listPulls } from './import-pulls.ts'
import type { Source } from './model.ts'
import {
  enterPhase,
  errorColumn,
  type ImportRun,
  runActor,
  saveImport,
  tokenPurpose,
} from './run-context.ts'
import { apiHeaders } from './source-address.ts'
import { createSourceApi, SourceBusy } from './source-http.ts'
import { sources } from './sources.ts'
import { importById, type ImportRow } from './store-imports.ts'

const IMPORT = 'code.import'
/** With waits that double from a second, about four minutes of a source that does not answer. */
const MOST_TRIES = 8

export interface ImportJobs {
  enqueue(tx: Transaction, importId: string, runAtMs?: number): Promise<void>
  /** Breaks off what runs now. */
  abort(importId: string): void
}

class Cancelled extends Error {
  override name = 'Cancelled'
}

export function handleImports(parts: CodeParts): ImportJobs {
  const { jobs } = parts.context.kernel
  const running = new Map<string, AbortController>()
  const enqueue: ImportJobs['enqueue'] = async (tx, importId, runAtMs) => {
    const at = runAtMs === undefined ? {} : { runAtMs }
    await jobs.enqueue(tx, { kind: IMPORT, payload: { importId }, key: importId, ...at })
  }
  jobs.handle(IMPORT, {
    concurrency: 2,
    maxAttempts: MOST_TRIES,
    async run(job) {
      const { importId } = job.payload as { importId: string }
      const own = new AbortController()
      running.set(importId, own)
      try {
        await runJob(parts, { job, importId, cancel: own.signal, enqueue })
      } finally {
        running.delete(importId)
      }
    },
  })
  return { enqueue, abort: (importId) => running.get(importId)?.abort(new Cancelled()) }
}

interface Given {
  job: Job
  importId: string
  cancel: AbortSignal
  enqueue: ImportJobs['enqueue']
}

async function runJob(parts: CodeParts, given: Given): Promise<void> {
  const { kernel } = parts.context
  const row = await importById(kernel.database, given.importId)
  if (!row || !['running', 'waiting'].includes(row.state)) return
  const repoRow = await repoById(codeTables(kernel.database), row.repo_id)
  if (!repoRow) return
  const run: ImportRun = {
    parts,
    row,
    repo: await openRow(parts.context, repoRow),
    actor: runActor(row),
    token: row.token === null ? '' : kernel.secrets.open(row.token, tokenPurpose(row.id)),
    signal: AbortSignal.any([given.job.signal, given.cancel]),
  }
  try {
    await runPhases(run)
  } catch (error) {
    await settleFailure(run, given, error)
  }
}

async function runPhases(run: ImportRun): Promise<void> {
  const { row } = run
  const source = row.with_pulls === 1 ? await openSource(run) : undefined
  if (row.phase === 'git') {
    await enterPhase(run, 'git')
    await importGit(run, source?.headRefs)
    await enterPhase(run, 'lfs')
  }
  if (row.phase === 'lfs') {
    // With it comes zod, which a start doesn't wait for.
    if (row.with_lfs === 1) await (await import('./import-lfs.ts')).importLfs(run)
    await enterPhase(run, 'list')
  }
  if (row.phase === 'list') {
    if (source) await listPulls(run, source)
    await enterPhase(run, 'pulls')
  }
  if (source) await importPulls(run, source)
  await clearStage(run)
  const finished_at = run.parts.context.kernel.clock.now()
  const done = { state: 'finished', phase: 'done', token: null, error: null } as const
  await saveImport(run, { ...done, progress: null, waits_until: null, finished_at })
}

async function openSource({ row, token, signal, parts }: ImportRun): Promise<Source | undefined> {
  if (row.source === 'git') return undefined
  const { outgoing, clock } = parts.context.kernel
  const headers = apiHeaders(row.source, row.username, token)
  const api = createSourceApi({ apiUrl: row.api_url, headers, outgoing, clock, signal })
  const open = await sources[row.source]()
  return open(api, { host: new URL(row.api_url).host, path: row.path })
}

/** Throws what the runner should try again, after a wait that grows. */
async function settleFailure(run: ImportRun, given: Given, error: unknown): Promise<void> {
  const { row, parts } = run
  const { clock, log } = parts.context.kernel
  if (given.cancel.aborted) return // whoever cancelled wrote that down
  if (given.job.signal.aborted) throw error // runs again after the next start
  if (error instanceof SourceBusy) {
    const waits_until = error.untilMs
    return saveImport(run, { state: 'waiting', waits_until }, (tx) =>
      given.enqueue(tx, row.id, waits_until),
    )
  }
  const isOver = isFinal(error) || given.job.attempt >= MOST_TRIES
  const state: ImportRow['state'] = isOver ? 'failed' : 'running'
  const finished_at = isOver ? clock.now() : null
  await saveImport(run, { state, error: errorColumn(error, row), progress: null, finished_at })
  if (!isOver) throw error
  log.warn('code.importFailed', { import: row.id, error })
}
