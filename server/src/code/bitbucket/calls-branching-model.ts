import { modelOf, modelOfProject } from '../branching-model.ts'
import { codeTables } from '../context.ts'
import { readNamedRefs } from '../refs-read.ts'
import { type BranchingModel, settingsOf } from '../repo-settings.ts'
import { editRepo } from '../repos.ts'
import { putProjectModel } from '../store-project.ts'
import { flagIn, listIn, objectIn, textIn } from './body.ts'
import { type Call, inProject, inRepo, nothing, type ProjectAsk, type RepoAsk } from './call.ts'
import { badFields } from './errors.ts'
import { projectUrl, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

const enabledTypes = ({ types }: BranchingModel) =>
  types.filter((type) => type.isEnabled).map(({ kind, prefix }) => ({ kind, prefix }))

const linkTo = (href: string) => ({ links: { self: { href } } })

async function appliedModel(ask: RepoAsk, type: string): Promise<Json> {
  const { repo, parts } = ask
  const model = await modelOf(parts.context, repo)
  const refs = await readNamedRefs(repo.folder, 'heads')
  const branchOf = (name: string | undefined) => {
    const branch = name ?? repo.defaultBranch
    const isThere = refs.some((ref) => ref.name === branch)
    return {
      name: branch,
      use_mainbranch: name === undefined,
      branch: isThere ? { type: 'branch', name: branch } : undefined,
    }
  }
  return {
    type,
    branch_types: enabledTypes(model),
    development: branchOf(model.development),
    ...(model.production === undefined ? {} : { production: branchOf(model.production) }),
    ...linkTo(`${await repoUrl(ask, repo)}/branching-model`),
  }
}

/** A project has no branches, so its model holds names only. */
async function modelInProject(ask: ProjectAsk): Promise<Json> {
  const model = await modelOfProject(ask.parts.context, ask.project.key)
  const nameOf = (name: string | undefined) => ({
    name: name ?? null,
    use_mainbranch: name === undefined,
  })
  return {
    type: 'project_branching_model',
    branch_types: enabledTypes(model),
    development: nameOf(model.development),
    ...(model.production === undefined ? {} : { production: nameOf(model.production) }),
    ...linkTo(`${projectUrl(ask, ask.project)}/branching-model`),
  }
}

function presentSettings({ types, development, production }: BranchingModel, place: string): Json {
  const of = (name: string | undefined) => ({
    name: name ?? null,
    use_mainbranch: name === undefined,
    is_valid: true,
  })
  return {
    type: 'branching_model_settings',
    branch_types: types.map(({ kind, prefix, isEnabled }) => ({
      kind,
      prefix,
      enabled: isEnabled,
    })),
    development: of(development),
    production: { ...of(production), use_mainbranch: false, enabled: production !== undefined },
    ...linkTo(`${place}/branching-model/settings`),
  }
}

/** What a body leaves out stays as it was. */
function changed(before: BranchingModel, body: Json): BranchingModel {
  const wishes = new Map(listIn(body, 'branch_types').map((type) => [textIn(type, 'kind'), type]))
  const types = before.types.map((type) => {
    const wish = wishes.get(type.kind) ?? {}
    return {
      kind: type.kind,
      prefix: textIn(wish, 'prefix') ?? type.prefix,
      isEnabled: flagIn(wish, 'enabled') ?? type.isEnabled,
    }
  })
  const nameIn = (part: 'development' | 'production') => {
    const wish = objectIn(body, part)
    if (flagIn(wish, 'use_mainbranch') || flagIn(wish, 'enabled') === false) return undefined
    return textIn(wish, 'name') ?? before[part]
  }
  return { types, development: nameIn('development'), production: nameIn('production') }
}

async function settingsOfRepo(ask: RepoAsk): Promise<Json> {
  return presentSettings(await modelOf(ask.parts.context, ask.repo), await repoUrl(ask, ask.repo))
}

async function setInRepo(ask: RepoAsk): Promise<Json> {
  const { repo, actor, parts } = ask
  const model = changed(await modelOf(parts.context, repo), await ask.body.json())
  const settings = { ...settingsOf(repo.row), model }
  await editRepo(parts.context, repo, { actor, edit: { settings } })
  return presentSettings(model, await repoUrl(ask, repo))
}

async function settingsOfProject(ask: ProjectAsk): Promise<Json> {
  const model = await modelOfProject(ask.parts.context, ask.project.key)
  return presentSettings(model, projectUrl(ask, ask.project))
}

async function setInProject(ask: ProjectAsk): Promise<Json> {
  const { context } = ask.parts
  const { key } = ask.project
  const model = changed(await modelOfProject(context, key), await ask.body.json())
  await context.kernel.database.write(async (tx) => {
    await putProjectModel(codeTables(tx), key, model)
    const action = 'project.branchingModelSet'
    const about = { actor: ask.actor, action, subject: `project:${key}`, project: key }
    await context.identity.audit(tx, { ...about, detail: model })
  })
  return presentSettings(model, projectUrl(ask, ask.project))
}

/** What a repository has of its own where others take their project's; a merge strategy is always its own. */
async function ownSettings({ repo }: RepoAsk): Promise<Json> {
  const hasModel = settingsOf(repo.row).model !== undefined
  return {
    type: 'repository_inheritance_state',
    override_settings: { branching_model: hasModel, default_merge_strategy: true },
  }
}

/** Its own begins as what applies to it; without it the project's does. */
async function setOwn(ask: RepoAsk) {
  const { repo, actor, parts } = ask
  const { model: before, ...settings } = settingsOf(repo.row)
  const wishes = objectIn(await ask.body.json(), 'override_settings')
  if (flagIn(wishes, 'default_merge_strategy') === false) {
    throw badFields({ default_merge_strategy: ['A project has no merge strategy to take over.'] })
  }
  const isOwn = flagIn(wishes, 'branching_model') ?? before !== undefined
  const model = isOwn ? await modelOf(parts.context, repo) : undefined
  await editRepo(parts.context, repo, {
    actor,
    edit: { settings: { ...settings, ...(model && { model }) } },
  })
  return nothing()
}

const path = '/branching-model'

export const branchingModelCalls: Call[] = [
  inRepo('viewer')('GET', path, (ask) => appliedModel(ask, 'branching_model')),
  inRepo('viewer')('GET', '/effective-branching-model', (ask) =>
    appliedModel(ask, 'effective_repo_branching_model'),
  ),
  inRepo('maintainer')('GET', `${path}/settings`, settingsOfRepo),
  inRepo('maintainer')('PUT', `${path}/settings`, setInRepo),
  inRepo('viewer')('GET', '/override-settings', ownSettings),
  inRepo('maintainer')('PUT', '/override-settings', setOwn),
  inProject('viewer')('GET', path, modelInProject),
  inProject('maintainer')('GET', `${path}/settings`, settingsOfProject),
  inProject('maintainer')('PUT', `${path}/settings`, setInProject),
]
