import { type BranchRuleKind, branchRuleKinds } from '@madang/api'
import { peopleIn } from '../branch-rule-model.ts'
import { createRule, editRule, findRule, type NewBranchRule, removeRule } from '../branch-rules.ts'
import { codeTables } from '../context.ts'
import { branchTypes } from '../repo-settings.ts'
import { branchRulesOf } from '../store-branch-rules.ts'
import type { BranchRuleRow } from '../tables.ts'
import { listIn, requiredText, textIn } from './body.ts'
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

const keeping = inRepo('maintainer')

export const ruleCalls: Call[] = [
  keeping('GET', '/branch-restrictions', list),
  keeping('POST', '/branch-restrictions', make),
  keeping('GET', '/branch-restrictions/:id', async (ask) =>
    present(ask, await findRule(ask.parts.context, ask.repo, idOf(ask))),
  ),
  keeping('PUT', '/branch-restrictions/:id', edit),
  keeping('DELETE', '/branch-restrictions/:id', remove),
]
