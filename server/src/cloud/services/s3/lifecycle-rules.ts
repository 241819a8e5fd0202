import { checkMidnight } from './lifecycle-dates.ts'
import { checkFilter, checkKeysAlone } from './lifecycle-filters.ts'
import { checkShape } from './lifecycle-shape.ts'
import { checkTransitions } from './lifecycle-transitions.ts'
import { invalidArgument, invalidRequest, malformedXml } from './refusals.ts'
import { newRuleId } from './rule-ids.ts'
import type { LifecycleRule } from './sdk-shapes.ts'

// S3's checks of a lifecycle configuration, with its words (as observed).

const MOST_RULES = 1000
const LONGEST_ID = 255

/** The rules as they are kept: each with an id. */
export function checkRules(given: LifecycleRule[]): LifecycleRule[] {
  if (given.length === 0 || given.length > MOST_RULES) throw malformedXml()
  for (const rule of given) checkShape(rule)
  const rules = given.map((rule) => ({ ...rule, ID: rule.ID || newRuleId() }))
  checkIds(rules)
  checkForms(rules)
  for (const rule of rules) checkRule(rule)
  if (!rules[0]!.Filter) checkPrefixes(rules)
  return rules
}

function checkIds(rules: { ID: string }[]): void {
  const ids = new Set<string>()
  for (const { ID } of rules) {
    if (ID.length > LONGEST_ID) {
      throw invalidArgument('ID', ID, `ID length should not exceed allowed limit of ${LONGEST_ID}`)
    }
    if (ids.has(ID)) {
      const message = 'Rule ID must be unique. Found same ID for more than one rule'
      throw invalidArgument('ID', ID, message)
    }
    ids.add(ID)
  }
}

/** The first rule says which form all of them have: a filter, or the prefix of the years before. */
function checkForms([first, ...rest]: LifecycleRule[]): void {
  const isSecond = first?.Filter !== undefined
  const other = rest.find((rule) => (rule.Filter !== undefined) !== isSecond)
  if (!other) return
  throw invalidRequest(
    isSecond
      ? 'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.'
      : 'Filter element can only be used in Lifecycle V2.',
  )
}

function checkRule(rule: LifecycleRule): void {
  checkFilter(rule)
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule
  const { Transitions = [], NoncurrentVersionTransitions = [] } = rule
  const hasAction =
    Expiration ||
    NoncurrentVersionExpiration ||
    AbortIncompleteMultipartUpload ||
    Transitions.length + NoncurrentVersionTransitions.length > 0
  if (!hasAction) throw invalidRequest('At least one action needs to be specified in a rule')
  if (Expiration) checkExpiration(rule, Expiration)
  if (NoncurrentVersionExpiration) {
    const action = 'NoncurrentVersionExpiration'
    positive('NoncurrentDays', action, NoncurrentVersionExpiration.NoncurrentDays)
    checkNewer(rule, action, NoncurrentVersionExpiration.NewerNoncurrentVersions)
  }
  for (const { NewerNoncurrentVersions } of NoncurrentVersionTransitions) {
    checkNewer(rule, 'NoncurrentVersionTransition', NewerNoncurrentVersions)
  }
  if (AbortIncompleteMultipartUpload) {
    const action = 'AbortIncompleteMultipartUpload'
    positive('DaysAfterInitiation', action, AbortIncompleteMultipartUpload.DaysAfterInitiation)
    checkKeysAlone(rule, action)
  }
  checkTransitions(rule)
}

function checkExpiration(
  rule: LifecycleRule,
  { Days, Date: date, ExpiredObjectDeleteMarker }: NonNullable<LifecycleRule['Expiration']>,
): void {
  positive('Days', 'Expiration', Days)
  if (date) checkMidnight(date)
  if (ExpiredObjectDeleteMarker !== undefined) checkKeysAlone(rule, 'ExpiredObjectDeleteMarker')
}

function checkNewer(rule: LifecycleRule, action: string, count: number | undefined): void {
  if (count === undefined) return
  if (!rule.Filter) {
    throw invalidRequest('NewerNoncurrentVersions element can only be used in Lifecycle V2.')
  }
  positive('NewerNoncurrentVersions', action, count)
}

function positive(name: string, action: string, count: number | undefined): void {
  if (count === undefined || count > 0) return
  const message = `'${name}' for ${action} action must be a positive integer`
  throw invalidArgument(name, String(count), message)
}

const actions = [
  ['Expiration', 'Expiration'],
  ['Transitions', 'Transition'],
  ['NoncurrentVersionTransitions', 'NoncurrentVersionTransition'],
  ['NoncurrentVersionExpiration', 'NoncurrentVersionExpiration'],
  ['AbortIncompleteMultipartUpload', 'AbortIncompleteMultipartUpload'],
] as const

/** Rules of the first form share no prefix, and none of their actions where prefixes overlap. */
function checkPrefixes(rules: LifecycleRule[]): void {
  rules.forEach((rule, index) => {
    const prefix = rule.Prefix!
    for (const before of rules.slice(0, index)) {
      const other = before.Prefix!
      if (prefix === other) throw invalidRequest(`Found two rules with same prefix '${prefix}'`)
      if (!prefix.startsWith(other) && !other.startsWith(prefix)) continue
      const shared = actions.find(([member]) => rule[member] && before[member])
      if (!shared) continue
      throw invalidRequest(
        `Found overlapping prefixes '${prefix}' and '${other}' for same action type '${shared[1]}'`,
      )
    }
  })
}
