import type { Person } from '@madang/api'
import { codeTables } from '../context.ts'
import { defaultReviewersOf, putDefaultReviewer, removeDefaultReviewer } from '../store-reviews.ts'
import { type Ask, type Call, inProject, inRepo, nothing } from './call.ts'
import type { ProjectAsk, RepoAsk } from './call.ts'
import { BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { roleOf } from './people.ts'
import type { Json } from './query.ts'
import * as store from './store-project-reviewers.ts'
import { bitbucketTables } from './tables.ts'

const databaseOf = (ask: Ask) => ask.parts.context.kernel.database
const actorId = ({ id }: Person) => `person:${id}`

const ofRepo = ({ repo, ...ask }: RepoAsk) =>
  defaultReviewersOf(codeTables(databaseOf(ask)), repo.row.id)

const ofProject = (ask: Ask, project: string) =>
  store.projectReviewersOf(bitbucketTables(databaseOf(ask)), project)

/** Those of the repository's project who may still see it. */
export async function reviewersByProject(ask: RepoAsk): Promise<Person[]> {
  const { context } = ask.parts
  const people: Person[] = []
  for (const { person_id: id } of await ofProject(ask, ask.repo.project)) {
    const person = await context.identity.personGet(id.replace(/^person:/, ''))
    if (person && (await roleOf(context, person, ask.repo.project))) people.push(person)
  }
  return people
}

const asReviewer = (reviewer_type: 'repository' | 'project', user: Json): Json => ({
  type: 'default_reviewer',
  reviewer_type,
  user,
})

async function list(ask: RepoAsk) {
  const all = await ofRepo(ask)
  return listing(ask, { all, present: (row) => ask.people.user(row.person_id, row.name) })
}

/** Whoever is one of both counts as the repository's. */
async function effective(ask: RepoAsk) {
  const own = await ofRepo(ask)
  const taken = new Set(own.map(({ person_id: id }) => id))
  const inherited = (await reviewersByProject(ask)).filter((one) => !taken.has(actorId(one)))
  const all: Json[] = []
  for (const { person_id: id, name } of own) {
    all.push(asReviewer('repository', await ask.people.user(id, name)))
  }
  for (const person of inherited) all.push(asReviewer('project', ask.people.present(person)))
  return listing(ask, { all, present: (entry) => entry })
}

async function target(ask: Ask): Promise<Person> {
  const { selected_user: reference = '' } = ask.params
  const person = await ask.people.find(reference)
  if (!person) throw new BitbucketError(404, `${reference} is not a user.`)
  return person
}

async function get(ask: RepoAsk) {
  const person = await target(ask)
  const all = await ofRepo(ask)
  if (all.some((row) => row.person_id === actorId(person))) return ask.people.present(person)
  throw new BitbucketError(404, `${person.name} is not a default reviewer of this repository.`)
}

async function add(ask: RepoAsk) {
  const person = await target(ask)
  const row = { repo_id: ask.repo.row.id, person_id: actorId(person), name: person.name }
  await databaseOf(ask).write((tx) => putDefaultReviewer(codeTables(tx), row))
  return ask.people.present(person)
}

async function drop(ask: RepoAsk) {
  const person = actorId(await target(ask))
  const repoId = ask.repo.row.id
  await databaseOf(ask).write((tx) => removeDefaultReviewer(codeTables(tx), repoId, person))
  return nothing()
}

async function listOfProject(ask: ProjectAsk) {
  return listing(ask, {
    all: await ofProject(ask, ask.project.key),
    present: async (row) => asReviewer('project', await ask.people.user(row.person_id, row.name)),
  })
}

const noneOfProject = ({ name }: Person) =>
  new BitbucketError(404, `${name} is not a default reviewer of this project.`)

async function getOfProject(ask: ProjectAsk) {
  const person = await target(ask)
  const all = await ofProject(ask, ask.project.key)
  if (!all.some((row) => row.person_id === actorId(person))) throw noneOfProject(person)
  return asReviewer('project', ask.people.present(person))
}

async function addToProject(ask: ProjectAsk) {
  const person = await target(ask)
  const { key: project } = ask.project
  if (!(await roleOf(ask.parts.context, person, project))) {
    throw new BitbucketError(400, `${person.name} does not have access to this project.`)
  }
  const row = { project, person_id: actorId(person), name: person.name }
  await databaseOf(ask).write((tx) => store.putProjectReviewer(bitbucketTables(tx), row))
  return asReviewer('project', ask.people.present(person))
}

async function dropOfProject(ask: ProjectAsk) {
  const person = await target(ask)
  const { key } = ask.project
  const wasOne = await databaseOf(ask).write((tx) =>
    store.removeProjectReviewer(bitbucketTables(tx), key, actorId(person)),
  )
  if (!wasOne) throw noneOfProject(person)
  return nothing()
}

const reading = inRepo('viewer')
const keeping = inRepo('maintainer')
const readingProject = inProject('viewer')
const keepingProject = inProject('maintainer')
const path = '/default-reviewers'

export const reviewerCalls: Call[] = [
  reading('GET', path, list),
  reading('GET', '/effective-default-reviewers', effective),
  reading('GET', `${path}/:selected_user`, get),
  keeping('PUT', `${path}/:selected_user`, add),
  keeping('DELETE', `${path}/:selected_user`, drop),
  readingProject('GET', path, listOfProject),
  readingProject('GET', `${path}/:selected_user`, getOfProject),
  keepingProject('PUT', `${path}/:selected_user`, addToProject),
  keepingProject('DELETE', `${path}/:selected_user`, dropOfProject),
]
