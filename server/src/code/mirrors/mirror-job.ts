import type { Transaction } from '../../kernel/index.ts'
import { stringify } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { type CodeContext, codeTables, openRow } from '../context.ts'
import type { Pushed } from '../events.ts'
import { spoken } from '../remote/index.ts'
import { repoById, repoEverNamed } from '../store-repos.ts'
import { divergedColumn, type MirrorOutcome, runMirror } from './mirror-run.ts'
import {
  deleteMirrorsOf,
  mirrorById,
  type MirrorRow,
  mirrorsOf,
  updateMirror,
} from './store-mirrors.ts'

const MIRROR = 'code.mirror'
const MINUTE_MS = 60_000
const LONGEST_WAIT_MS = 6 * 60 * MINUTE_MS

const plannedKey = (id: string) => `${id} planned`

/**
 * A run as soon as may be, or at a moment; asked for twice it runs once. A planned one is a job of its
 * own: what is planned when a run ends does not put off what was asked for while it ran.
 */
export async function enqueueMirror(
  { kernel }: Pick<CodeContext, 'kernel'>,
  tx: Transaction,
  { id, atMs }: { id: string; atMs?: number },
): Promise<void> {
  const when = atMs === undefined ? { key: id } : { key: plannedKey(id), runAtMs: atMs }
  await kernel.jobs.enqueue(tx, { kind: MIRROR, payload: { mirrorId: id }, ...when })
}

export function handleMirrors(parts: CodeParts): void {
  const { context } = parts
  const { jobs, events, database } = context.kernel
  jobs.handle(MIRROR, {
    concurrency: 2,
    // Tries again are ours to plan: a mirror never gives up, it only waits longer.
    maxAttempts: 3,
    run: ({ payload, signal }) =>
      runOnce(parts, { mirrorId: (payload as { mirrorId: string }).mirrorId, signal }),
  })
  events.listen({
    name: 'code.mirrors',
    types: ['code.pushed', 'code.repoDeleted'],
    async handle({ type, data }) {
      if (type === 'code.repoDeleted') {
        return database.write((tx) => deleteMirrorsOf(tx, (data as { id: string }).id))
      }
      const { project, repo } = data as Pushed
      const row = await repoEverNamed(codeTables(database), project, repo)
      const rows = row ? await mirrorsOf(database, row.id) : []
      const due = rows.filter((each) => each.direction === 'push' && each.is_active === 1)
      await database.write(async (tx) => {
        for (const { id } of due) {
          await updateMirror(tx, id, { state: 'waiting' })
          await enqueueMirror(context, tx, { id })
        }
      })
    },
  })
}

async function runOnce(
  parts: CodeParts,
  { mirrorId, signal }: { mirrorId: string; signal: AbortSignal },
): Promise<void> {
  const { context } = parts
  const { database, clock } = context.kernel
  const row = await mirrorById(database, mirrorId)
  const repoRow = row && (await repoById(codeTables(database), row.repo_id))
  if (!row || !repoRow || row.is_active === 0) return
  const repo = await openRow(context, repoRow)
  const save = (set: Partial<MirrorRow>) => saveMirror(context, { row, project: repo.project, set })
  await save({ state: 'running', tried_at: clock.now(), next_at: null })
  try {
    // One at a time for each repository: what is staged belongs to one of them.
    const outcome = await context.locks.hold(`mirror:${repo.row.id}`, () =>
      runMirror({ parts, row, repo, signal }),
    )
    await save(success(row, outcome, clock.now()))
  } catch (error) {
    if (signal.aborted) throw error
    await save(failure(row, error, clock.now()))
  }
}

/** Writes it down, tells open pages, and plans the next run with it, or none. */
export async function saveMirror(
  context: CodeContext,
  { row, project, set }: { row: MirrorRow; project: string; set: Partial<MirrorRow> },
): Promise<void> {
  const { clock, database, live, jobs } = context.kernel
  await database.write(async (tx) => {
    await updateMirror(tx, row.id, set)
    const atMs = set.next_at
    if (atMs === null) await jobs.cancel(tx, MIRROR, plannedKey(row.id))
    else if (atMs !== undefined) {
      const isPlanned = atMs > clock.now()
      await enqueueMirror(context, tx, { id: row.id, ...(isPlanned && { atMs }) })
    }
    tx.afterCommit(() =>
      live.publish(`project:${project}`, { type: 'code.mirrorChanged', id: row.id }),
    )
  })
}

function success(row: MirrorRow, outcome: MirrorOutcome, now: number): Partial<MirrorRow> {
  const isPlanned = row.direction === 'pull' && row.every_minutes > 0
  return {
    state: 'ok',
    failures: 0,
    error: null,
    diverged: divergedColumn(outcome),
    succeeded_at: now,
    next_at: isPlanned ? now + row.every_minutes * MINUTE_MS : null,
    ...(outcome.hostKeys === undefined ? {} : { host_keys: outcome.hostKeys }),
  }
}

/** Waits of 1, 2, 4 … minutes up to six hours, and not shorter than its own plan. */
function failure(row: MirrorRow, error: unknown, now: number): Partial<MirrorRow> {
  const failures = row.failures + 1
  const wait = Math.min(LONGEST_WAIT_MS, MINUTE_MS * 2 ** Math.min(failures - 1, 12))
  const planned = row.direction === 'pull' ? row.every_minutes * MINUTE_MS : 0
  const { host } = new URL(row.url)
  const next_at = now + Math.max(wait, planned)
  return { state: 'failed', failures, error: stringify(spoken(error, host)), next_at }
}
