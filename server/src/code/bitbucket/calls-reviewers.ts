import type { Person } from '@madang/api'
import {
  addDefaultReviewer,
  defaultReviewers,
  dropDefaultReviewer,
  type ReviewerPlace,
} from '../default-reviewers.ts'
import { type Ask, type Call, inProject, inRepo, nothing } from './call.ts'
import type { ProjectAsk, RepoAsk } from './call.ts'
import { BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { roleOf } from '../person-role.ts'
import type { Json } from './query.ts'

const asReviewer = (reviewer_type: 'repository' | 'project', user: Json): Json => ({
  type: 'default_reviewer',
  reviewer_type,
  user,
})

async function peopleOf(ask: Ask, place: ReviewerPlace, scope: 'repository' | 'project') {
  const all = await defaultReviewers(ask.parts.context, place)
  return all.flatMap((one) => (one.scope === scope ? [one.person] : []))
}

const ofRepo = (ask: RepoAsk) => peopleOf(ask, { repo: ask.repo }, 'repository')
const ofProject = (ask: ProjectAsk) => peopleOf(ask, { project: ask.project.key }, 'project')

async function list(ask: RepoAsk) {
  return listing(ask, { all: await ofRepo(ask), present: ask.people.present })
}

async function effective(ask: RepoAsk) {
  const all = await defaultReviewers(ask.parts.context, { repo: ask.repo })
  return listing(ask, {
    all,
    present: ({ person, scope }) => asReviewer(scope, ask.people.present(person)),
  })
}

async function target(ask: Ask): Promise<Person> {
  const { selected_user: reference = '' } = ask.params
  const person = await ask.people.find(reference)
  if (!person) throw new BitbucketError(404, `${reference} is not a user.`)
  return person
}

const none = ({ name }: Person, place: 'repository' | 'project') =>
  new BitbucketError(404, `${name} is not a default reviewer of this ${place}.`)

async function get(ask: RepoAsk) {
  const person = await target(ask)
  if ((await ofRepo(ask)).some(({ id }) => id === person.id)) return ask.people.present(person)
  throw none(person, 'repository')
}

async function add(ask: RepoAsk) {
  const person = await target(ask)
  const given = { actor: ask.actor, name: person.name }
  await addDefaultReviewer(ask.parts.context, { repo: ask.repo }, given)
  return ask.people.present(person)
}

async function drop(ask: RepoAsk) {
  const given = { actor: ask.actor, name: (await target(ask)).name }
  await dropDefaultReviewer(ask.parts.context, { repo: ask.repo }, given)
  return nothing()
}

async function listOfProject(ask: ProjectAsk) {
  return listing(ask, {
    all: await ofProject(ask),
    present: (person) => asReviewer('project', ask.people.present(person)),
  })
}

async function getOfProject(ask: ProjectAsk) {
  const person = await target(ask)
  if (!(await ofProject(ask)).some(({ id }) => id === person.id)) throw none(person, 'project')
  return asReviewer('project', ask.people.present(person))
}

async function addToProject(ask: ProjectAsk) {
  const person = await target(ask)
  const { context } = ask.parts
  const { key: project } = ask.project
  if (!(await roleOf(context, person, project))) {
    throw new BitbucketError(400, `${person.name} does not have access to this project.`)
  }
  await addDefaultReviewer(context, { project }, { actor: ask.actor, name: person.name })
  return asReviewer('project', ask.people.present(person))
}

async function dropOfProject(ask: ProjectAsk) {
  const person = await target(ask)
  if (!(await ofProject(ask)).some(({ id }) => id === person.id)) throw none(person, 'project')
  const given = { actor: ask.actor, name: person.name }
  await dropDefaultReviewer(ask.parts.context, { project: ask.project.key }, given)
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
