import type { RepoMove } from '../code/index.ts'
import type { Database, Transaction } from '../kernel/index.ts'
import type { DeploymentRow, ReleasesTables } from './migrations.ts'

type From = Pick<Database, 'tables'>
const at = (from: From) => from.tables<ReleasesTables>()

export async function deploymentById(from: From, project: string, id: string) {
  return at(from)
    .selectFrom('releases_deployment')
    .selectAll()
    .where('id', '=', id)
    .where('project', '=', project)
    .executeTakeFirst()
}

export async function deploymentOfEvent(from: From, eventId: string) {
  return at(from)
    .selectFrom('releases_deployment')
    .select('id')
    .where('event_id', '=', eventId)
    .executeTakeFirst()
}

export interface DeploymentFilter {
  environment?: string
  service?: string
  runId?: string
  stackId?: string
  sinceMs?: number
  /** Id of the last one before the page. */
  cursor?: string
  limit: number
}

/** Newest first; ids grow with time, so they are the cursor. */
export async function deployments(from: From, project: string, filter: DeploymentFilter) {
  const { environment, service, runId, stackId, sinceMs, cursor, limit } = filter
  let query = at(from).selectFrom('releases_deployment').selectAll().where('project', '=', project)
  if (environment !== undefined) query = query.where('environment', '=', environment)
  if (service !== undefined) query = query.where('service', '=', service)
  if (runId !== undefined) query = query.where('run_id', '=', runId)
  if (stackId !== undefined) query = query.where('stack_id', '=', stackId)
  if (sinceMs !== undefined) query = query.where('at', '>=', sinceMs)
  if (cursor !== undefined) query = query.where('id', '<', cursor)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

/** What runs now: in one project, or everywhere. */
export async function currentDeployments(from: From, project?: string): Promise<DeploymentRow[]> {
  let query = at(from).selectFrom('releases_deployment').selectAll().where('is_current', '=', 1)
  if (project !== undefined) query = query.where('project', '=', project)
  return query.orderBy('id').execute()
}

export async function currentOfStack(from: From, stackId: string) {
  return at(from)
    .selectFrom('releases_deployment')
    .selectAll()
    .where('stack_id', '=', stackId)
    .where('is_current', '=', 1)
    .executeTakeFirst()
}

/** The one that succeeded before it, of the same service and environment. */
export async function previousOf(from: From, row: DeploymentRow) {
  return at(from)
    .selectFrom('releases_deployment')
    .selectAll()
    .where('project', '=', row.project)
    .where('environment', '=', row.environment)
    .where('service', '=', row.service)
    .where('status', '=', 'succeeded')
    .where('id', '<', row.id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function deploymentAdd(tx: Transaction, row: DeploymentRow): Promise<void> {
  const tables = at(tx)
  if (row.status !== 'failed') {
    await tables
      .updateTable('releases_deployment')
      .set({ is_current: 0 })
      .where('project', '=', row.project)
      .where('environment', '=', row.environment)
      .where('service', '=', row.service)
      .where('is_current', '=', 1)
      .execute()
  }
  await tables.insertInto('releases_deployment').values(row).execute()
}

export async function environments(from: From, project: string) {
  return at(from)
    .selectFrom('releases_environment')
    .selectAll()
    .where('project', '=', project)
    .orderBy('position')
    .orderBy('name')
    .execute()
}

/** A new one comes last; false when it was there. */
export async function environmentSeen(
  tx: Transaction,
  project: string,
  name: string,
  kind: string | null = null,
): Promise<boolean> {
  const known = await environments(tx, project)
  if (known.some((environment) => environment.name === name)) return false
  const position = Math.max(0, ...known.map((environment) => environment.position)) + 1
  const row = { project, name, position, kind, made_as: null }
  await at(tx).insertInto('releases_environment').values(row).execute()
  return true
}

export async function environmentKind(
  tx: Transaction,
  { project, name, kind }: { project: string; name: string; kind: string },
): Promise<void> {
  const changed = at(tx).updateTable('releases_environment').set({ kind })
  await changed.where('project', '=', project).where('name', '=', name).execute()
}

/** Its deployments stay; the next one brings it back. */
export async function environmentForget(
  tx: Transaction,
  { project, name, made_as: first }: { project: string; name: string; made_as: string },
) {
  const gone = at(tx).deleteFrom('releases_environment').where('project', '=', project)
  await gone.where('name', '=', name).execute()
  await at(tx)
    .deleteFrom('releases_environment_name')
    .where('project', '=', project)
    .where('made_as', '=', first)
    .execute()
}

export async function environmentOrder(tx: Transaction, project: string, names: string[]) {
  const known = (await environments(tx, project)).map((environment) => environment.name)
  const first = names.filter((name) => known.includes(name))
  const order = [...new Set([...first, ...known])]
  for (const [index, name] of order.entries()) {
    await at(tx)
      .updateTable('releases_environment')
      .set({ position: index + 1 })
      .where('project', '=', project)
      .where('name', '=', name)
      .execute()
  }
}

export async function templateKeep(tx: Transaction, hash: string, text: string): Promise<void> {
  await at(tx)
    .insertInto('releases_template')
    .values({ hash, text })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute()
}

export async function templateOf(from: From, hash: string): Promise<string | undefined> {
  const row = await at(from)
    .selectFrom('releases_template')
    .select('text')
    .where('hash', '=', hash)
    .executeTakeFirst()
  return row?.text
}

export async function keptTemplates(from: From, hashes: string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const rows = await at(from)
    .selectFrom('releases_template')
    .select('hash')
    .where('hash', 'in', [...new Set(hashes)])
    .execute()
  return new Set(rows.map((row) => row.hash))
}

export async function runSeen(tx: Transaction, row: ReleasesTables['releases_run']) {
  await at(tx)
    .insertInto('releases_run')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function runsById(from: From, ids: string[]) {
  if (ids.length === 0) return new Map<string, ReleasesTables['releases_run']>()
  const rows = await at(from)
    .selectFrom('releases_run')
    .selectAll()
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

export async function rollbackAdd(tx: Transaction, row: ReleasesTables['releases_rollback']) {
  await at(tx).insertInto('releases_rollback').values(row).execute()
}

export async function rollbackById(from: From, id: string) {
  return at(from)
    .selectFrom('releases_rollback')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Stacks that runs of a branch deployed in that time, the one deployed last at first. */
export async function stacksOfBranch(
  from: From,
  given: { project: string; repo: string; branch: string; sinceMs: number; untilMs?: number },
): Promise<string[]> {
  let query = at(from)
    .selectFrom('releases_deployment as deployment')
    .innerJoin('releases_run as run', 'run.id', 'deployment.run_id')
    .select(({ fn }) => ['deployment.stack_id', fn.max('deployment.id').as('newest')])
    .where('run.project', '=', given.project)
    .where('run.repo', '=', given.repo)
    .where('run.branch', '=', given.branch)
    .where('deployment.at', '>=', given.sinceMs)
  if (given.untilMs !== undefined) query = query.where('deployment.at', '<=', given.untilMs)
  const rows = await query.groupBy('deployment.stack_id').orderBy('newest', 'desc').execute()
  return rows.map(({ stack_id: id }) => id)
}

export async function previewRule(from: From, project: string, repo: string) {
  return at(from)
    .selectFrom('releases_preview_rule')
    .selectAll()
    .where('project', '=', project)
    .where('repo', '=', repo)
    .executeTakeFirst()
}

/** Runs and the rule go with a repository to another project; what was deployed stays where it is. */
export async function runsMoved(tx: Transaction, { repo, before, after }: RepoMove): Promise<void> {
  for (const table of ['releases_run', 'releases_preview_rule'] as const) {
    const moved = at(tx).updateTable(table).set({ project: after })
    await moved.where('project', '=', before).where('repo', '=', repo).execute()
  }
}

/** Without a row, previews stay. */
export async function previewRuleSet(
  tx: Transaction,
  row: ReleasesTables['releases_preview_rule'],
  removesClosed: boolean,
): Promise<void> {
  const { project, repo } = row
  const gone = at(tx).deleteFrom('releases_preview_rule').where('project', '=', project)
  await gone.where('repo', '=', repo).execute()
  if (removesClosed) await at(tx).insertInto('releases_preview_rule').values(row).execute()
}
