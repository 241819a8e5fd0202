import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { authoriser, sqsAccess } from './authorise.ts'
import { handleOperations } from './handles.ts'
import { sqsMigrations } from './migrations.ts'
import { QueueMetrics } from './metrics.ts'
import { moveTaskOperations } from './move-tasks.ts'
import type { Message } from './message.ts'
import type { SqsParts } from './parts.ts'
import { permissionOperations } from './permissions.ts'
import { queueOperations } from './queues.ts'
import { receiveOperations } from './receive.ts'
import { sendOperations } from './send.ts'
import { MessageStore } from './store-messages.ts'
import { QueueStore } from './store-queues.ts'
import { startSweep } from './sweep.ts'
import { tagOperations } from './tags.ts'

/** SQS. */
export async function createSqs(deps: ServiceDeps): Promise<Service> {
  const { database, clock, log } = deps.kernel
  await database.migrate('cloud-sqs', sqsMigrations)
  const queues = new QueueStore(database, clock)
  const messages = new MessageStore(database, log)
  const parts: SqsParts = { deps, queues, messages }
  await load(parts)
  await startSweep(parts)
  deps.onReset(() => queues.empty())
  const metrics = new QueueMetrics(parts)
  deps.kernel.onStop(async () => {
    metrics.stop()
    for (const queue of queues.all()) queue.release()
    await messages.flush()
  })
  return service({
    id: 'sqs',
    access: sqsAccess,
    authorise: authoriser(parts),
    operations: metrics.counted({
      ...queueOperations(parts),
      ...tagOperations(parts),
      ...permissionOperations(parts),
      ...sendOperations(parts),
      ...receiveOperations(parts),
      ...handleOperations(parts),
      ...moveTaskOperations(parts),
    }),
  })
}

/** Rebuilds the index. A row whose queue was deleted right before a crash goes now. */
async function load({ queues, messages, deps }: SqsParts): Promise<void> {
  const now = deps.kernel.clock.now()
  await queues.load()
  const orphans = []
  for await (const { queueId, message } of messages.load()) {
    const queue = queues.byId(queueId)
    notAhead(message, now)
    if (queue) queue.add(message, now)
    else orphans.push(message)
  }
  // Beyond what any earlier start gave, also for messages that are deleted by now.
  messages.lastSeq = Math.max(messages.lastSeq, now * 1000)
  await messages.removeAll(orphans)
}

/** A clock that was moved forward is back at the start: what lies ahead of it begins now. */
function notAhead(message: Message, now: number): void {
  const aheadMs = Math.max(message.sentAt, message.takenAt) - now
  if (aheadMs <= 0) return
  message.visibleAt -= aheadMs
  message.sentAt = Math.min(message.sentAt, now)
  message.takenAt = Math.min(message.takenAt, now)
}
