import type { BranchRule } from '@madang/api'
import { t } from '../i18n/index.ts'

export type RuleKind = BranchRule['kind']

/** In the order in which one thinks of them: pushes, merges, what a new push undoes. */
export const ruleKinds: RuleKind[] = [
  'push',
  'force',
  'delete',
  'restrict_merges',
  'require_approvals_to_merge',
  'require_default_reviewer_approvals_to_merge',
  'require_passing_builds_to_merge',
  'require_tasks_to_be_completed',
  'require_no_changes_requested',
  'require_all_comments_resolved',
  'require_commits_behind',
  'require_signed_commits',
  'enforce_merge_checks',
  'allow_auto_merge_when_builds_pass',
  'reset_pullrequest_approvals_on_change',
  'reset_pullrequest_changes_requested_on_change',
  'smart_reset_pullrequest_approvals',
]

/** Kinds that count something. */
export const counts = (kind: RuleKind): boolean =>
  [
    'require_approvals_to_merge',
    'require_default_reviewer_approvals_to_merge',
    'require_passing_builds_to_merge',
    'require_commits_behind',
  ].includes(kind)

/** Kinds that let some people through. */
export const namesPeople = (kind: RuleKind): boolean =>
  kind === 'push' || kind === 'restrict_merges'

export const branchTypes = [
  'feature',
  'bugfix',
  'release',
  'hotfix',
  'development',
  'production',
] as const

/** Which branches a rule is about, as a person would say it. */
export function branchesOf({ branchType, pattern }: BranchRule): string {
  if (branchType) return t(`repo.type_${branchType}`)
  return pattern === '*' ? t('repo.allBranches') : pattern
}

/** A rule as one sentence. */
export function ruleText(rule: BranchRule, nameOf: (id: string) => string): string {
  const text = t(`repo.rule_${rule.kind}`)
  if (counts(rule.kind)) return `${text}: ${rule.value ?? 1}`
  if (!namesPeople(rule.kind)) return text
  const names = rule.people.map(nameOf).join(', ')
  return `${text}: ${names || t('repo.nobody')}`
}
