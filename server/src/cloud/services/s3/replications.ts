import type { Operations, S3 } from '../../gateway/index.ts'
import type { S3Parts } from './parts.ts'
import { isFirstForm, REPLICATE, type Replicating } from './replication-rules.ts'
import { replicate } from './replication-run.ts'
import { invalidArgument, invalidRequest, malformedXml } from './refusals.ts'
import type { ReplicationConfiguration, ReplicationRule } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'

const MOST_RULES = 1000

export function replicationOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  parts.kernel.jobs.handle(REPLICATE, {
    concurrency: 4,
    run: (job) => replicate(parts, job.payload as Replicating),
  })
  return {
    GetBucketReplication: (input) => ({
      ReplicationConfiguration: settings.get(input, 'replication', [
        'ReplicationConfigurationNotFoundError',
        'The replication configuration was not found',
      ]),
    }),
    PutBucketReplication(input) {
      const bucket = settings.bucket(input)
      if (bucket.settings.versioning !== 'Enabled') {
        throw invalidRequest(
          "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        )
      }
      const replication = checked(input.ReplicationConfiguration)
      for (const rule of replication.Rules ?? []) checkDestination(parts, rule)
      return settings.put(input, { replication })
    },
    DeleteBucketReplication: (input) => settings.put(input, { replication: undefined }),
  } satisfies Operations<S3>
}

function checked(given: ReplicationConfiguration | undefined): ReplicationConfiguration {
  const { Role, Rules = [] } = given ?? {}
  if (!Role || Rules.length === 0 || Rules.length > MOST_RULES) throw malformedXml()
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(Role)) {
    throw invalidArgument('Role', Role, 'Invalid ARN for the role')
  }
  const rules = Rules.map((rule, index) => ({ ...rule, ID: rule.ID || idOf(index) }))
  if (new Set(rules.map(({ ID }) => ID)).size < rules.length) {
    throw invalidRequest('Rule Id must be unique')
  }
  if (rules.some(isFirstForm) && !rules.every(isFirstForm)) throw malformedXml()
  for (const rule of rules) checkRule(rule)
  const priorities = rules.filter((rule) => !isFirstForm(rule)).map(({ Priority }) => Priority)
  if (new Set(priorities).size < priorities.length) {
    throw invalidRequest('Priority must be unique across all rules')
  }
  return { Role, Rules: rules }
}

const idOf = (index: number) => Buffer.from(`replication rule ${index + 1}`).toString('base64')

function checkRule(rule: ReplicationRule): void {
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml()
  if (!rule.Destination?.Bucket) throw malformedXml()
  if (isFirstForm(rule)) {
    if (rule.Prefix === undefined) throw malformedXml()
    return
  }
  if (rule.Priority === undefined) {
    throw invalidRequest('Priority must be specified for this version of replication configuration')
  }
  if (!rule.DeleteMarkerReplication?.Status) {
    throw invalidRequest(
      'DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.',
    )
  }
  const hasTag = rule.Filter?.Tag !== undefined || (rule.Filter?.And?.Tags?.length ?? 0) > 0
  if (hasTag && rule.DeleteMarkerReplication.Status === 'Enabled') {
    throw invalidRequest(
      'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    )
  }
}

function checkDestination({ buckets }: S3Parts, { Destination }: ReplicationRule): void {
  const arn = Destination!.Bucket!
  const name = /^arn:[^:]+:s3:::([^/]+)$/.exec(arn)?.[1]
  if (name === undefined) throw invalidRequest('Invalid bucket ARN.')
  // A bucket that isn't there is refused in the same words (as observed).
  if (buckets.get(name)?.settings.versioning !== 'Enabled') {
    throw invalidRequest('Destination bucket must have versioning enabled.')
  }
}
