import type { BranchRuleKind } from '@madang/api'
import { parseColumn } from '../kernel/index.ts'
import { matchesGlob } from './branch-glob.ts'
import type { BranchingModel } from './repo-settings.ts'
import type { BranchRuleRow } from './tables.ts'

/** The branches that a rule may be about by their type. */
export type NamedModel = BranchingModel & { development: string }

function ruleApplies(model: NamedModel, rule: BranchRuleRow, branch: string): boolean {
  if (rule.branch_type === null) return matchesGlob(rule.pattern, branch)
  if (rule.branch_type === 'development') return branch === model.development
  if (rule.branch_type === 'production') return branch === model.production
  const type = model.types.find(({ kind }) => kind === rule.branch_type)
  return type !== undefined && type.isEnabled && branch.startsWith(type.prefix)
}

export const peopleIn = (rule: BranchRuleRow): string[] => parseColumn<string[]>(rule.people)

/** The rules of a repository, asked about one branch at a time. */
export class BranchRules {
  readonly #model: NamedModel
  readonly #rows: BranchRuleRow[]

  constructor(model: NamedModel, rows: BranchRuleRow[]) {
    this.#model = model
    this.#rows = rows
  }

  of(kind: BranchRuleKind, branch: string): BranchRuleRow[] {
    return this.#rows.filter((row) => row.kind === kind && ruleApplies(this.#model, row, branch))
  }

  has(kind: BranchRuleKind, branch: string): boolean {
    return this.of(kind, branch).length > 0
  }

  /** Whether somebody is let through; where several rules speak, one that names them is enough. */
  allows(kind: 'push' | 'restrict_merges', branch: string, actorId: string): boolean {
    const rules = this.of(kind, branch)
    return rules.length === 0 || rules.some((rule) => peopleIn(rule).includes(actorId))
  }

  /** The strictest of the numbers that apply; undefined when none does. */
  most(kind: BranchRuleKind, branch: string): number | undefined {
    const values = this.of(kind, branch).map((rule) => rule.value ?? 1)
    return values.length === 0 ? undefined : Math.max(...values)
  }
}
