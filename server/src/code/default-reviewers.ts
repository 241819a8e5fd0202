import type { DefaultReviewer, Person } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { roleOf } from './person-role.ts'
import { refuse } from './refuse.ts'
import * as ofProject from './store-project.ts'
import { defaultReviewersOf, putDefaultReviewer, removeDefaultReviewer } from './store-reviews.ts'

/** Where somebody is a default reviewer: in one repository, or in all of a project. */
export type ReviewerPlace = { repo: OpenRepo } | { project: string }

interface Reviewer {
  person: Person
  scope: 'repository' | 'project'
}

const keyOf = (place: ReviewerPlace) => ('repo' in place ? place.repo.project : place.project)
const repoOf = (place: ReviewerPlace) => ('repo' in place ? place.repo.slug : undefined)

/**
 * Who looks at every pull request: of a repository also those of its project. Whoever is one of
 * both counts as the repository's; who left or may not see the project any more is left out.
 */
export async function defaultReviewers(
  context: CodeContext,
  place: ReviewerPlace,
): Promise<Reviewer[]> {
  const db = codeTables(context.kernel.database)
  const project = keyOf(place)
  const own = 'repo' in place ? await defaultReviewersOf(db, place.repo.row.id) : []
  const wide = await ofProject.projectReviewersOf(db, project)
  const scopes = new Map<string, Reviewer['scope']>(own.map((row) => [row.person_id, 'repository']))
  for (const row of wide) if (!scopes.has(row.person_id)) scopes.set(row.person_id, 'project')
  const ids = [...scopes.keys()].map((id) => id.replace(/^person:/, ''))
  const people = await context.identity.peopleOf(ids)
  const found: Reviewer[] = []
  for (const [id, scope] of scopes) {
    const person = people.get(id.replace(/^person:/, ''))
    if (person && (await roleOf(context, person, project, repoOf(place))))
      found.push({ person, scope })
  }
  return found
}

export async function presentDefaultReviewers(
  context: CodeContext,
  place: ReviewerPlace,
): Promise<DefaultReviewer[]> {
  const all = await defaultReviewers(context, place)
  return all.map(({ person: { name, displayName }, scope }) => ({ name, displayName, scope }))
}

/** Throws `reviewerUnknown` for who is not there or may not see the project. */
export async function addDefaultReviewer(
  context: CodeContext,
  place: ReviewerPlace,
  { actor, name }: { actor: Actor; name: string },
): Promise<void> {
  const person = await context.identity.personByName(name)
  if (!person || !(await roleOf(context, person, keyOf(place), repoOf(place)))) {
    throw refuse('reviewerUnknown', { name })
  }
  const row = { person_id: `person:${person.id}`, name: person.name }
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    if ('repo' in place) await putDefaultReviewer(db, { ...row, repo_id: place.repo.row.id })
    else await ofProject.putProjectReviewer(db, { ...row, project: place.project })
    await tell(context, tx, place, { actor, action: 'defaultReviewer.added', name })
  })
}

/** Throws `defaultReviewerNotFound`. */
export async function dropDefaultReviewer(
  context: CodeContext,
  place: ReviewerPlace,
  { actor, name }: { actor: Actor; name: string },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    const person = await context.identity.personByName(name, tx)
    const id = `person:${person?.id ?? ''}`
    const wasOne =
      'repo' in place
        ? await removeDefaultReviewer(db, place.repo.row.id, id)
        : await ofProject.removeProjectReviewer(db, place.project, id)
    if (!wasOne) throw refuse('defaultReviewerNotFound', { name })
    await tell(context, tx, place, { actor, action: 'defaultReviewer.removed', name })
  })
}

async function tell(
  context: CodeContext,
  tx: Transaction,
  place: ReviewerPlace,
  { actor, action, name }: { actor: Actor; action: string; name: string },
): Promise<void> {
  const project = keyOf(place)
  const subject = 'repo' in place ? `${project}/${place.repo.slug}` : `project:${project}`
  await context.identity.audit(tx, { actor, action, subject, project, detail: { name } })
  if ('repo' in place) announce(context, tx, place.repo, { type: 'code.repoChanged' })
}
