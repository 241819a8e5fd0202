import type { NewJob } from '../../../kernel/index.ts'
import type { ObjectChange } from './change.ts'
import type { Bucket, ObjectMeta } from './model.ts'
import type { ReplicationConfiguration, ReplicationRule } from './sdk-shapes.ts'

export const REPLICATE = 'cloud-s3.replicate'

/** One version on its way to one destination. */
export interface Replicating {
  bucket: string
  key: string
  versionId: string
  ruleId: string
  destination: string
}

/** Rules of the first form name their prefix outside a filter, and replicate markers of themselves. */
export const isFirstForm = (rule: ReplicationRule): boolean => rule.Filter === undefined

function covers(rule: ReplicationRule, key: string, tags: Record<string, string> = {}): boolean {
  if (rule.Status !== 'Enabled') return false
  const { Filter } = rule
  const prefix = Filter?.And?.Prefix ?? Filter?.Prefix ?? rule.Prefix ?? ''
  const wanted = Filter?.And?.Tags ?? (Filter?.Tag ? [Filter.Tag] : [])
  return key.startsWith(prefix) && wanted.every(({ Key, Value }) => tags[Key ?? ''] === Value)
}

/** For each destination the rule of the highest priority. */
export function rulesFor(
  { Rules = [] }: ReplicationConfiguration,
  key: string,
  meta: Pick<ObjectMeta, 'tags'>,
): ReplicationRule[] {
  const chosen = new Map<string, ReplicationRule>()
  const byPriority = [...Rules].sort((a, b) => (b.Priority ?? 0) - (a.Priority ?? 0))
  for (const rule of byPriority) {
    const to = rule.Destination?.Bucket ?? ''
    if (!chosen.has(to) && covers(rule, key, meta.tags)) chosen.set(to, rule)
  }
  return [...chosen.values()]
}

/** Objects under KMS go only where the rule selects them. */
function mayGo(rule: ReplicationRule, meta: ObjectMeta): boolean {
  const { sealing } = meta
  if (!sealing || sealing.as === 'SSE-C') return true
  return rule.SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status === 'Enabled'
}

export function markedForReplication(bucket: Bucket, key: string, meta: ObjectMeta): ObjectMeta {
  const { replication } = bucket.settings
  // A replica isn't replicated on.
  if (!replication || meta.replication === 'REPLICA') return meta
  const { replication: _before, ...rest } = meta
  const goes = rulesFor(replication, key, meta).some((rule) => mayGo(rule, meta))
  return goes ? { ...rest, replication: 'PENDING' } : rest
}

export function replicationJobs(bucket: Bucket, change: ObjectChange): NewJob[] {
  const isMarker = change.event === 'ObjectRemoved:DeleteMarkerCreated'
  if (!isMarker && change.meta?.replication !== 'PENDING') return []
  const rules = rulesFor(bucket.settings.replication!, change.key, change.meta ?? {}).filter(
    (rule) => (isMarker ? takesMarkers(rule) : mayGo(rule, change.meta!)),
  )
  return rules.map((rule) => {
    const payload: Replicating = {
      bucket: bucket.name,
      key: change.key,
      versionId: change.versionId,
      ruleId: rule.ID ?? '',
      destination: rule.Destination?.Bucket ?? '',
    }
    return { kind: REPLICATE, payload }
  })
}

const takesMarkers = (rule: ReplicationRule): boolean =>
  isFirstForm(rule) || rule.DeleteMarkerReplication?.Status === 'Enabled'
