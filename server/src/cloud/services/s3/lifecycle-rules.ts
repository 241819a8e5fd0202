import { randomBytes } from 'node:crypto'
import { DAY_MS } from './lifecycle-expiry.ts'
import { invalidArgument, invalidRequest, malformedXml, refusal } from './refusals.ts'
import type { LifecycleRule } from './sdk-shapes.ts'

// S3's checks of a lifecycle configuration, with its words (as observed).

const MOST_RULES = 1000
const LONGEST_ID = 255

const transitionClasses = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]

const invalid = (message: string) => refusal('InvalidArgument', 400, message)

/** The rules as they are kept: each with an id. */
export function checkRules(given: LifecycleRule[]): LifecycleRule[] {
  if (given.length === 0 || given.length > MOST_RULES) throw malformedXml()
  const ids = new Set<string>()
  const rules = given.map((rule) => ({
    ...rule,
    ID: rule.ID || randomBytes(24).toString('base64'),
  }))
  for (const rule of rules) {
    if (rule.ID.length > LONGEST_ID) {
      throw invalid('ID length should not exceed allowed limit of 255')
    }
    if (ids.has(rule.ID)) {
      const message = 'Rule ID must be unique. Found same ID for more than one rule'
      throw invalidArgument('ID', rule.ID, message)
    }
    ids.add(rule.ID)
    checkRule(rule)
  }
  return rules
}

function checkRule(rule: LifecycleRule): void {
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml()
  checkFilter(rule)
  const { Expiration, Transitions = [], NoncurrentVersionTransitions = [] } = rule
  const { NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule
  const hasAction =
    Expiration ||
    NoncurrentVersionExpiration ||
    AbortIncompleteMultipartUpload ||
    Transitions.length + NoncurrentVersionTransitions.length > 0
  if (!hasAction) throw invalidRequest('At least one action needs to be specified in a rule')
  if (Expiration) checkExpiration(rule)
  if (NoncurrentVersionExpiration) {
    const { NoncurrentDays, NewerNoncurrentVersions } = NoncurrentVersionExpiration
    if (NoncurrentDays === undefined) throw malformedXml()
    positive('NoncurrentDays', 'NoncurrentVersionExpiration', NoncurrentDays)
    positive('NewerNoncurrentVersions', 'NoncurrentVersionExpiration', NewerNoncurrentVersions)
  }
  if (AbortIncompleteMultipartUpload) checkAbort(rule)
  checkTransitions(rule)
}

function checkFilter(rule: LifecycleRule): void {
  const { Filter, Prefix } = rule
  if (Filter === undefined && Prefix === undefined) throw malformedXml()
  if (Filter !== undefined && Prefix !== undefined) throw malformedXml()
  if (!Filter) return
  if (Object.values(Filter).filter((value) => value !== undefined).length > 1) throw malformedXml()
  const { And } = Filter
  const above = And?.ObjectSizeGreaterThan ?? Filter.ObjectSizeGreaterThan
  const below = And?.ObjectSizeLessThan ?? Filter.ObjectSizeLessThan
  if (above !== undefined && below !== undefined && below <= above) {
    throw invalidRequest(
      "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
    )
  }
  if (!And) return
  const { Tags = [] } = And
  const others = [And.Prefix, And.ObjectSizeGreaterThan, And.ObjectSizeLessThan]
  if (Tags.length + others.filter((value) => value !== undefined).length < 2) throw malformedXml()
  if (new Set(Tags.map(({ Key }) => Key)).size < Tags.length) {
    throw invalidRequest('Duplicate Tag Keys are not allowed.')
  }
}

const hasTags = ({ Filter }: LifecycleRule) =>
  Filter?.Tag !== undefined || (Filter?.And?.Tags?.length ?? 0) > 0

const hasSizes = ({ Filter }: LifecycleRule) =>
  [Filter, Filter?.And].some(
    (one) => one?.ObjectSizeGreaterThan !== undefined || one?.ObjectSizeLessThan !== undefined,
  )

function checkExpiration(rule: LifecycleRule): void {
  const { Days, Date: date, ExpiredObjectDeleteMarker: marker } = rule.Expiration!
  const given = [Days, date, marker].filter((value) => value !== undefined)
  if (given.length !== 1) throw malformedXml()
  positive('Days', 'Expiration', Days)
  if (date) midnight(date)
  if (marker !== undefined && hasTags(rule)) {
    throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.')
  }
  if (marker !== undefined && hasSizes(rule)) {
    throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Object Size.')
  }
}

function checkAbort(rule: LifecycleRule): void {
  const days = rule.AbortIncompleteMultipartUpload!.DaysAfterInitiation
  if (days === undefined) throw malformedXml()
  positive('DaysAfterInitiation', 'AbortIncompleteMultipartUpload', days)
  if (hasTags(rule)) {
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.')
  }
  if (hasSizes(rule)) {
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Object Size.')
  }
}

function positive(name: string, action: string, days: number | undefined): void {
  if (days === undefined || days > 0) return
  throw invalid(`'${name}' for ${action} action must be a positive integer`)
}

function midnight(date: Date): void {
  if (new Date(date).getTime() % DAY_MS === 0) return
  throw invalidArgument('Date', new Date(date).toISOString(), "'Date' must be at midnight GMT")
}

function checkTransitions(rule: LifecycleRule): void {
  const { Transitions = [], NoncurrentVersionTransitions = [], Expiration } = rule
  for (const { Days, Date: date, StorageClass } of Transitions) {
    if ((Days === undefined) === (date === undefined)) throw malformedXml()
    if (!transitionClasses.includes(StorageClass ?? '')) throw malformedXml()
    if (Days !== undefined && Days < 0) {
      throw invalid("'Days' in Transition action must be nonnegative")
    }
    if (date) midnight(date)
    youngest('Days', 'Transition', Days, StorageClass)
    const end = Expiration?.Days
    if (end !== undefined && Days !== undefined && end <= Days) {
      throw invalid(
        `'Days' in the Expiration action for filter '${filterText(rule)}' must be greater than 'Days' in the Transition action`,
      )
    }
  }
  for (const { NoncurrentDays, StorageClass } of NoncurrentVersionTransitions) {
    if (NoncurrentDays === undefined) throw malformedXml()
    if (!transitionClasses.includes(StorageClass ?? '')) throw malformedXml()
    youngest('NoncurrentDays', 'NoncurrentVersionTransition', NoncurrentDays, StorageClass)
  }
  for (const list of [Transitions, NoncurrentVersionTransitions]) {
    if (new Set(list.map(({ StorageClass }) => StorageClass)).size === list.length) continue
    throw invalidRequest("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
  }
}

const filterText = ({ Filter, Prefix }: LifecycleRule) =>
  `(prefix=${Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? ''})`

/** The infrequently read classes take nothing younger than a month. */
function youngest(
  name: string,
  action: string,
  days: number | undefined,
  storageClass: string | undefined,
): void {
  if (days === undefined || days >= 30) return
  if (storageClass !== 'STANDARD_IA' && storageClass !== 'ONEZONE_IA') return
  throw invalid(
    `'${name}' in ${action} action must be greater than or equal to 30 for storageClass '${storageClass}'`,
  )
}
