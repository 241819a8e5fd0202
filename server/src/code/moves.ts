import { type Actor, refuse as refuseRequest, type Transaction } from '../kernel/index.ts'
import { includes } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { subjectOf } from './model.ts'
import { refuse } from './refuse.ts'
import { moveRow, namesOf, repoEverNamed, statusLinksMoved } from './store-repos.ts'

/** `code.repoMoved`: from the project `before` to `after`; `repo` is what it was made as. */
export interface RepoMove {
  id: string
  repo: string
  before: string
  after: string
}

/**
 * What goes with a repository to another project, in the transaction that moves it. A refusal of it
 * leaves everything where it is.
 */
export type RepoMover = (tx: Transaction, move: RepoMove) => Promise<void>

/** Where capabilities to the right say what goes with a repository. */
export interface RepoMoves {
  add(mover: RepoMover): void
}

/**
 * Moves a repository to another project. Its pull requests, rules, hooks, keys and members go with it, and
 * its old addresses lead to it. What the project gave it (roles, deploy keys, reviewers,
 * credentials) stays there. Throws `forbidden`, `repoExists`, `repoNameKept`, and what movers refuse.
 */
export async function moveRepo(
  context: CodeContext,
  repo: OpenRepo,
  { actor, project: after }: { actor: Actor; project: string },
): Promise<void> {
  const { project: before, name, slug, row } = repo
  if (after === before) return
  await checkMayMove(context, actor, { before, after })
  const move = { id: row.id, repo: name, before, after }
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    const names = await namesOf(db, row.id)
    for (const own of [slug, ...names]) {
      const taken = await repoEverNamed(db, after, own)
      if (!taken || taken.id === row.id) continue
      if (taken.slug === own) throw refuse('repoExists', { project: after, repo: own })
      throw refuse('repoNameKept', { name: own, repo: taken.slug })
    }
    await moveRow(db, row.id, { project: after, names })
    await statusLinksMoved(db, row.id, move)
    for (const mover of context.movers) await mover(tx, move)
    for (const project of [before, after]) {
      const subject = `${project}/${slug}`
      const about = { actor, subject, project, detail: { before, after } }
      await context.identity.audit(tx, { ...about, action: 'repo.moved' })
    }
    // After what was told of it there, and before anything is told of it here.
    const of = { subject: subjectOf(repo), project: after, actor: actor.id }
    await context.kernel.events.append(tx, { type: 'code.repoMoved', ...of, data: move })
    announce(context, tx, repo, { type: 'code.repoDeleted', id: name })
    announce(context, tx, { project: after, slug }, { type: 'code.repoCreated', id: name })
  })
}

/** Both are the maintainer's: one project loses a repository, the other takes one in. */
async function checkMayMove(
  { identity }: CodeContext,
  actor: Actor,
  { before, after }: { before: string; after: string },
): Promise<void> {
  for (const project of [before, after]) {
    const role = await identity.roleIn(actor, project)
    if (role === undefined && project === after) throw refuse('repoMoveTarget', { project })
    if (!includes(role, 'maintainer')) throw refuseRequest('forbidden', { role: 'maintainer' })
  }
}
