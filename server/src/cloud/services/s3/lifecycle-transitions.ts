import { javaDate } from './java-date.ts'
import { checkMidnight } from './lifecycle-dates.ts'
import { DAY_MS } from './lifecycle-expiry.ts'
import { scopeText } from './lifecycle-filters.ts'
import { invalidArgument, invalidRequest } from './refusals.ts'
import type { LifecycleRule } from './sdk-shapes.ts'

// Which storage class may follow which, and how many days later ("Transitioning objects using
// Amazon S3 Lifecycle").

const downwards = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]

/** The fewest days an object stays in a class. */
const stays: Record<string, number> = {
  STANDARD_IA: 30,
  ONEZONE_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
}
const YOUNGEST_DAYS = 30

/** A moment of a rule's action; `field` is what the rule calls it. */
interface When {
  field: 'Days' | 'Date' | 'NoncurrentDays'
  days: number
  /** As the rule gives it. */
  text: string
}
type Move = When & { storageClass: string }

const ofDate = (date: Date): When => ({
  field: 'Date',
  days: new Date(date).getTime() / DAY_MS,
  text: javaDate(new Date(date)),
})
const ofDays = (field: 'Days' | 'NoncurrentDays', days: number): When => ({
  field,
  days,
  text: String(days),
})

export function checkTransitions(rule: LifecycleRule): void {
  const { Transitions = [], NoncurrentVersionTransitions = [], Expiration } = rule
  const { Days, Date: date } = Expiration ?? {}
  const moves = Transitions.map((each): Move => {
    const when = each.Date ? ofDate(each.Date) : ofDays('Days', each.Days!)
    return { ...when, storageClass: each.StorageClass! }
  })
  const end = date ? ofDate(date) : Days !== undefined && ofDays('Days', Days)
  checkMoves(rule, 'Transition', moves, 'Expiration', end || undefined)
  const { NoncurrentDays } = rule.NoncurrentVersionExpiration ?? {}
  checkMoves(
    rule,
    'NoncurrentVersionTransition',
    NoncurrentVersionTransitions.map((each) => ({
      ...ofDays('NoncurrentDays', each.NoncurrentDays!),
      storageClass: each.StorageClass!,
    })),
    'NoncurrentVersionExpiration',
    NoncurrentDays === undefined ? undefined : ofDays('NoncurrentDays', NoncurrentDays),
  )
}

function checkMoves(
  rule: LifecycleRule,
  action: string,
  moves: Move[],
  endAction: string,
  end: When | undefined,
): void {
  for (const move of moves) checkMove(action, move)
  moves.forEach((move, index) => {
    for (const before of moves.slice(0, index)) checkPair(rule, action, before, move)
  })
  if (!end) return
  for (const move of moves) {
    if (end.field !== move.field) throw mixed(rule, `${endAction} and ${action}`)
    if (end.days > move.days) continue
    const [field, scope] = [end.field, scopeText(rule)]
    const message = `'${field}' in the ${endAction} action for ${scope} must be greater than '${field}' in the ${action} action`
    throw invalidArgument(field, end.text, message)
  }
}

const mixed = (rule: LifecycleRule, actions: string) =>
  invalidRequest(
    `Found mixed 'Date' and 'Days' based ${actions} actions in lifecycle rule for ${scopeText(rule)}`,
  )

function checkMove(action: string, { field, days, text, storageClass }: Move): void {
  if (!downwards.includes(storageClass)) {
    const message = `Invalid target Storage class for ${action} action`
    throw invalidArgument('StorageClass', storageClass, message)
  }
  if (field === 'Date') return checkMidnight(new Date(days * DAY_MS))
  const refused = (message: string) => invalidArgument(field, text, message)
  if (days < 0) throw refused(`'${field}' in ${action} action must be nonnegative`)
  if (days < YOUNGEST_DAYS && (storageClass === 'STANDARD_IA' || storageClass === 'ONEZONE_IA')) {
    throw refused(
      `'${field}' in ${action} action must be greater than or equal to ${YOUNGEST_DAYS} for storageClass '${storageClass}'`,
    )
  }
}

function checkPair(rule: LifecycleRule, action: string, one: Move, other: Move): void {
  const scope = scopeText(rule)
  if (one.storageClass === other.storageClass) {
    throw invalidRequest(
      `'StorageClass' must be different for '${action}' actions in same 'Rule' with ${scope}`,
    )
  }
  if (one.field !== other.field) throw mixed(rule, action)
  const isDown = downwards.indexOf(one.storageClass) < downwards.indexOf(other.storageClass)
  const [upper, lower] = isDown ? [one, other] : [other, one]
  const [field, days] = [upper.field, lower.days - upper.days]
  const subject = `'${field}' in the '${action}' action for StorageClass '${lower.storageClass}' for ${scope}`
  const upperAction = `in the '${action}' action for StorageClass '${upper.storageClass}'`
  if (days <= 0) {
    const message = `${subject} must be greater than '${field}' ${upperAction} for ${scope}`
    throw invalidArgument(field, other.text, message)
  }
  const least = stays[upper.storageClass] ?? 0
  if (days >= least) return
  // Worded so by S3.
  const message = `${subject} must be ${least} days more than '${scope}' ${upperAction}`
  throw invalidArgument(field, other.text, message)
}
