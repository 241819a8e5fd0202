import { releasesErrors } from '@madang/api'
import type { Actor, Database, Kernel, Transaction } from '../kernel/index.ts'
import { refusals } from '../kernel/index.ts'
import type { ReleasesTables } from './migrations.ts'
import { kindOf } from './model.ts'
import type { IdentityPort } from './ports.ts'
import { environments } from './store.ts'

const refuse = refusals(releasesErrors)

type From = Pick<Database, 'tables'>
type EnvironmentRow = ReleasesTables['releases_environment']
const at = (from: From) => from.tables<ReleasesTables>()

/** What it was first called, by which stacks, Jenkinsfiles and its UUID know it for good. */
export const madeAs = ({ name, made_as: first }: Pick<EnvironmentRow, 'name' | 'made_as'>) =>
  first ?? name

/** By the name it has, or any it had. */
export async function environmentNamed(
  from: From,
  project: string,
  name: string,
): Promise<EnvironmentRow | undefined> {
  const all = await environments(from, project)
  const now = all.find((row) => row.name === name)
  if (now) return now
  const former = (await formerNames(from, project)).get(name)
  return all.find((row) => madeAs(row) === former)
}

/** Every name that one no longer has, with what that one was made as. */
export async function formerNames(from: From, project: string): Promise<Map<string, string>> {
  const rows = at(from).selectFrom('releases_environment_name').selectAll()
  const own = await rows.where('project', '=', project).execute()
  return new Map(own.map((row) => [row.name, row.made_as]))
}

interface Wish {
  actor: Actor
  project: string
  /** As it is called now. */
  name: string
  to: string
}

/**
 * Calls it by another name, with all that was deployed there. What names it by one from before (stacks'
 * tags, Jenkinsfiles, links) means it still, so no other gets that name.
 */
export async function renameEnvironment(
  { kernel, identity }: { kernel: Kernel; identity: Pick<IdentityPort, 'audit'> },
  { actor, project, name, to }: Wish,
): Promise<EnvironmentRow> {
  return kernel.database.write(async (tx) => {
    const row = await environmentNamed(tx, project, name)
    if (!row) throw refuse('environmentNotFound', { name, project })
    if (row.name === to) return row
    await checkFree(tx, row, to)
    const first = madeAs(row)
    const kind = row.kind ?? kindOf(row)
    const next = { ...row, name: to, made_as: first, kind }
    await keepName(tx, { project, name: row.name, made_as: first })
    await at(tx)
      .updateTable('releases_environment')
      .set(next)
      .where('project', '=', project)
      .where('name', '=', row.name)
      .execute()
    await at(tx)
      .updateTable('releases_deployment')
      .set({ environment: to })
      .where('project', '=', project)
      .where('environment', '=', row.name)
      .execute()
    const detail = { before: row.name, after: to }
    const about = { actor, subject: `environment:${to}`, project, detail }
    await identity.audit(tx, { ...about, action: 'environment.renamed' })
    await kernel.events.append(tx, {
      type: 'releases.environmentRenamed',
      subject: `environment:${project}/${first}`,
      project,
      actor: actor.id,
      data: { project, ...detail },
    })
    tx.afterCommit(() =>
      kernel.live.publish(`project:${project}`, { type: 'releases.environmentRenamed', id: to }),
    )
    return next
  })
}

async function checkFree(tx: Transaction, row: EnvironmentRow, to: string): Promise<void> {
  const { project } = row
  const taken = await environmentNamed(tx, project, to)
  if (taken && madeAs(taken) !== madeAs(row)) {
    if (taken.name === to) throw refuse('environmentExists', { name: to })
    throw refuse('environmentNameKept', { name: to, environment: taken.name })
  }
  // One that was forgotten left its deployments, which would be taken for this one's.
  const left = at(tx).selectFrom('releases_deployment').select('id')
  const there = left.where('project', '=', project).where('environment', '=', to)
  if (await there.executeTakeFirst()) throw refuse('environmentExists', { name: to })
}

async function keepName(
  tx: Transaction,
  row: ReleasesTables['releases_environment_name'],
): Promise<void> {
  const into = at(tx).insertInto('releases_environment_name').values(row)
  await into.onConflict((clash) => clash.columns(['project', 'name']).doUpdateSet(row)).execute()
}
