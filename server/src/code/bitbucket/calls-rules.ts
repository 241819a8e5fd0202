import { type BranchRuleKind, branchRuleKinds } from '@madang/api'
import { peopleIn } from '../branch-rule-model.ts'
import { createRule, editRule, findRule, type NewBranchRule, removeRule } from '../branch-rules.ts'
import { codeTables } from '../context.ts'
import { branchTypes, modelOf, settingsOf } from '../repo-settings.ts'
import { editRepo } from '../repos.ts'
import { branchRulesOf } from '../store-branch-rules.ts'
import { readNamedRefs } from '../refs-read.ts'
import type { BranchRuleRow } from '../tables.ts'
import { flagIn, listIn, objectIn, requiredText, textIn } from './body.ts'
import { type Call, created, inRepo, nothing, type RepoAsk } from './call.ts'
import { badFields } from './errors.ts'
import { listing } from './paging.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

const dbOf = (ask: RepoAsk) => codeTables(ask.parts.context.kernel.database)

async function present(ask: RepoAsk, row: BranchRuleRow): Promise<Json> {
  const users = peopleIn(row).map((id) => ask.people.user(id, id))
  return {
    type: 'branchrestriction',
    id: row.number,
    kind: row.kind,
    branch_match_kind: row.branch_type === null ? 'glob' : 'branching_model',
    pattern: row.pattern,
    ...(row.branch_type === null ? {} : { branch_type: row.branch_type }),
    value: row.value,
    users: await Promise.all(users),
    groups: [],
    links: { self: { href: `${await repoUrl(ask, ask.repo)}/branch-restrictions/${row.number}` } },
  }
}

async function list(ask: RepoAsk) {
  const [kind, pattern] = [ask.query.get('kind'), ask.query.get('pattern')]
  const rows = await branchRulesOf(dbOf(ask), ask.repo.row.id)
  const all = rows.filter(
    (row) => (!kind || row.kind === kind) && (!pattern || row.pattern === pattern),
  )
  return listing(ask, { all, present: (row) => present(ask, row) })
}

const modelTypes: readonly string[] = [...branchTypes, 'development', 'production']

async function ruleIn(ask: RepoAsk, body: Json): Promise<NewBranchRule> {
  const kind = requiredText(body, 'kind')
  if (!(branchRuleKinds as readonly string[]).includes(kind)) {
    throw badFields({ kind: [`"${kind}" is not a restriction that is enforced here.`] })
  }
  if (listIn(body, 'groups').length > 0) {
    throw badFields({ groups: ['There are no groups here; name the users.'] })
  }
  const value = body['value']
  if (value !== undefined && value !== null && !(Number.isInteger(value) && Number(value) >= 0)) {
    throw badFields({ value: ['Enter a whole number.'] })
  }
  const people = await ask.people.idsOf(listIn(body, 'users'), 'users')
  const rule = { kind: kind as BranchRuleKind, people, value: (value as number) ?? undefined }
  if (textIn(body, 'branch_match_kind') !== 'branching_model') {
    return { ...rule, pattern: requiredText(body, 'pattern') }
  }
  const branchType = requiredText(body, 'branch_type')
  if (!modelTypes.includes(branchType)) throw badFields({ branch_type: ['Not a valid choice.'] })
  return { ...rule, pattern: '', branchType }
}

const idOf = (ask: RepoAsk) => Number(ask.params['id']) || 0

async function make(ask: RepoAsk) {
  const { repo, actor, parts } = ask
  const given = await ruleIn(ask, await ask.body.json())
  return created(await present(ask, await createRule(parts.context, repo, { actor, given })))
}

async function edit(ask: RepoAsk) {
  const { repo, actor, parts } = ask
  const row = await findRule(parts.context, repo, idOf(ask))
  const before = await present(ask, row)
  const given = await ruleIn(ask, { ...before, ...(await ask.body.json()) })
  const change = { actor, number: row.number, given }
  return present(ask, await editRule(parts.context, repo, change))
}

async function remove(ask: RepoAsk) {
  const { repo, actor, parts } = ask
  await removeRule(parts.context, repo, { actor, number: idOf(ask) })
  return nothing()
}

async function model(ask: RepoAsk): Promise<Json> {
  const { repo } = ask
  const { types, development, production } = modelOf(repo.row)
  const refs = await readNamedRefs(repo.folder, 'heads')
  const branchOf = (name: string | undefined, isMain: boolean) => ({
    name: name ?? (isMain ? repo.defaultBranch : null),
    use_mainbranch: isMain && name === undefined,
    branch: refs.some((ref) => ref.name === (name ?? repo.defaultBranch))
      ? { type: 'branch', name: name ?? repo.defaultBranch }
      : undefined,
  })
  return {
    type: 'branching_model',
    branch_types: types
      .filter((type) => type.isEnabled)
      .map(({ kind, prefix }) => ({ kind, prefix })),
    development: branchOf(development, true),
    ...(production === undefined ? {} : { production: branchOf(production, false) }),
    links: { self: { href: `${await repoUrl(ask, repo)}/branching-model` } },
  }
}

async function modelSettings(ask: RepoAsk): Promise<Json> {
  const { types, development, production } = modelOf(ask.repo.row)
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
    links: { self: { href: `${await repoUrl(ask, ask.repo)}/branching-model/settings` } },
  }
}

async function setModel(ask: RepoAsk): Promise<Json> {
  const { repo, actor, parts } = ask
  const body = await ask.body.json()
  const before = modelOf(repo.row)
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
  const next = { types, development: nameIn('development'), production: nameIn('production') }
  const settings = { ...settingsOf(repo.row), model: next }
  const row = await editRepo(parts.context, repo, { actor, edit: { settings } })
  return modelSettings({ ...ask, repo: { ...repo, row } })
}

const reading = inRepo('viewer')
const keeping = inRepo('maintainer')

export const ruleCalls: Call[] = [
  keeping('GET', '/branch-restrictions', list),
  keeping('POST', '/branch-restrictions', make),
  keeping('GET', '/branch-restrictions/:id', async (ask) =>
    present(ask, await findRule(ask.parts.context, ask.repo, idOf(ask))),
  ),
  keeping('PUT', '/branch-restrictions/:id', edit),
  keeping('DELETE', '/branch-restrictions/:id', remove),
  reading('GET', '/branching-model', model),
  reading('GET', '/effective-branching-model', model),
  keeping('GET', '/branching-model/settings', modelSettings),
  keeping('PUT', '/branching-model/settings', setModel),
]
