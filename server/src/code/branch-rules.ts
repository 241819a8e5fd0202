import { type BranchRuleKind, countingRuleKinds, peopleRuleKinds } from '@madang/api'
import { type Actor, stringify } from '../kernel/index.ts'
import { BranchRules } from './branch-rule-model.ts'
import { modelOf } from './branching-model.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { nudgeQueues } from './merge-queue-nudge.ts'
import { isQueueBranch } from './queue-branch.ts'
import { refuse } from './refuse.ts'
import {
  branchRulesOf,
  deleteBranchRule,
  insertBranchRule,
  updateBranchRule,
} from './store-branch-rules.ts'
import type { BranchRuleRow } from './tables.ts'

export interface NewBranchRule {
  kind: BranchRuleKind
  /** Either a glob or a type of the branching model. */
  pattern: string
  branchType?: string
  value?: number
  /** Ids of people, `person:…`. */
  people: string[]
}

export async function rulesOf(context: CodeContext, repo: OpenRepo): Promise<BranchRules> {
  const rows = await branchRulesOf(codeTables(context.kernel.database), repo.row.id)
  const model = await modelOf(context, repo)
  const development = model.development ?? repo.defaultBranch
  return new BranchRules({ ...model, development }, rows)
}

/**
 * Throws `branchProtected` when a rule keeps the actor from moving a branch as it wants to, and
 * `queueBranch` for what nobody moves.
 */
export async function checkRules(
  context: CodeContext,
  repo: OpenRepo,
  { actor, branch, isDeletion }: { actor: Actor; branch: string; isDeletion?: boolean },
): Promise<void> {
  if (isQueueBranch(branch)) throw refuse('queueBranch', { branch })
  const rules = await rulesOf(context, repo)
  const isKept = isDeletion === true && rules.has('delete', branch)
  if (isKept || !rules.allows('push', branch, actor.id)) {
    throw refuse('branchProtected', { branch })
  }
}

/** Throws `branchRuleNotFound`. */
export async function findRule(
  context: CodeContext,
  repo: OpenRepo,
  number: number,
): Promise<BranchRuleRow> {
  const rows = await branchRulesOf(codeTables(context.kernel.database), repo.row.id)
  const row = rows.find((rule) => rule.number === number)
  if (!row) throw refuse('branchRuleNotFound', { id: number })
  return row
}

/** Throws `branchRuleExists`: a kind says one thing about a pattern. */
export async function createRule(
  context: CodeContext,
  repo: OpenRepo,
  { actor, given }: { actor: Actor; given: NewBranchRule },
): Promise<BranchRuleRow> {
  const { database, ids, clock } = context.kernel
  return database.write(async (tx) => {
    const db = codeTables(tx)
    const same = (await branchRulesOf(db, repo.row.id)).find((rule) => isAbout(rule, given))
    if (same) throw refuse('branchRuleExists', { kind: given.kind, pattern: nameOf(given) })
    const row = await insertBranchRule(db, {
      id: ids.next('rule'),
      repo_id: repo.row.id,
      created_at: clock.now(),
      ...columnsOf(given),
    })
    await tell(context, tx, repo, { actor, action: 'branchRule.created', detail: given })
    return row
  })
}

export async function editRule(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number, given }: { actor: Actor; number: number; given: NewBranchRule },
): Promise<BranchRuleRow> {
  const row = await findRule(context, repo, number)
  const set = columnsOf(given)
  await context.kernel.database.write(async (tx) => {
    await updateBranchRule(codeTables(tx), row.id, set)
    await tell(context, tx, repo, { actor, action: 'branchRule.changed', detail: given })
  })
  return { ...row, ...set }
}

export async function removeRule(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  const row = await findRule(context, repo, number)
  await context.kernel.database.write(async (tx) => {
    await deleteBranchRule(codeTables(tx), row.id)
    const detail = { kind: row.kind, pattern: row.pattern }
    await tell(context, tx, repo, { actor, action: 'branchRule.deleted', detail })
  })
}

function columnsOf(given: NewBranchRule) {
  const counts = countingRuleKinds.includes(given.kind)
  return {
    kind: given.kind,
    pattern: given.branchType === undefined ? given.pattern : '',
    branch_type: given.branchType ?? null,
    value: counts ? (given.value ?? 1) : null,
    people: stringify(peopleRuleKinds.includes(given.kind) ? given.people : []),
  }
}

const nameOf = (rule: { pattern: string; branchType?: string }) => rule.branchType ?? rule.pattern

function isAbout(rule: BranchRuleRow, given: NewBranchRule): boolean {
  return rule.kind === given.kind && (rule.branch_type ?? rule.pattern) === nameOf(given)
}

async function tell(
  context: CodeContext,
  tx: Parameters<typeof announce>[1],
  repo: OpenRepo,
  { actor, action, detail }: { actor: Actor; action: string; detail: object },
): Promise<void> {
  const { project, name } = repo
  const subject = `${project}/${name}`
  await context.identity.audit(tx, { actor, action, subject, project, detail })
  await nudgeQueues(context, tx, { repoId: repo.row.id })
  announce(context, tx, repo, { type: 'code.repoChanged', id: name })
}
