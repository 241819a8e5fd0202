import { checkDestination } from './replication-destination.ts'
import { accessDenied, invalidArgument, invalidRequest, malformedXml, refusal } from './refusals.ts'
import { isFirstForm } from './replication-rules.ts'
import { newRuleId } from './rule-ids.ts'
import type { ReplicationConfiguration, ReplicationRule } from './sdk-shapes.ts'

// S3's checks of a replication configuration, with its words (as observed).

const MOST_RULES = 1000
const LONGEST_ID = 255

/** A role of that account, whether it is there or not. */
export function checkRole(
  given: ReplicationConfiguration | undefined,
  account: string,
): asserts given is ReplicationConfiguration {
  const { Role, Rules = [] } = given ?? {}
  if (!Role || Rules.length === 0) throw malformedXml()
  const [, owner, resource] = /^arn:aws[\w-]*:iam::(\d{12}):(.+)$/.exec(Role) ?? []
  if (resource === undefined) {
    throw invalidArgument('Role', Role, 'Invalid Role specified in replication configuration')
  }
  if (!/^role\/./.test(resource)) {
    throw invalidArgument('Role', Role, 'The relative id should start with role')
  }
  if (owner !== account) throw accessDenied()
}

/** The configuration as it is kept: each rule with an id. */
export function checkReplication(
  given: ReplicationConfiguration,
  source: string,
): ReplicationConfiguration {
  const { Rules = [] } = given
  if (Rules.length > MOST_RULES) {
    throw invalidRequest(
      `The number of replication rules must not exceed the allowed limit of ${MOST_RULES} rules.`,
    )
  }
  // One rule without a filter makes all of them rules of the first form.
  const isFirst = Rules.some(isFirstForm)
  const rules = Rules.map((rule) => ({ ...rule, ID: rule.ID || newRuleId() }))
  for (const rule of rules) checkRule(rule, isFirst, source)
  checkDistinct(rules)
  return { ...given, Rules: rules }
}

function checkDistinct(rules: (ReplicationRule & { ID: string })[]): void {
  const ids = new Set<string>()
  const priorities = new Set<number>()
  for (const { ID, Priority } of rules) {
    if (ids.has(ID)) throw invalidArgument('ID', ID, 'Rule Id must be unique')
    ids.add(ID)
    if (Priority === undefined) continue
    if (priorities.has(Priority)) throw invalidRequest(`Found duplicate priority ${Priority}.`)
    priorities.add(Priority)
  }
}

const isStatus = (status: string | undefined) => status === 'Enabled' || status === 'Disabled'

function checkRule(rule: ReplicationRule & { ID: string }, isFirst: boolean, source: string): void {
  const { ID, Priority, DeleteMarkerReplication: markers } = rule
  const isWhole =
    isStatus(rule.Status) && rule.Destination?.Bucket && !rule.ExistingObjectReplication
  if (!isWhole) throw malformedXml()
  checkScope(rule)
  checkForm('Priority', Priority, isFirst)
  checkForm('DeleteMarkerReplication', markers, isFirst)
  if (ID.length > LONGEST_ID) {
    throw invalidArgument('ID', ID, `Rule Id cannot be greater than ${LONGEST_ID}`)
  }
  if (Priority !== undefined && Priority < 0) {
    throw invalidRequest('Priority must be between 0 and 2147483647.')
  }
  if (markers && !isStatus(markers.Status)) throw malformedXml()
  if (markers?.Status === 'Enabled' && tagsOf(rule).length > 0) {
    throw invalidRequest(
      'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    )
  }
  checkSelection(rule)
  checkDestination(rule, source)
}

/** What one form of rules has to have, the other must not. */
function checkForm(member: string, value: unknown, isFirst: boolean): void {
  if ((value === undefined) === isFirst) return
  const verb = isFirst ? 'cannot be used' : 'must be specified'
  throw invalidRequest(
    `${member} ${verb} for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.`,
  )
}

const tagsOf = ({ Filter }: ReplicationRule) =>
  Filter?.And ? (Filter.And.Tags ?? []) : Filter?.Tag ? [Filter.Tag] : []

function checkScope(rule: ReplicationRule): void {
  const { Filter, Prefix } = rule
  if ((Filter === undefined) === (Prefix === undefined)) throw malformedXml()
  if (!Filter) return
  if (Object.values(Filter).filter((value) => value !== undefined).length > 1) throw malformedXml()
  const tags = tagsOf(rule)
  const { And } = Filter
  if (And && tags.length + (And.Prefix === undefined ? 0 : 1) < 2) throw malformedXml()
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw invalidRequest('Duplicate Tag Keys are not allowed.')
  }
  const [tag] = tags.filter(({ Key = '' }) => Key === '' || Key.length > 128)
  if (!tag) return
  const message = 'The TagKey you have provided is invalid'
  throw refusal('InvalidTag', 400, message, { TagKey: tag.Key })
}

function checkSelection({ SourceSelectionCriteria: criteria }: ReplicationRule): void {
  if (!criteria) return
  const selectors = [criteria.SseKmsEncryptedObjects, criteria.ReplicaModifications].filter(
    (selector) => selector !== undefined,
  )
  if (selectors.length === 0) throw invalidRequest('SourceSelectionCriteria cannot be empty.')
  if (!selectors.every(({ Status }) => isStatus(Status))) throw malformedXml()
}
