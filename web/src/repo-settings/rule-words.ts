import { type BranchRule, countingRuleKinds, peopleRuleKinds } from '@madang/api'
import { t } from '../i18n/index.ts'

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
  if (countingRuleKinds.includes(rule.kind)) return `${text}: ${rule.value ?? 1}`
  if (!peopleRuleKinds.includes(rule.kind)) return text
  const names = rule.people.map(nameOf).join(', ')
  return `${text}: ${names || t('repo.nobody')}`
}
