import { type Actor, includes } from '../kernel/index.ts'
import { nudgeAutoMerge } from './auto-merge-nudge.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { type Activity, noteActivity } from './pull-request-activity.ts'
import { refuse } from './refuse.ts'
import { commentById } from './store-comments.ts'
import { deleteTask, insertTask, tasksOf, updateTask } from './store-reviews.ts'
import type { PullRequestRow, TaskRow } from './tables.ts'

interface OnPull {
  actor: Actor
  pull: PullRequestRow
}

export const listTasks = (context: CodeContext, pull: PullRequestRow): Promise<TaskRow[]> =>
  tasksOf(codeTables(context.kernel.database), [pull.id])

/** By its id or its number. Throws `taskNotFound`. */
export async function findTask(
  context: CodeContext,
  pull: PullRequestRow,
  id: string,
): Promise<TaskRow> {
  const tasks = await listTasks(context, pull)
  const task = tasks.find((row) => row.id === id || String(row.number) === id)
  if (!task) throw refuse('taskNotFound')
  return task
}

/** Something to do before the merge, on the whole or on a comment. Throws `commentNotFound`. */
export async function createTask(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, given }: OnPull & { given: { text: string; comment?: string } },
): Promise<TaskRow> {
  const { database, ids, clock } = context.kernel
  if (given.comment !== undefined) {
    const comment = await commentById(codeTables(database), pull.id, given.comment)
    if (!comment || comment.is_deleted === 1) throw refuse('commentNotFound')
  }
  return database.write(async (tx) => {
    const task = await insertTask(codeTables(tx), {
      id: ids.next('task'),
      pull_request_id: pull.id,
      comment_id: given.comment ?? null,
      text: given.text,
      is_done: 0,
      author_id: actor.id,
      author_name: actor.name,
      done_by_id: null,
      done_by: null,
      done_at: null,
      created_at: clock.now(),
      updated_at: clock.now(),
    })
    await note(context, tx, repo, { kind: 'taskCreated', actor, pull, task })
    return task
  })
}

export async function editTask(
  context: CodeContext,
  repo: OpenRepo,
  {
    actor,
    pull,
    task,
    edit,
  }: OnPull & { task: TaskRow; edit: { text?: string; isDone?: boolean } },
): Promise<TaskRow> {
  const { database, clock } = context.kernel
  const now = clock.now()
  const set: Partial<TaskRow> = { updated_at: now }
  if (edit.text !== undefined) set.text = edit.text
  if (edit.isDone !== undefined && edit.isDone !== (task.is_done === 1)) {
    set.is_done = Number(edit.isDone)
    set.done_by_id = edit.isDone ? actor.id : null
    set.done_by = edit.isDone ? actor.name : null
    set.done_at = edit.isDone ? now : null
  }
  await database.write(async (tx) => {
    await updateTask(codeTables(tx), task.id, set)
    await note(context, tx, repo, { kind: 'taskChanged', actor, pull, task })
  })
  return { ...task, ...set }
}

/** By its author or a maintainer. Throws `commentNotYours`. */
export async function removeTask(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, task }: OnPull & { task: TaskRow },
): Promise<void> {
  const role = await context.identity.roleIn(actor, repo.project, repo.slug)
  if (task.author_id !== actor.id && !includes(role, 'maintainer')) throw refuse('commentNotYours')
  await context.kernel.database.write(async (tx) => {
    await deleteTask(codeTables(tx), task.id)
    await note(context, tx, repo, { kind: 'taskDeleted', actor, pull, task })
  })
}

async function note(
  context: CodeContext,
  tx: Parameters<typeof noteActivity>[1],
  repo: OpenRepo,
  { kind, actor, pull, task }: OnPull & { kind: Activity['kind']; task: TaskRow },
): Promise<void> {
  await noteActivity(context, tx, repo, { kind, actor, pull, data: { about: task.id } })
  await nudgeAutoMerge(context, tx, pull)
}
