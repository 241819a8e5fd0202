import type { RunInput } from '@madang/api'
import { type Actor, type Database, type Live, parseColumn, stringify } from '../kernel/index.ts'
import type { InputRow, PipelinesTables } from './tables.ts'

export interface InputAnswer {
  proceed: boolean
  byName: string
  values: Record<string, string | boolean>
}

/** The run that asks, as far as this needs it. */
export interface Asker {
  record: { id: string; project: string }
  kernel: { database: Database; live: Live }
  letGo: AbortController
}

const topicOf = ({ record }: Asker) => `input:${record.id}`

export type Question = RunInput & { step: string }

/**
 * Puts the question (or takes up the one of the same step from before a restart) and waits for the
 * answer; what was answered to another step is none. Ended by the signal, the question is withdrawn;
 * when the server stops, it stays.
 */
export async function openInput(
  asker: Asker,
  question: Question,
  signal: AbortSignal,
): Promise<InputAnswer> {
  const { database, live } = asker.kernel
  await ask(asker, question)
  const answered = async () => answerOf(await row(database, asker.record.id, question.id))
  try {
    for (;;) {
      const bell = ring(live, topicOf(asker), signal)
      const answer = await answered()
      if (answer) {
        bell.stop()
        return answer
      }
      signal.throwIfAborted()
      await bell.rung
      signal.throwIfAborted()
    }
  } catch (error) {
    if (!asker.letGo.signal.aborted) await settle(database, asker.record.id, question.id, 'gone')
    throw error
  } finally {
    if (!asker.letGo.signal.aborted) await setState(asker, 'running')
  }
}

function ring(live: Live, topic: string, signal: AbortSignal) {
  let stop = () => {}
  const rung = new Promise<void>((resolve) => {
    const unsubscribe = live.subscribe([topic], () => resolve())
    const abort = () => resolve()
    signal.addEventListener('abort', abort)
    stop = () => {
      unsubscribe()
      signal.removeEventListener('abort', abort)
    }
  })
  return { stop: () => stop(), rung: rung.finally(() => stop()) }
}

async function ask(asker: Asker, question: Question): Promise<void> {
  const values: InputRow = {
    run_id: asker.record.id,
    id: question.id,
    message: question.message,
    ok: question.ok,
    submitter: question.submitter ?? null,
    parameters: stringify(question.parameters),
    state: 'waiting',
    step: question.step,
    answered_by: null,
    answered_name: null,
    answer: null,
  }
  await asker.kernel.database.write(async (tx) => {
    await tx
      .tables<PipelinesTables>()
      .insertInto('pipelines_input')
      .values(values)
      .onConflict((conflict) =>
        conflict
          .columns(['run_id', 'id'])
          .doUpdateSet(values)
          .where('pipelines_input.step', '!=', question.step)
          .where('pipelines_input.state', '!=', 'waiting'),
      )
      .execute()
  })
  await setState(asker, 'paused')
}

async function setState(asker: Asker, state: 'running' | 'paused'): Promise<void> {
  const { id, project } = asker.record
  await asker.kernel.database.write(async (tx) => {
    await tx
      .tables<PipelinesTables>()
      .updateTable('pipelines_run')
      .set({ state })
      .where('id', '=', id)
      .where('state', 'in', ['running', 'paused'])
      .execute()
    const message = { type: 'pipelines.runChanged', id }
    tx.afterCommit(() => asker.kernel.live.publish(`project:${project}`, message))
    tx.afterCommit(() => asker.kernel.live.publish(`project:${project}/run:${id}`, message))
  })
}

function row(database: Pick<Database, 'tables'>, runId: string, id: string) {
  return database
    .tables<PipelinesTables>()
    .selectFrom('pipelines_input')
    .selectAll()
    .where('run_id', '=', runId)
    .where('id', '=', id)
    .executeTakeFirst()
}

function answerOf(found: InputRow | undefined): InputAnswer | undefined {
  if (found?.state !== 'proceeded' && found?.state !== 'aborted') return undefined
  return {
    proceed: found.state === 'proceeded',
    byName: found.answered_name ?? '',
    values: parseColumn<InputAnswer['values']>(found.answer ?? '{}'),
  }
}

async function settle(
  database: Database,
  runId: string,
  id: string,
  state: InputRow['state'],
): Promise<void> {
  await database.write(async (tx) => {
    await tx
      .tables<PipelinesTables>()
      .updateTable('pipelines_input')
      .set({ state })
      .where('run_id', '=', runId)
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute()
  })
}

/** The questions a run waits on. */
export async function waitingInputs(database: Database, runId: string): Promise<RunInput[]> {
  const rows = await database
    .tables<PipelinesTables>()
    .selectFrom('pipelines_input')
    .selectAll()
    .where('run_id', '=', runId)
    .where('state', '=', 'waiting')
    .orderBy('id')
    .execute()
  return rows.map((found) => ({
    id: found.id,
    message: found.message,
    ok: found.ok,
    submitter: found.submitter ?? undefined,
    parameters: parseColumn<RunInput['parameters']>(found.parameters),
  }))
}

/** `submitter: 'kim,lee'`; administrators may always answer, as in Jenkins. */
export function maySubmit(submitter: string | undefined, actor: Actor): boolean {
  if (submitter === undefined || actor.isAdministrator) return true
  return submitter.split(',').some((name) => name.trim() === actor.name)
}

/** Answers a question; false when nobody waits for it any more. */
export async function answerInput(
  kernel: { database: Database; live: Live },
  at: { runId: string; id: string },
  answer: InputAnswer & { byId: string },
): Promise<boolean> {
  return kernel.database.write(async (tx) => {
    const { numUpdatedRows } = await tx
      .tables<PipelinesTables>()
      .updateTable('pipelines_input')
      .set({
        state: answer.proceed ? 'proceeded' : 'aborted',
        answered_by: answer.byId,
        answered_name: answer.byName,
        answer: stringify(answer.values),
      })
      .where('run_id', '=', at.runId)
      .where('id', '=', at.id)
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow()
    tx.afterCommit(() => kernel.live.publish(`input:${at.runId}`, { type: 'answered', id: at.id }))
    return numUpdatedRows > 0n
  })
}
