import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { accountOperations } from './account-settings.ts'
import { kinesisRequests } from './authorise.ts'
import { consumerOperations } from './consumers.ts'
import { DataKeys } from './data-keys.ts'
import { getOperations } from './get.ts'
import { grow } from './growth.ts'
import { checkInput } from './input-rules.ts'
import { StreamMetrics } from './metrics.ts'
import { kinesisMigrations } from './migrations.ts'
import { modeOperations } from './modes.ts'
import { type KinesisParts, takesKeyless } from './parts.ts'
import { putOperations } from './put.ts'
import { reshardingOperations } from './resharding.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { retentionOperations, settingOperations } from './settings.ts'
import { shardListOperations } from './shard-lists.ts'
import { RecordStore } from './store-records.ts'
import { AccountStore } from './store-accounts.ts'
import { StreamStore } from './store-streams.ts'
import { streamOperations } from './streams.ts'
import { subscribeOperations } from './subscribe.ts'
import { startSweep } from './sweep.ts'
import { tagOperations } from './tags.ts'

/** Kinesis Data Streams. */
export async function createKinesis(deps: ServiceDeps): Promise<Service> {
  const { database } = deps.kernel
  await database.migrate('cloud-kinesis', kinesisMigrations)
  const streams = new StreamStore(database)
  const accounts = new AccountStore(database)
  const records = new RecordStore(database)
  const metrics = new StreamMetrics(deps)
  const parts: KinesisParts = {
    deps,
    streams,
    accounts,
    records,
    dataKeys: new DataKeys(),
    metrics,
  }
  metrics.onMinute = (stream, written) => grow(parts, stream, written)
  deps.kernel.onStop(async () => metrics.stop())
  await load(parts)
  await startSweep(parts)
  deps.onReset(async () => {
    await streams.empty()
    await accounts.empty()
  })
  return service({
    id: 'kinesis',
    authorise: (operation, input, ctx) => {
      // Kinesis looks at the form of a request before it asks who may make it.
      checkInput(operation, input, () => takesKeyless(parts, input, ctx))
      return kinesisRequests(parts, operation, input, ctx)
    },
    // Done by then.
    validate: () => undefined,
    operations: {
      ...accountOperations(parts),
      ...streamOperations(parts),
      ...shardListOperations(parts),
      ...reshardingOperations(parts),
      ...modeOperations(parts),
      ...putOperations(parts),
      ...getOperations(parts),
      ...consumerOperations(parts),
      ...subscribeOperations(parts),
      ...settingOperations(parts),
      ...retentionOperations(parts),
      ...tagOperations(parts),
      ...resourcePolicyOperations(parts),
    },
  })
}

/** Counts go on beyond all that were ever given: also where the records were trimmed. */
async function load({ deps, streams, accounts, records }: KinesisParts): Promise<void> {
  await streams.load()
  await accounts.load()
  const now = deps.kernel.clock.now()
  for (const { shards } of streams.all()) {
    for (const shard of shards.values()) {
      const last = await records.last(shard)
      const byTime = Math.max(0, now - shard.facts.createdAtMs) * 1000
      shard.next = Math.max(last ? last.count + 1 : 0, byTime)
      shard.lastAtMs = last?.at ?? 0
    }
  }
}
