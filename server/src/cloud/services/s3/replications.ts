import type { Operations, S3 } from '../../gateway/index.ts'
import type { S3Parts } from './parts.ts'
import { checkReplication, checkRole } from './replication-check.ts'
import { REPLICATE, type Replicating } from './replication-rules.ts'
import { replicate } from './replication-run.ts'
import { invalidRequest } from './refusals.ts'
import type { ReplicationRule } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'

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
      const given = input.ReplicationConfiguration
      checkRole(given, bucket.account)
      if (bucket.settings.versioning !== 'Enabled') {
        throw invalidRequest(
          "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        )
      }
      const replication = checkReplication(given, bucket.name)
      for (const rule of replication.Rules ?? []) checkVersions(parts, rule)
      return settings.put(input, { replication })
    },
    DeleteBucketReplication: (input) => settings.put(input, { replication: undefined }),
  } satisfies Operations<S3>
}

function checkVersions({ buckets }: S3Parts, { Destination }: ReplicationRule): void {
  const name = Destination!.Bucket!.replace(/^.*:::/, '')
  // A bucket that isn't there is refused in the same words (as observed).
  if (buckets.get(name)?.settings.versioning !== 'Enabled') {
    throw invalidRequest('Destination bucket must have versioning enabled.')
  }
}
