import type { Actor } from '../kernel/index.ts'
import { codeOwners, ownersOf } from './code-owners.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { mergeBaseOf } from './commit-read.ts'
import { defaultReviewers } from './default-reviewers.ts'
import { EMPTY_TREE } from './diff-read.ts'
import { git, records } from './git-process.ts'
import { noteActivity } from './pull-request-activity.ts'
import { roleOf } from './person-role.ts'
import { refuse } from './refuse.ts'
import { putReviewers, reviewersOf } from './store-reviews.ts'
import type { PullRequestRow, ReviewerRow } from './tables.ts'

interface Wanted {
  person_id: string
  name: string
  reason: string
}

/** Who is asked to look: those named, the repository's defaults, and owners of changed files. */
export async function firstReviewers(
  context: CodeContext,
  repo: OpenRepo,
  { actor, given, ...range }: ReviewersAsked,
): Promise<Wanted[]> {
  const asked = await peopleFor(context, repo, given.reviewers ?? [])
  const defaults = await defaultReviewers(context, { repo })
  const owners = await ownersFor(context, repo, range)
  const all = [
    ...asked,
    ...defaults.map(({ person: { id, name } }) => ({
      person_id: `person:${id}`,
      name,
      reason: 'default',
    })),
    ...owners,
  ].filter((person) => person.person_id !== actor.id)
  return [...new Map(all.toReversed().map((person) => [person.person_id, person])).values()]
}

interface ReviewersAsked {
  actor: Actor
  given: { reviewers?: string[] }
  target: string
  head: string
}

/** Throws `reviewerUnknown` for who is not there or may not see the project. */
async function peopleFor(context: CodeContext, repo: OpenRepo, ids: string[]): Promise<Wanted[]> {
  const people: Wanted[] = []
  for (const id of ids) {
    const person = await context.identity.personGet(id.replace(/^person:/, ''))
    if (!person || !(await roleOf(context, person, repo.project, repo.slug)))
      throw refuse('reviewerUnknown', { name: id })
    people.push({ person_id: `person:${person.id}`, name: person.name, reason: 'asked' })
  }
  return people
}

async function ownersFor(
  context: CodeContext,
  repo: OpenRepo,
  { target, head }: { target: string; head: string },
): Promise<Wanted[]> {
  const rules = await codeOwners(context.objects, repo, target)
  if (rules.length === 0) return []
  const tip = await context.objects.info(repo.folder, `refs/heads/${target}^{commit}`)
  const base = (tip && (await mergeBaseOf(repo.folder, tip.sha, head))) ?? EMPTY_TREE
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', base, head, '--']
  const paths = records(await git(args, { folder: repo.folder }))
  const people: Wanted[] = []
  for (const name of new Set(paths.flatMap((path) => ownersOf(rules, path)))) {
    const person = await context.identity.personByName(name)
    // A file may name people who left; they are asked for nothing.
    if (!person || !(await roleOf(context, person, repo.project, repo.slug))) continue
    people.push({ person_id: `person:${person.id}`, name: person.name, reason: 'owner' })
  }
  return people
}

export function reviewersOn(pull: PullRequestRow, people: Wanted[]): ReviewerRow[] {
  return people.map((person) => ({
    ...person,
    pull_request_id: pull.id,
    created_at: pull.updated_at,
  }))
}

/** Exactly these from now on. */
export async function setReviewers(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, people: ids }: { actor: Actor; pull: PullRequestRow; people: string[] },
): Promise<void> {
  const { database, clock } = context.kernel
  const before = await reviewersOf(codeTables(database), [pull.id])
  const wanted = (await peopleFor(context, repo, ids)).filter(
    (person) => person.person_id !== pull.author_id,
  )
  const known = new Map(before.map((row) => [row.person_id, row]))
  const rows = wanted.map(
    (person) =>
      known.get(person.person_id) ?? {
        ...person,
        pull_request_id: pull.id,
        created_at: clock.now(),
      },
  )
  await database.write(async (tx) => {
    await putReviewers(codeTables(tx), pull.id, rows)
    await noteActivity(context, tx, repo, { kind: 'reviewersChanged', actor, pull })
  })
}
